"""Times as ISO 8601 text, put together by their parts: each comes out of a table, several bytes at a time.

Three times as fast as Arrow's own text, which works out the calendar of every value anew.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_Numbers: TypeAlias = npt.NDArray[Any]
_THOUSANDS = {"s": 0, "ms": 1, "us": 2, "ns": 3}
"""How many groups of three digits a unit has below the second."""
_DAY_S = 86_400
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31, in days from 1970: what a year of four digits can say."""
_DAYS_AT_ONCE = 1 << 12
_MOST_DAYS = 1 << 17
"""A table of more days costs more than it saves."""


def timestamp_text(array: pa.TimestampArray) -> pa.StringArray:
    """`2026-01-01T09:30:00.250000`, its instant in UTC with `Z` where the type has a zone; null stays null."""
    per_second = 1000 ** _THOUSANDS[array.type.unit]
    ticks = array.view(pa.int64())
    span = pc.min_max(ticks)
    if not span["min"].is_valid:
        return pa.nulls(len(array), pa.string())
    first, last = (span[edge].as_py() // per_second // _DAY_S for edge in ("min", "max"))
    if first < _FIRST_DAY or last > _LAST_DAY or last - first > _MOST_DAYS:
        return _by_calendar(array)
    known = pc.fill_null(ticks, span["min"]) if array.null_count else ticks
    text = _by_parts(known.to_numpy(), array.type, first, last)
    return pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string())) if array.null_count else text


def _by_parts(ticks: _Numbers, kind: pa.TimestampType, first_day: int, last_day: int) -> pa.StringArray:
    rows, groups = len(ticks), _THOUSANDS[kind.unit]
    seconds, below = _divided(ticks, 1000**groups)
    days, of_day = _divided(seconds, _DAY_S)
    width = 19 + (1 + 3 * groups if groups else 0) + (kind.tz is not None)
    written = np.empty(rows * width + 1, np.uint8)

    def put(at: int, parts: _Numbers | np.uint8) -> None:
        np.ndarray(rows, parts.dtype, written, at, width)[:] = parts

    # Three digits go as four bytes; what is one too many goes under whatever is put there next.
    for group in range(groups):
        digits, below = _divided(below, 1000 ** (groups - 1 - group))
        put(20 + 3 * group, _thousand()[digits])
    if groups:
        put(19, np.uint8(ord(".")))
    if kind.tz is not None:
        put(width - 1, np.uint8(ord("Z")))
    put(11, _times_of_day()[of_day])
    put(10, np.uint8(ord("T")))
    table_from, table_to = first_day // _DAYS_AT_ONCE, last_day // _DAYS_AT_ONCE + 1
    months, days_of_month = _dates(table_from * _DAYS_AT_ONCE, table_to * _DAYS_AT_ONCE)
    days = days - table_from * _DAYS_AT_ONCE
    put(8, days_of_month[days])
    put(0, months[days])
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(written))


def _divided(numbers: _Numbers, by: int) -> tuple[_Numbers, _Numbers]:
    """Quotients, rounded down, and what remains, in as few bytes as it takes: those are divided faster."""
    quotients = numbers // by
    remains = numbers - quotients * by
    return quotients, remains.astype(np.int32) if by <= 1 << 31 else remains


@cache
def _thousand() -> _Numbers:
    """`000` to `999`, each as four bytes."""
    return np.frombuffer("".join(f"{number:03d} " for number in range(1000)).encode(), np.uint32)


@cache
def _times_of_day() -> _Numbers:
    """`00:00:00` to `23:59:59`, each as eight bytes."""
    texts = pa.array(np.arange(_DAY_S, dtype=np.int32)).view(pa.time32("s")).cast(pa.string())
    return np.frombuffer(texts.buffers()[2], np.uint64, _DAY_S)


@lru_cache(maxsize=8)
def _dates(start: int, stop: int) -> tuple[_Numbers, _Numbers]:
    """The days from `start` to before `stop`: of each `2026-01-` as eight bytes, and `31` as two."""
    days = np.arange(start, stop).clip(_FIRST_DAY, _LAST_DAY).astype(np.int32)
    octets = np.frombuffer(pa.array(days).view(pa.date32()).cast(pa.string()).buffers()[2], np.uint8)
    texts = octets[: 10 * len(days)].reshape(-1, 10)
    months, days_of_month = (np.ascontiguousarray(part) for part in (texts[:, :8], texts[:, 8:]))
    return months.view(np.uint64).ravel(), days_of_month.view(np.uint16).ravel()


def _by_calendar(array: pa.TimestampArray) -> pa.StringArray:
    """As Arrow writes them, year by year. Of a zoned one, it takes UTC as if that were local 30 times faster."""
    text = pc.replace_substring(
        array.view(pa.timestamp(array.type.unit)).cast(pa.string()), " ", "T", max_replacements=1
    )
    return pc.binary_join_element_wise(text, "Z", "") if array.type.tz else text
