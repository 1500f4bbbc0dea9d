"""Defaults as Avro writes them in JSON: bytes as characters, times and decimals as the numbers beneath them."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

from sandbox.contract.types import Type

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)
_PER_MICROSECOND = {"ms": (1, 1_000), "us": (1, 1), "ns": (1_000, 1)}


def written_default(value: Any, kind: Type) -> Any:
    """A default, as `plain_value` gives it, for a field of this type."""
    if kind.name == "bytes":
        return value.decode("latin-1")
    if kind.name == "decimal":
        return _twos_complement(value, int(kind.parameters[1])).decode("latin-1")
    if kind.name == "date":
        return (value - _EPOCH.date()).days
    if kind.name == "time":
        moment = datetime.datetime.combine(_EPOCH.date(), value, datetime.UTC)
        return (moment - _EPOCH) // _MICROSECOND
    if kind.name == "timestamp":
        moment = value if value.tzinfo is not None else value.replace(tzinfo=datetime.UTC)
        times, parts = _PER_MICROSECOND[str(kind.parameters[0])]
        return (moment - _EPOCH) // _MICROSECOND * times // parts
    return value


def is_writable(value: Any) -> bool:
    """Whether JSON has the value: it knows neither infinities nor NaN."""
    return not (isinstance(value, float) and not math.isfinite(value))


def _twos_complement(value: decimal.Decimal, scale: int) -> bytes:
    unscaled = int(value.scaleb(scale, decimal.Context(prec=100)))
    length = (unscaled + (unscaled < 0)).bit_length() // 8 + 1
    return unscaled.to_bytes(length, "big", signed=True)
