"""Where the periods of a calendar begin: hours, days, weeks and months of a zone, over changes of summer time."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sandbox.contract.zones import to_local, to_utc
from sandbox.world.rowsets import Whole

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
# Every zone is off UTC by whole quarters of an hour.
_QUARTER_US = HOUR_US // 4
_EPOCH = dt.date(1970, 1, 1)


def period_starts(every: str, start_us: int, end_us: int, zone: str) -> Whole:
    """Where periods begin.

    Args:
        every: `hour`, `day`, `week` (from Monday) or `month`, in the zone's local time.
        start_us: from when, microseconds UTC, included.
        end_us: till when, excluded.
        zone: IANA name.
    Returns:
        int64 microseconds UTC, rising. An hour that comes twice begins twice.
    """
    if every == "hour":
        quarters = np.arange(-(-start_us // _QUARTER_US), -(-end_us // _QUARTER_US), dtype=np.int64) * _QUARTER_US
        hours: Whole = quarters[to_local(quarters, zone) % HOUR_US == 0]
        return hours
    first, last = to_local(np.array([start_us, end_us], np.int64), zone) // DAY_US
    days = np.arange(first, last + 1, dtype=np.int64)
    if every == "week":
        days = days[(days + 3) % 7 == 0]  # 1 January 1970 was a Thursday
    if every == "month":
        days = days[np.array([(_EPOCH + dt.timedelta(days=int(day))).day == 1 for day in days], np.bool_)]
    starts = to_utc(days * DAY_US, zone)
    return starts[(starts >= start_us) & (starts < end_us)]
