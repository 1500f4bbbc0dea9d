"""Parts of dates and of moments in UTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.world.arrays.conversions import DAY_US
from sandbox.world.arrays.masks import doubted, lifted
from sandbox.world.arrays.operand import Operand

Whole = NDArray[np.int64]

_FIRST_DAY, _LAST_DAY = -135_140, 2_932_896
"""1600-01-01 and 9999-12-31: beyond, calendars differ."""


def part_of(operand: Operand, part: str, of_dates: bool) -> Operand:
    """A part, such as hour or isodow, of dates or moments; float64 for `epoch`, else int64."""
    times: Whole = operand.values.astype(np.int64, copy=False)
    if part in _OF_DAYS:
        days = times if of_dates else times // DAY_US
        values = _OF_DAYS[part](days)
    else:
        values = _OF_TIMES[part](times * DAY_US if of_dates else times)
    return doubted(lifted(values, operand), _is_far(operand, of_dates))


def difference(start: Operand, stop: Operand, unit: str) -> Operand:
    """DATE_DIFF of moments: how many boundaries of the unit lie between."""
    first, last = (_ordinal(operand.values, unit) for operand in (start, stop))
    return doubted(lifted(last - first, start, stop), _is_far(start, False) | _is_far(stop, False))


def is_part(part: str) -> bool:
    """Whether `part_of` knows it."""
    return part in _OF_DAYS or part in _OF_TIMES


def is_unit(unit: str) -> bool:
    """Whether `difference` knows it."""
    return unit in _LENGTHS or unit in ("month", "quarter", "year")


def _is_far(operand: Operand, of_dates: bool) -> Any:
    scale = 1 if of_dates else DAY_US
    low, high = _FIRST_DAY * scale, _LAST_DAY * scale
    if operand.values.min() >= low and operand.values.max() <= high:
        return np.False_
    return (operand.values < low) | (operand.values > high)


def _ordinal(times: Whole, unit: str) -> Whole:
    """The number of the unit that a moment lies in."""
    if unit in _LENGTHS:
        return times // _LENGTHS[unit]
    days = times // DAY_US
    months = _months(days)
    return months // {"month": 1, "quarter": 3, "year": 12}[unit]


def _months(days: Whole) -> Whole:
    """Months since January 1970."""
    return np.asarray(days).astype("M8[D]").astype("M8[M]").astype(np.int64)


def _day_of_year(days: Whole) -> Whole:
    return days - np.asarray(days).astype("M8[D]").astype("M8[Y]").astype("M8[D]").astype(np.int64) + 1


def _day_of_month(days: Whole) -> Whole:
    return days - np.asarray(days).astype("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64) + 1


def _iso_week(days: Whole) -> Whole:
    """A week belongs to the year of its Thursday."""
    thursdays = days - (days + 3) % 7 + 3
    return (_day_of_year(thursdays) - 1) // 7 + 1


_SECOND_US = 1_000_000
_LENGTHS = {
    "microsecond": 1, "millisecond": 1_000, "second": _SECOND_US, "minute": 60 * _SECOND_US,
    "hour": 3600 * _SECOND_US, "day": DAY_US,
}  # fmt: skip
_OF_DAYS: dict[str, Callable[[Whole], Any]] = {
    "year": lambda days: _months(days) // 12 + 1970,
    "quarter": lambda days: _months(days) % 12 // 3 + 1,
    "month": lambda days: _months(days) % 12 + 1,
    "week": _iso_week,
    "day": _day_of_month,
    "doy": _day_of_year,
    "dow": lambda days: (days + 4) % 7,
    "isodow": lambda days: (days + 3) % 7 + 1,
}
_OF_TIMES: dict[str, Callable[[Whole], Any]] = {
    "hour": lambda times: times // _LENGTHS["hour"] % 24,
    "minute": lambda times: times // _LENGTHS["minute"] % 60,
    "second": lambda times: times // _SECOND_US % 60,
    "millisecond": lambda times: times // 1_000 % 60_000,
    "microsecond": lambda times: times % (60 * _SECOND_US),
    "epoch": lambda times: times / _SECOND_US,
    "epoch_us": lambda times: times,
}
