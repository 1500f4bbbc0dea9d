"""Rows by local day: as Python's own zones have it, across changes of the clock, long ago and far away."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sandbox.verify.days import rows_by_day

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo"])
@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-27", "2026-03-31"), ("2011-01-01", "2011-12-31"), ("1890-01-01", "1990-01-01")]
)
def test_each_moment_counts_for_its_local_day(zone, first, last):
    begin, end = (dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC) for day in (first, last))
    span_s = (end - begin).total_seconds()
    seconds = (begin - EPOCH).total_seconds() + np.random.default_rng(3).uniform(0, span_s, 3_000).round(3)
    moments = (seconds * 1e6).astype(np.int64)
    local = (EPOCH + dt.timedelta(microseconds=int(moment)) for moment in moments)
    expected = Counter((moment.astimezone(ZoneInfo(zone)).date() - EPOCH.date()).days for moment in local)
    assert rows_by_day(moments, zone) == expected


def test_the_year_9999_beside_today_is_counted_too():
    moments = np.array([1_767_225_600_000_000, 253_402_300_799_000_000], np.int64)
    found = rows_by_day(moments, "Europe/London")
    assert {str(np.datetime64(day, "D")): rows for day, rows in found.items()} == {"2026-01-01": 1, "9999-12-31": 1}
