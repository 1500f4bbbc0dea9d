"""The values at the boundaries of a column: as small, as large, as short, as long and as strange as it allows."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.contract.literals import literal
from sandbox.contract.model import Column
from sandbox.scenario.patterns import PatternError, parse_pattern

LONGEST = 10_000
"""Characters or bytes of what is longest where the contract sets no end."""
_FEW_STRINGS = 64
_UNICODE = {
    "composed": "é",
    "decomposed": "e\u0301",
    "beyond the basic plane": "𝒳🂡",
    "joined emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "right to left": "שלום مرحبا",
    "direction override": "\u202eabc\u202c",
    "zero width": "a\u200bb\ufeffc",
    "stacked marks": "Z\u0351\u036b\u0343\u036a",
    "case that grows": "ßŉİ",
    "ideographs": "漢字かな한글",
    "line ends": "a\nb\r\nc\u2028d",
    "quotes and separators": "\"'`,;|\t\\",
    "spaces around": "  a  ",
    "word for null": "NULL",
    "formula": "=1+1",
}
_FIRST, _LAST = datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999_999)


def boundaries(column: Column) -> Iterator[tuple[str, pa.Scalar]]:
    """Values at a column's boundaries with a name each, in the column's type (an enum's as text).

    Whether the contract really allows one, its other rules considered, is for its check to say.
    """
    arrow = pa.string() if column.parsed.name == "enum" else column.arrow
    if column.nullable:
        yield "null", pa.scalar(None, arrow)
    for name, value in _written(column):
        try:
            yield name, literal(value, column) if not column.parsed.parts else pa.scalar(value, arrow)
        except (ValueError, TypeError, OverflowError, pa.ArrowException):
            continue


def _written(column: Column) -> Iterator[tuple[str, Any]]:
    kind = column.parsed
    if column.values is not None:
        yield from ((f"value {number}", value) for number, value in enumerate(column.values, 1))
    elif kind.name == "bool":
        yield from (("true", True), ("false", False))
    elif kind.is_number or kind.name in ("date", "timestamp", "time"):
        yield from _ends(column)
    elif kind.name == "uuid":
        yield "nil", "00000000-0000-0000-0000-000000000000"
        yield "all bits", "ffffffff-ffff-ffff-ffff-ffffffffffff"
    elif kind.name == "bytes":
        yield "shortest", b"\x00" * (column.min_length or 0)
        yield "longest", b"\xff" * (LONGEST if column.max_length is None else column.max_length)
    elif kind.name == "string":
        yield from _texts(column) if column.pattern is None else _matching(column)
    elif kind.name in ("list", "map") and not column.min_length:
        yield "empty", []


def _ends(column: Column) -> Iterator[tuple[str, Any]]:
    """The smallest and the largest value, and what lies around zero."""
    smallest, largest, step, zeros = _reach(column)
    low, high = column.ge, column.le
    if column.gt is not None:
        low = literal(column.gt, column).as_py() + step
    if column.lt is not None:
        high = literal(column.lt, column).as_py() - step
    yield "smallest", smallest if low is None else low
    yield "largest", largest if high is None else high
    yield from zeros


def _reach(column: Column) -> tuple[Any, Any, Any, list[tuple[str, Any]]]:
    """Of a type: its smallest and largest value, the step from one to the next, and special values between."""
    kind, arrow = column.parsed, column.arrow
    if kind.is_integer:
        bounds = np.iinfo(arrow.to_pandas_dtype())
        return int(bounds.min), int(bounds.max), 1, [("zero", 0), ("minus one", -1)]
    if kind.name == "decimal":
        step = decimal.Decimal(1).scaleb(-arrow.scale)
        with decimal.localcontext() as context:
            context.prec = 80
            most = (decimal.Decimal(10) ** arrow.precision - 1) * step
        return -most, most, step, [("zero", decimal.Decimal(0)), ("smallest step", step)]
    if kind.is_number:
        finfo = np.finfo(arrow.to_pandas_dtype())
        tiny = float(finfo.smallest_subnormal)
        return float(finfo.min), float(finfo.max), tiny, [("zero", 0.0), ("minus zero", -0.0), ("smallest step", tiny)]
    if kind.name == "date":
        leap = [("leap day", datetime.date(2024, 2, 29))]
        return _FIRST.date(), _LAST.date(), datetime.timedelta(days=1), leap
    if kind.name == "time":
        return datetime.time(), _LAST.time(), datetime.timedelta(0), []
    zone = datetime.UTC if arrow.tz is not None else None
    tick = datetime.timedelta(microseconds={"s": 1_000_000, "ms": 1000}.get(arrow.unit, 1))
    first, last = _FIRST.replace(tzinfo=zone), _LAST.replace(tzinfo=zone)
    if arrow.unit == "ns":  # 64 bits of nanoseconds reach no further
        first, last = first.replace(year=1678), last.replace(year=2261)
    whole = {"s": 0, "ms": 999_000}.get(arrow.unit, 999_999)
    return first, last.replace(microsecond=whole), tick, [("leap day", first.replace(year=2024, month=2, day=29))]


def _texts(column: Column) -> Iterator[tuple[str, str]]:
    least, most = column.min_length or 0, LONGEST if column.max_length is None else column.max_length
    yield "empty" if least == 0 else "shortest", "a" * least
    yield "longest", "a" * most
    yield "longest in bytes", "𝒳" * most
    for name, text in _UNICODE.items():
        yield name, text[:most] + "a" * (least - len(text))


def _matching(column: Column) -> Iterator[tuple[str, str]]:
    """The shortest and the longest of some strings that match the pattern: the first, the last, and others between."""
    try:
        pattern = parse_pattern(str(column.pattern))
    except PatternError:
        return
    last = pattern.index_count - 1
    spread = {last * part // (_FEW_STRINGS - 1) for part in range(_FEW_STRINGS)}
    strings = pattern.strings(np.array(sorted(spread), np.uint64)).to_pylist()
    yield "first match", strings[0]
    yield "last match", strings[-1]
    yield "shortest match", min(strings, key=len)
    yield "longest match", max(strings, key=len)
