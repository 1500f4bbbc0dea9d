"""Quantities as people write them: `60 days`, `day 30`, `0.002 per day`.

Every reader takes what stood in the file and raises ValueError with one line that says what to write, so that a
pydantic field may use it as a validator before its own; what it has read already, it gives back.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass

DURATION_PATTERN = r"^\d+(\.\d+)? ?[a-z]+( ?\d+(\.\d+)? ?[a-z]+)*$"
RATE_PATTERN = r"^\d+(\.\d+)?([eE][-+]?\d+)? per [a-z]+$"
MOMENT_PATTERN = r"^(day \d{1,5}( \d{2}:\d{2})?|\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?)$"

_UNIT_NAMES_US = {
    1_000: ("ms", "millisecond", "milliseconds"),
    1_000_000: ("s", "sec", "second", "seconds"),
    60_000_000: ("m", "min", "minute", "minutes"),
    3_600_000_000: ("h", "hour", "hours"),
    86_400_000_000: ("d", "day", "days"),
    604_800_000_000: ("w", "week", "weeks"),
}
_UNITS_US = {name: length_us for length_us, names in _UNIT_NAMES_US.items() for name in names}
_CHANGING_UNITS = ("month", "months", "quarter", "quarters", "y", "year", "years")
_LONGEST = dt.timedelta(days=100 * 366)
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", re.ASCII)
_RATE = re.compile(r"(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*per\s+([a-z]+)", re.ASCII)
_DAY = re.compile(r"day\s+(\d{1,5})(?:\s+(\d{2}):(\d{2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happens on average: `count` times in each `per`."""

    count: float
    per: dt.timedelta

    @property
    def per_day(self) -> float:
        """Mean count in 24 hours."""
        return self.count * (86_400 / self.per.total_seconds())

    @property
    def per_second(self) -> float:
        """Mean count in a second."""
        return self.count / self.per.total_seconds()

    def __str__(self) -> str:
        return f"{self.count:g} per {describe_duration(self.per).removeprefix('1 ')}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time by the scenario's clock: so many days after its start, at a local time, or a date of the calendar.

    `day 30` is the start's own time of day, 30 local days later; `day 30 12:00` is noon of that day.
    """

    day: int | None = None
    time: dt.time | None = None
    at: dt.datetime | None = None

    def __str__(self) -> str:
        if self.day is None:
            return str(self.at)
        return f"day {self.day}" + (f" {self.time:%H:%M}" if self.time is not None else "")


def duration(value: object) -> dt.timedelta:
    """Read a length of time: `60 days`, `5min`, `20s`, `1h 30min`. Units have a fixed length; `m` is minutes.

    Raises:
        ValueError: no unit, an unknown one or one of changing length, not positive, above a hundred years.
    """
    if isinstance(value, dt.timedelta):
        return value
    text = _text(value, "a length of time such as 60 days, 20s or 1h 30min")
    total_us, position = 0.0, 0
    while match := _PART.match(text, position):
        total_us += float(match[1]) * _unit_us(match[2])
        position = match.end()
    if position == 0 or position < len(text):
        raise ValueError(f"got '{_short(text)}', must be a length of time such as 60 days, 20s or 1h 30min.")
    if not 0 < total_us <= _LONGEST / dt.timedelta(microseconds=1):
        raise ValueError(f"got '{_short(text)}', must be > 0 and at most 100 years.")
    return dt.timedelta(microseconds=round(total_us))


def rate(value: object) -> Rate:
    """Read how often something happens: `0.002 per day`, `3 per hour`.

    Raises:
        ValueError: not of that form, an unknown unit, or more than 1e9 times.
    """
    if isinstance(value, Rate):
        return value
    text = _text(value, "a number and a unit of time, such as 0.002 per day")
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError(f"got '{_short(text)}', must be a number and a unit of time, such as 0.002 per day.")
    count = float(match[1])
    if not math.isfinite(count) or count > 1e9:
        raise ValueError(f"got '{_short(text)}', must be at most a thousand million times.")
    return Rate(count, dt.timedelta(microseconds=_unit_us(match[2])))


def moment(value: object) -> Moment:
    """Read a time by the scenario's clock: `day 30`, `day 30 12:00`, a date, or a date and a time.

    Raises:
        ValueError: none of these, or a year out of 1900 to 2200.
    """
    if isinstance(value, Moment):
        return value
    if isinstance(value, dt.date):
        return Moment(at=within_years(value))
    text = _text(value, "such as day 30, day 30 12:00 or 2026-01-31")
    try:
        if match := _DAY.fullmatch(text):
            return Moment(int(match[1]), dt.time(int(match[2]), int(match[3])) if match[2] else None)
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"got '{_short(text)}', must be such as day 30, day 30 12:00 or 2026-01-31.") from None
    return Moment(at=within_years(at))


def describe_duration(length: dt.timedelta) -> str:
    """A length of time in words that `duration` reads back: `1 day`, `90 minutes`."""
    length_us = length // dt.timedelta(microseconds=1)
    for unit_us, names in sorted(_UNIT_NAMES_US.items(), reverse=True)[1:-1]:
        if length_us % unit_us == 0:
            count = length_us // unit_us
            return f"{count} {names[-2] if count == 1 else names[-1]}"
    return f"{length_us / 1000:.3f}".rstrip("0").rstrip(".") + " ms"


def within_years(day: dt.date) -> dt.datetime:
    """A date's midnight, or the date and time as it is.

    Raises:
        ValueError: its year is out of 1900 to 2200.
    """
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"got the year {day.year}, must be between {_FIRST_YEAR} and {_LAST_YEAR}.")
    return day if isinstance(day, dt.datetime) else dt.datetime.combine(day, dt.time())


def _unit_us(unit: str) -> int:
    if unit in _UNITS_US:
        return _UNITS_US[unit]
    if unit in _CHANGING_UNITS:
        raise ValueError(f"a {unit.rstrip('s')} has no fixed length; write days, such as 30 days.")
    raise ValueError(f"unknown unit of time '{_short(unit)}'; write s, min, h, days or weeks.")


def _text(value: object, wanted: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"got {_short(str(value))}, must be {wanted}.")
    return value.strip()


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
