"""What sources of messages have in common: where reading begins, and which of their keys go together."""

from __future__ import annotations

import datetime as dt
from typing import Any

BEGINNING, END = "beginning", "end"


def moment_of(start: Any) -> str:
    """A moment at which reading begins, ISO 8601 in UTC. Raises ValueError: it is none."""
    moment = dt.datetime.fromisoformat(str(start))
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat()


def judge_avro(registry: str | None, message: str | None) -> None:
    """What Avro needs, and does not go with. Raises ValueError."""
    if registry is None:
        raise ValueError("avro needs a schema registry; say where it is: registry: http://HOST:8081.")
    if message is not None:
        raise ValueError("message: only JSON has a column for the whole of a message.")
