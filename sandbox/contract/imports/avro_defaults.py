"""Defaults of Avro, which writes them as JSON: bytes as characters, times and decimals as the numbers beneath them."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from sandbox.contract.imports.fields import Field
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.literals import literal
from sandbox.contract.types import Type
from sandbox.strict import show

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EXACT = decimal.Context(prec=100)
_PER_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def with_default(field: Field, written: Marked, notes: Notes, time_unit: str = "us") -> Field:
    """The field with its default. One of another type than the field's is wrong; a nested one is merely noted.

    Args:
        written: the value under `default`, null included.
        time_unit: what the number under a time of day counts.
    """
    kind = field.column.parsed
    if written.content is None:
        if not field.column.nullable:
            notes.catch(written.error("is null, and the field may not be null."))
        return field
    if kind.is_nested:
        fits = written.is_list if kind.name == "list" else written.is_mapping
        if not fits and kind.name != "union":
            notes.catch(written.error(f"got {show(written.value())}, which is no value of type {kind.name}."))
        elif written.content:
            notes.lose("a contract has no nested defaults.", written.place, written.path)
        return field
    try:
        value = _value(written.content, kind, time_unit)
        literal(value, field.column)
        return field.with_column(default=value)
    except (TypeError, ValueError, OverflowError, decimal.InvalidOperation):
        message = f"default {show(written.value())} is not a value of type {field.column.type}."
        notes.catch(written.error(message))
        return field


def _value(written: Any, kind: Type, time_unit: str) -> Any:
    """Raises ValueError or TypeError where JSON of this kind cannot be a value of the type."""
    if kind.name in ("bytes", "decimal"):
        if not isinstance(written, str):
            raise TypeError
        raw = written.encode("latin-1")
        if kind.name == "bytes":
            return raw
        return decimal.Decimal(int.from_bytes(raw, "big", signed=True)).scaleb(-int(kind.parameters[1]), _EXACT)
    if not kind.is_time:
        return written
    if not isinstance(written, int) or isinstance(written, bool):
        raise TypeError
    return _moment(written, kind, time_unit)


def _moment(written: int, kind: Type, time_unit: str) -> Any:
    if kind.name == "date":
        return (_EPOCH + datetime.timedelta(days=written)).date()
    per_second = _PER_SECOND[time_unit if kind.name == "time" else str(kind.parameters[0])]
    moment = _EPOCH + datetime.timedelta(microseconds=written * 1_000_000 // per_second)
    if kind.name == "time":
        if not 0 <= written < 86_400 * per_second:
            raise ValueError
        return moment.time()
    return moment if kind.zone else moment.replace(tzinfo=None)
