"""Values written in a contract (a bound, a default, an enum's words) as typed Arrow scalars."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from sandbox.contract.model import Column
from sandbox.contract.types import Type

_SHAPES: dict[str, Any] = {"date": datetime.date, "time": datetime.time, "timestamp": datetime.datetime}
_REFUSALS = (pa.ArrowException, ValueError, TypeError, OverflowError, decimal.InvalidOperation)


def literal(value: Any, column: Column) -> pa.Scalar:
    """The value as a scalar of the column's type; an enum's as text.

    Raises:
        ValueError: it is not a value of that type.
    """
    kind = column.parsed
    arrow = pa.string() if kind.name == "enum" else column.arrow
    try:
        return pa.scalar(_python_value(value, kind), arrow)
    except _REFUSALS:
        raise ValueError(f"{value!r} is not a value of type {column.type}") from None


def literals(values: Sequence[Any], column: Column) -> pa.Array:
    """Values as an array of the column's type; an enum's as text. A scalar each would cost ten times as much.

    Raises:
        ValueError: one is not a value of that type.
    """
    kind = column.parsed
    arrow = pa.string() if kind.name == "enum" else column.arrow
    try:
        return pa.array([_python_value(value, kind) for value in values], arrow)
    except _REFUSALS:
        raise ValueError(f"not all are values of type {column.type}") from None


def _python_value(value: Any, kind: Type) -> Any:
    if kind.is_number and (isinstance(value, bool) or (isinstance(value, float) and math.isnan(value))):
        raise ValueError
    if kind.name == "bool" and not isinstance(value, bool):
        raise ValueError
    if kind.name == "decimal":
        return decimal.Decimal(str(value))
    if kind.is_integer and isinstance(value, float | decimal.Decimal):
        return _whole(value)
    if kind.is_text and not isinstance(value, str):
        raise ValueError
    if kind.name == "bytes" and isinstance(value, str):
        return bytes.fromhex(value)
    return _moment(value, kind) if kind.is_time else value


def _whole(value: float | decimal.Decimal) -> int:
    if value != int(value):
        raise ValueError
    return int(value)


def _moment(value: Any, kind: Type) -> Any:
    shape = _SHAPES[kind.name]
    moment: Any = shape.fromisoformat(value) if isinstance(value, str) else value
    if kind.name == "timestamp" and type(moment) is datetime.date:
        moment = datetime.datetime.combine(moment, datetime.time())
    aware = getattr(moment, "tzinfo", None) is not None
    if type(moment) is not shape or (aware and kind.zone is None):
        raise ValueError
    # A bound without an offset is read where the column keeps its clock.
    return moment if aware or not kind.zone else moment.replace(tzinfo=ZoneInfo(kind.zone))
