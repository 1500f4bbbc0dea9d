"""The live page over HTTP: its files, the news as server-sent events, and what the page asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.demo.answering import HEADERS, doing, in_json, response
from sandbox.demo.live.asked import asked_of
from sandbox.demo.live.listeners import MOST
from sandbox.demo.live.pages import ASSETS, asset
from sandbox.errors import SandboxError
from sandbox.registry import from_extra

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.demo.live.opening import Stage

MOST_BYTES = 4 * 1024
"""Of what the page sends."""


def routes_of(stage: Stage) -> list[Any]:
    """Starlette's routes of a dashboard. Raises InputError: the extra `serve` is not installed."""
    route = from_extra("starlette.routing", "serve").Route

    async def news(request: Request) -> Response:
        try:
            show = await asyncio.to_thread(stage.show)
        except SandboxError as error:
            return in_json({"error": str(error)}, 503)
        if show.listeners.count >= MOST:
            return in_json({"error": f"{MOST:,} look on already; close a page first."}, 503)
        made = from_extra("starlette.responses", "serve").StreamingResponse
        headers = {**HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        found: Response = made(show.listeners.heard(), headers=headers, media_type="text/event-stream")
        return found

    async def act(told: dict[str, Any]) -> dict[str, Any]:
        asked = asked_of(told)
        show = await asyncio.to_thread(stage.show)
        await asyncio.wrap_future(show.ask(asked))
        return {"done": True}

    return [
        route("/live", _file("live.html", "text/html")),
        *(route(f"/live/{name}", _file(name, kind)) for name, kind in ASSETS.items()),
        route("/live/news", news),
        route("/live/act", doing(act, MOST_BYTES), methods=["POST"]),
    ]


def _file(name: str, kind: str) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return response(asset(name), kind)

    return answer
