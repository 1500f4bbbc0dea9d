"""The shop over HTTP: its page, its pictures, and what the page asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from sandbox.demo.answering import doing, in_json, response
from sandbox.demo.shop.pages import asset
from sandbox.errors import InputError, OutsideError
from sandbox.registry import from_extra

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sandbox.demo.shop.shop import Shop

MOST_BYTES = 64 * 1024
"""Of what the page sends."""
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def routes_of(shop: Shop) -> list[Any]:
    """Starlette's routes of a shop. Raises InputError: the extra `serve` is not installed."""
    route = from_extra("starlette.routing", "serve").Route
    told: dict[str, Callable[[dict[str, str]], Any]] = {
        "/shop/state": lambda asked: shop.state(),
        "/shop/product": lambda asked: shop.product(asked.get("item", "")),
        "/shop/products": lambda asked: shop.page(
            asked.get("category"),
            asked.get("words", "")[:200],
            _number(asked, "first", 0, 1 << 31),
            _number(asked, "many", 48, 200),
        ),
        "/shop/shoppers": lambda asked: shop.search(asked.get("words", "")[:80]),
    }

    async def act(asked: dict[str, Any]) -> dict[str, Any]:
        customer = None if asked.get("customer") in (None, "") else str(asked["customer"])
        found, on_disk = shop.act(
            _session(asked), customer, str(asked.get("action")), str(asked.get("item")), _list(asked)
        )
        await asyncio.wrap_future(on_disk)
        return found

    async def visit(request: Request) -> Response:
        asked, elsewhere = dict(request.query_params), shop.shelves.elsewhere
        customer = asked.get("customer") or None
        try:
            if elsewhere is not None:  # whoever comes waits for an endpoint, and nobody else
                await asyncio.to_thread(elsewhere.ask, customer or _session(asked), customer)
            return in_json(shop.visit(_session(asked), customer))
        except InputError as error:
            return in_json({"error": str(error)}, 400)

    async def known(request: Request) -> Response:  # SQL over everything: in a thread, so that nobody waits for it
        try:
            return in_json(await asyncio.to_thread(shop.known, request.query_params.get("customer") or None))
        except InputError as error:
            return in_json({"error": str(error)}, 400)
        except OutsideError as error:
            return in_json({"error": str(error)}, 503)

    async def learn(asked: dict[str, Any]) -> dict[str, Any]:
        return {"started": shop.learning.start()}

    done = {"/shop/act": act, "/shop/learn": learn}
    return [
        route("/", _asset("shop.html")),
        *(route(f"/shop/{name}", _asset(name)) for name in ("shop.css", "live.js", "shop.js")),
        *(route(path, _telling(ask)) for path, ask in told.items()),
        *(route(path, doing(do, MOST_BYTES), methods=["POST"]) for path, do in done.items()),
        route("/shop/visit", visit),
        route("/shop/known", known),
        route("/pictures/{id:path}.svg", _picture(shop)),
    ]


def _asset(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return response(asset(name).encode(), _TYPES[name.rsplit(".", 1)[1]])

    return answer


def _picture(shop: Shop) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        svg = shop.catalogue.picture(request.path_params["id"])
        if svg is None:
            return response(b"", "text/plain", 404)
        found = response(svg.encode(), _TYPES["svg"])
        found.headers["Cache-Control"] = "max-age=600"
        return found

    return answer


def _telling(ask: Callable[[dict[str, str]], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:  # in the server's one thread, as all that asks for lists
        try:
            return in_json(ask(dict(request.query_params)))
        except InputError as error:
            return in_json({"error": str(error)}, 400)

    return answer


def _session(asked: dict[str, Any]) -> str:
    session = asked.get("session")
    if not isinstance(session, str) or not 1 <= len(session) <= 100:
        raise InputError("session: must be a text of 1 to 100 characters.")
    return session


def _list(asked: dict[str, Any]) -> list[str]:
    shown = asked.get("list", [])
    if not isinstance(shown, list) or len(shown) > 25:
        raise InputError("list: must be a list of at most 25 ids.")
    return [str(each) for each in shown]


def _number(asked: dict[str, str], name: str, usual: int, most: int) -> int:
    text = asked.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and int(text) <= most):
        raise InputError(f"{name}: got {text[:20]!r}, must be a number from 0 to {most}.")
    return int(text)
