"""The ASGI app: a call is read whole within its bounds, given to its handler, and answered; nothing stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.registry import from_extra
from sandbox.serve.calling import Answer, Call, Handler, in_json
from sandbox.serve.guarding import ORIGINS, Guard, Trouble

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]
MOST_BYTES = 1 << 20
"""Of a body: ten items with all their properties are a third of it."""
PATIENCE_S = 10.0
"""How long a body may take to come."""
_TOLD = ("x-amzn-ErrorType", "x-amzn-RequestId")


@dataclass(frozen=True, eq=False)
class App:
    """Answers calls that have a handler; all others are for the pages, where there are any."""

    handlers: Mapping[tuple[str, str], Handler]
    pages: Asgi | None = None
    guard: Guard = field(default_factory=Guard)
    trouble: Trouble = field(default_factory=Trouble)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        handler = self.handlers.get((scope["method"], scope["path"]))
        if handler is None and self.pages is not None:
            refused = self.guard(Call(scope["method"], scope["path"], b"", dict(scope["headers"]), b""))
            if refused is None:
                await self.pages(scope, receive, send)
            else:
                await _send(send, refused)
            return
        await _send(send, await self._answer(handler, scope, receive))

    async def _answer(self, handler: Handler | None, scope: Message, receive: Receive) -> Answer:
        call = Call(scope["method"], scope["path"], scope["query_string"], dict(scope["headers"]), b"")
        refused = self.guard(call)
        if refused is not None:
            return refused
        if handler is None:
            return self._nothing(call)
        try:
            call.body = b"" if call.method == "GET" else await read_body(receive)
        except Refused as refusal:
            return _closing(str(refusal), refusal.status)
        try:
            if self.trouble.latency_s or self.trouble.error_rate:
                failure = await self.trouble()
                if failure is not None:
                    return failure
            found = handler(call)
            return found if isinstance(found, Answer) else await found
        except Exception as error:  # whatever happens to one call, the server goes on
            return in_json({"message": f"sandbox itself is at fault ({type(error).__name__})."}, 500)

    def _nothing(self, call: Call) -> Answer:
        others = sorted(method for method, path in self.handlers if path == call.path)
        if not others:
            return in_json({"message": f"nothing is at {call.method} {call.path[:200]}."}, 404)
        found = in_json({"message": f"{call.path} takes {' and '.join(others)}."}, 405)
        found.headers.append((b"allow", ", ".join(others).encode()))
        return found


def open_to_pages(app: Asgi) -> Asgi:
    """The app as pages of this machine may call it from other ports, answers and errors included."""
    for_pages: Asgi = from_extra("starlette.middleware.cors", "serve").CORSMiddleware(
        app,
        allow_origin_regex=ORIGINS,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=list(_TOLD),
    )

    async def open_app(scope: Message, receive: Receive, send: Send) -> None:
        """Whoever is no page has no origin, and goes the short way."""
        comes_from_page = scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"])
        await (for_pages if comes_from_page else app)(scope, receive, send)

    return open_app


class Refused(Exception):  # noqa: N818  (the client's fault, and told to it)
    """A body that is too large or too slow; nothing more is to be read of its connection."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


async def read_body(receive: Receive, most_bytes: int = MOST_BYTES) -> bytes:
    """A body, read whole. Raises Refused: it is too large, or does not come within `PATIENCE_S`."""
    pieces, size, more = list[bytes](), 0, True
    try:
        async with asyncio.timeout(PATIENCE_S):
            while more and size <= most_bytes:
                message = await receive()
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                more = message.get("more_body", False)
    except TimeoutError:
        raise Refused(f"the body did not come within {PATIENCE_S:g} s.", 408) from None
    if size > most_bytes:
        raise Refused(f"the body is larger than {most_bytes:,} bytes.", 413)
    return b"".join(pieces)


def _closing(message: str, status: int) -> Answer:
    """A refusal after which nothing more is read of the connection."""
    found = in_json({"message": message}, status)
    found.headers.append((b"connection", b"close"))
    return found


async def _send(send: Send, answer: Answer) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
    await send({"type": "http.response.body", "body": answer.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        kind = message["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{kind}.complete"})
        if kind == "shutdown":
            return
