"""What pages are answered with: bodies read within bounds, errors as a status, headers that keep others out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.errors import InputError, OutsideError
from sandbox.registry import from_extra
from sandbox.serve.app import Refused, read_body

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
"""What the browser may load: from here, and from nowhere else."""
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def doing(do: Callable[[dict[str, Any]], Awaitable[Any]], most_bytes: int) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that does what a page asks for in a JSON object of at most so many bytes."""

    async def answer(request: Request) -> Response:
        # A page of another site may send text or a form without asking first, but no JSON.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return in_json({"error": "send application/json."}, 415)
        try:
            asked = orjson.loads(await read_body(request.receive, most_bytes) or b"{}")
            if not isinstance(asked, dict):
                return in_json({"error": "must be a JSON object."}, 400)
            return in_json(await do(asked))
        except Refused as refusal:
            refused = in_json({"error": str(refusal)}, refusal.status)
            refused.headers["Connection"] = "close"
            return refused
        except orjson.JSONDecodeError as error:
            return in_json({"error": f"no JSON: {error}."}, 400)
        except InputError as error:
            return in_json({"error": str(error)}, 400)
        except OutsideError as error:
            return in_json({"error": str(error)}, 503)

    return answer


def in_json(value: Any, status: int = 200) -> Response:
    """A value as JSON; what JSON has no word for becomes text."""
    return response(orjson.dumps(value, default=str), "application/json", status)


def response(body: bytes, kind: str, status: int = 200) -> Response:
    """A body of a media type."""
    made = from_extra("starlette.responses", "serve").Response
    found: Response = made(body, status, HEADERS, f"{kind}; charset=utf-8" if kind != "image/svg+xml" else kind)
    return found
