"""When reviewers work, as a line between wall time and working time: what waits over night waits no working hour."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import numpy as np

from sandbox.delivery.schedule import WorkingTime
from sandbox.scenario.clock import utc_us

_DAY_US = 86_400_000_000
_SATURDAY = 5


def working_hours(hours: tuple[float, float], every_day: bool, zone: str, start_us: int, end_us: int) -> WorkingTime:
    """The reviewers' hours over a stretch of time, in a zone whose days may have 23 or 25 of them.

    Args:
        hours: of the day, from and to.
        every_day: or from Monday to Friday alone.
        zone: by whose clock.
        start_us: the first moment that matters; the last is `end_us`, and a week more is there to come to an end.
    """
    if hours == (0.0, 24.0) and every_day:
        return WorkingTime(np.array([start_us]), np.ones(1))
    edges, speeds = [start_us], [0.0]
    first = datetime.datetime.fromtimestamp(start_us / 1e6, ZoneInfo(zone)).date()
    for number in range((end_us - start_us) // _DAY_US + 10):
        day = first + datetime.timedelta(days=number)
        if every_day or day.weekday() < _SATURDAY:
            opens, closes = (_at(day, hour, zone) for hour in hours)
            if closes <= start_us:
                continue
            opens = max(opens, start_us)
            if opens == edges[-1]:  # where the last day's hours end
                speeds[-1] = 1.0
            else:
                edges.append(opens)
                speeds.append(1.0)
            edges.append(closes)
            speeds.append(0.0)
    return WorkingTime(np.array(edges), np.array(speeds))


def _at(day: datetime.date, hour: float, zone: str) -> int:
    return utc_us(datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(hours=hour), zone)
