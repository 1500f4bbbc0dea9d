"""The scenario's clock: local days of a zone as microseconds UTC, over changes of summer time."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass

from sandbox.errors import did_you_mean
from sandbox.scenario.quantities import Moment, within_years

MAX_DAYS = 36_600

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_ZONE = re.compile(r"(?!right/|posix/)[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")


@dataclass(frozen=True, slots=True)
class Clock:
    """When a scenario begins, for how many local days it lasts, and where its days begin.

    `start` is a local time without an offset; `zone` an IANA name such as Europe/London.
    """

    start: dt.datetime
    days: int
    zone: str

    @property
    def start_us(self) -> int:
        """The beginning, in microseconds since 1970 UTC."""
        return self.day_us(0)

    @property
    def end_us(self) -> int:
        """The first microsecond UTC that lies behind the scenario."""
        return self.day_us(self.days)

    def day_us(self, day: int) -> int:
        """Where a day begins in microseconds UTC: the start's local time of day, `day` local days later."""
        return utc_us(self.start + dt.timedelta(days=day), self.zone)

    def at_us(self, moment: Moment) -> int:
        """A moment of the scenario in microseconds UTC."""
        if moment.day is None:
            return utc_us(moment.at or self.start, self.zone)
        if moment.time is None:
            return self.day_us(moment.day)
        return utc_us(dt.datetime.combine(self.start.date() + dt.timedelta(days=moment.day), moment.time), self.zone)


def start(value: object) -> dt.datetime:
    """Read where a clock starts: a date (its midnight), or a date and a local time.

    Raises:
        ValueError: neither, with an offset, or out of the years 1900 to 2200.
    """
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"got '{str(value)[:40]}', must be a date such as 2026-01-01.") from None
    if not isinstance(value, dt.date):
        raise ValueError(f"got {str(value)[:40]}, must be a date such as 2026-01-01.")
    local = within_years(value)
    if local.tzinfo is not None:
        raise ValueError("the clock starts at a local time; leave out the offset and name the zone in 'zone'.")
    return local


def zone(value: object) -> str:
    """Read a time zone's IANA name.

    Raises:
        ValueError: there is no such zone.
    """
    name = str(value)[:40]
    try:
        if isinstance(value, str) and _ZONE.fullmatch(value):
            return zoneinfo.ZoneInfo(value).key
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        pass
    near = did_you_mean(name, zoneinfo.available_timezones()).split(" Known:")[0]  # too many to name them all
    raise ValueError(f"unknown time zone '{name}'.{near} Names are such as UTC or Europe/London.")


def local_fault(local: dt.datetime, zone_name: str) -> str:
    """What is unclear about a local time: that summer time skips it or brings it twice; empty where all is well."""
    here = zoneinfo.ZoneInfo(zone_name)
    first, second = (local.replace(tzinfo=here, fold=fold).utcoffset() or dt.timedelta() for fold in (0, 1))
    if first < second:
        return f"{local:%Y-%m-%d %H:%M} does not exist in {zone_name}: summer time skips it; choose another hour."
    if first > second:
        return f"{local:%Y-%m-%d %H:%M} comes twice in {zone_name}, as summer time ends; choose another hour."
    return ""


def utc_us(local: dt.datetime, zone_name: str) -> int:
    """Microseconds since 1970 UTC of a local time; an aware one goes by its own offset.

    A time that summer time skips becomes the first moment after the gap, a repeated one its first occurrence.
    """
    if local.tzinfo is not None:
        return (local - _EPOCH) // _MICROSECOND
    here = zoneinfo.ZoneInfo(zone_name)
    early, late = ((local.replace(tzinfo=here, fold=fold) - _EPOCH) // _MICROSECOND for fold in (0, 1))
    return early if early <= late else _first_after_gap(late, early, here)


def _first_after_gap(low_us: int, high_us: int, here: zoneinfo.ZoneInfo) -> int:
    """The moment at which the offset changes, between two moments on either side of the change."""
    offset = (_EPOCH + low_us * _MICROSECOND).astimezone(here).utcoffset()
    while high_us - low_us > 1:
        middle_us = (low_us + high_us) // 2
        if (_EPOCH + middle_us * _MICROSECOND).astimezone(here).utcoffset() == offset:
            low_us = middle_us
        else:
            high_us = middle_us
    return high_us
