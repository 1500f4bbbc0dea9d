"""Rows by day of a zone, counted without asking for each row which day it is there."""

from __future__ import annotations

import numpy as np

from sandbox.contract.zones import Microseconds, to_local

_DAY_US = 86_400_000_000
_QUARTER_US = 900_000_000
_IN_QUARTERS_SINCE_US = 2 * 365 * _DAY_US
"""Since 1972 every zone's clocks stand whole quarters of an hour from UTC, so a quarter never lies in two days."""
_MOST_QUARTERS = 1 << 20
_FAR_US = 8_000 * 365 * _DAY_US


def rows_by_day(moments_us: Microseconds, zone: str) -> dict[int, int]:
    """How many moments lie in each local day.

    Args:
        moments_us: microseconds UTC since 1970, shape (n,), n > 0, in any order.
        zone: of the IANA database.
    Returns:
        The days that have some, counted from 1970, and how many.
    """
    low, high = int(moments_us.min()), int(moments_us.max())
    start = low - low % _QUARTER_US
    if low < _IN_QUARTERS_SINCE_US or high - start >= _MOST_QUARTERS * _QUARTER_US:
        at, rows = np.unique(moments_us, return_counts=True)
    else:
        counted = np.bincount((moments_us - start) // _QUARTER_US)
        quarters = np.flatnonzero(counted)
        at, rows = start + quarters * _QUARTER_US, counted[quarters]
    # Beyond what calendars know, a day is UTC's.
    local = np.where(at < _FAR_US, to_local(at, zone), at)
    days, day_of = np.unique(local // _DAY_US, return_inverse=True)
    totals = np.zeros(len(days), np.int64)
    np.add.at(totals, day_of, rows)
    return dict(zip(days.tolist(), totals.tolist(), strict=True))
