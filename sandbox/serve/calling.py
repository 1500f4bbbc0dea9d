"""A call and its answer, as handlers see them: plain bytes, without a framework."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(slots=True)
class Call:
    """A request that came in whole."""

    method: str
    path: str
    query: bytes
    headers: dict[bytes, bytes]
    """Names in lower case."""
    body: bytes


@dataclass(slots=True)
class Answer:
    """What goes back."""

    body: bytes
    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


Handler = Callable[[Call], Answer | Awaitable[Answer]]
JSON = (b"content-type", b"application/json")


def in_json(told: Any, status: int = 200) -> Answer:
    """An answer that is JSON."""
    return Answer(orjson.dumps(told), status, [JSON])
