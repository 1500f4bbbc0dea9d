"""The live page over HTTP: its files, the news as server-sent events, and what the page asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.demo.live.asked import asked_of
from sandbox.demo.live.listeners import MOST
from sandbox.demo.live.pages import ASSETS, asset
from sandbox.errors import InputError, OutsideError, SandboxError
from sandbox.registry import from_extra

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.demo.live.opening import Stage

MOST_BYTES = 4 * 1024
"""Of what the page sends."""
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
"""What the browser may load: from here, and from nowhere else."""
_HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def routes_of(stage: Stage) -> list[Any]:
    """Starlette's routes of a dashboard. Raises InputError: the extra `serve` is not installed."""
    route = from_extra("starlette.routing", "serve").Route

    async def news(request: Request) -> Response:
        try:
            show = await asyncio.to_thread(stage.show)
        except SandboxError as error:
            return _json({"error": str(error)}, 503)
        if show.listeners.count >= MOST:
            return _json({"error": f"{MOST:,} look on already; close a page first."}, 503)
        made = from_extra("starlette.responses", "serve").StreamingResponse
        headers = {**_HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        found: Response = made(show.listeners.heard(), headers=headers, media_type="text/event-stream")
        return found

    async def act(request: Request) -> Response:
        # A page of another site may send text or a form without asking first, but no JSON.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return _json({"error": "send application/json."}, 415)
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return _json({"error": f"larger than {MOST_BYTES:,} bytes."}, 413)
        try:
            told = orjson.loads(body)
            if not isinstance(told, dict):
                return _json({"error": "must be a JSON object."}, 400)
            asked = asked_of(told)
            show = await asyncio.to_thread(stage.show)
            await asyncio.wrap_future(show.ask(asked))
        except orjson.JSONDecodeError as error:
            return _json({"error": f"no JSON: {error}."}, 400)
        except InputError as error:
            return _json({"error": str(error)}, 400)
        except OutsideError as error:
            return _json({"error": str(error)}, 503)
        return _json({"done": True})

    return [
        route("/live", _file("live.html", "text/html")),
        *(route(f"/live/{name}", _file(name, kind)) for name, kind in ASSETS.items()),
        route("/live/news", news),
        route("/live/act", act, methods=["POST"]),
    ]


def _file(name: str, kind: str) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return _response(asset(name), kind)

    return answer


def _json(value: Any, status: int = 200) -> Response:
    return _response(orjson.dumps(value), "application/json", status)


def _response(body: bytes, kind: str, status: int = 200) -> Response:
    made = from_extra("starlette.responses", "serve").Response
    found: Response = made(body, status, _HEADERS, f"{kind}; charset=utf-8")
    return found
