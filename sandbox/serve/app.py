"""The ASGI app: a call is read whole within its bounds, given to its handler, and answered; nothing stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from sandbox.serve.calling import Answer, Call, Handler, in_json

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Pages = Callable[[Message, Receive, Send], Awaitable[None]]
MOST_BYTES = 1 << 20
"""Of a body: ten items with all their properties are a third of it."""
PATIENCE_S = 10.0
"""How long a body may take to come."""


@dataclass(frozen=True, eq=False)
class App:
    """Answers calls that have a handler; all others are for the pages, where there are any."""

    handlers: Mapping[tuple[str, str], Handler]
    pages: Pages | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        handler = self.handlers.get((scope["method"], scope["path"]))
        if handler is None and self.pages is not None:
            await self.pages(scope, receive, send)
            return
        await _send(send, await self._answer(handler, scope, receive))

    async def _answer(self, handler: Handler | None, scope: Message, receive: Receive) -> Answer:
        if handler is None:
            return in_json({"message": f"nothing is at {scope['method']} {scope['path'][:200]}."}, 404)
        body = await _body(receive)
        if isinstance(body, Answer):
            return body
        call = Call(scope["method"], scope["path"], scope["query_string"], dict(scope["headers"]), body)
        try:
            found = handler(call)
            return await found if isawaitable(found) else found
        except Exception as error:  # whatever happens to one call, the server goes on
            return in_json({"message": f"sandbox itself is at fault ({type(error).__name__})."}, 500)


async def _body(receive: Receive) -> bytes | Answer:
    """A body, read whole; or the refusal of one that is too large or too slow."""
    pieces, size, more = list[bytes](), 0, True
    try:
        async with asyncio.timeout(PATIENCE_S):
            while more and size <= MOST_BYTES:
                message = await receive()
                more = message.get("more_body", False)
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
    except TimeoutError:
        return in_json({"message": f"the body did not come within {PATIENCE_S:g} s."}, 408)
    if size > MOST_BYTES:
        return in_json({"message": f"the body is larger than {MOST_BYTES:,} bytes."}, 413)
    return b"".join(pieces)


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
