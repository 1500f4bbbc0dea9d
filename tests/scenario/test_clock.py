from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.scenario import clock
from sandbox.scenario.quantities import moment

HOUR_US = 3_600_000_000


def utc(moment_us: int) -> str:
    return dt.datetime.fromtimestamp(moment_us // 1_000_000, dt.UTC).strftime("%Y-%m-%d %H:%M")


def test_days_are_local_and_have_23_or_25_hours():
    london = clock.Clock(dt.datetime(2026, 3, 1), 60, "Europe/London")
    assert utc(london.start_us) == "2026-03-01 00:00"
    assert london.day_us(29) - london.day_us(28) == 23 * HOUR_US
    assert utc(london.end_us) == "2026-04-29 23:00"
    assert utc(london.at_us(moment("day 30"))) == "2026-03-30 23:00"
    assert utc(london.at_us(moment("day 30 12:00"))) == "2026-03-31 11:00"
    assert utc(london.at_us(moment("2026-03-29"))) == "2026-03-29 00:00"
    assert utc(london.at_us(moment("2026-03-29T12:00:00+05:00"))) == "2026-03-29 07:00"


def test_a_day_whose_midnight_is_skipped_begins_after_the_gap():
    assert utc(clock.utc_us(dt.datetime(2026, 4, 24), "Africa/Cairo")) == "2026-04-23 22:00"
    assert utc(clock.utc_us(dt.datetime(2026, 4, 24, 0, 59), "Africa/Cairo")) == "2026-04-23 22:00"
    assert utc(clock.utc_us(dt.datetime(2026, 4, 24, 1), "Africa/Cairo")) == "2026-04-23 22:00"


def test_a_repeated_time_is_its_first_occurrence():
    assert utc(clock.utc_us(dt.datetime(2026, 10, 25, 1, 30), "Europe/London")) == "2026-10-25 00:30"


@pytest.mark.parametrize(
    ("local", "zone", "fault"),
    [
        (dt.datetime(2026, 3, 29, 1, 30), "Europe/London", "2026-03-29 01:30 does not exist in Europe/London"),
        (dt.datetime(2026, 10, 25, 1, 30), "Europe/London", "2026-10-25 01:30 comes twice in Europe/London"),
        (dt.datetime(2026, 4, 24), "Africa/Cairo", "2026-04-24 00:00 does not exist in Africa/Cairo"),
        (dt.datetime(2026, 1, 1), "Europe/London", ""),
    ],
)
def test_unclear_times_are_told(local, zone, fault):
    said = clock.local_fault(local, zone)
    assert said.startswith(fault)
    assert bool(said) == bool(fault)


def test_zones():
    assert clock.zone("Europe/London") == "Europe/London"
    with pytest.raises(ValueError, match=re.escape("unknown time zone 'Europe/Londn'. Did you mean 'Europe/London'?")):
        clock.zone("Europe/Londn")
    for name in ("", "Europe", "../etc/passwd", "/etc/passwd", "a\x00b", "right/UTC", "x" * 1000, 3, None):
        with pytest.raises(ValueError, match="unknown time zone"):
            clock.zone(name)


def test_starts():
    assert clock.start(dt.date(2026, 1, 1)) == clock.start("2026-01-01") == dt.datetime(2026, 1, 1)
    assert clock.start(dt.datetime(2026, 1, 1, 8)) == dt.datetime(2026, 1, 1, 8)
    for value in ("soon", 5, None, "1500-01-01", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "2026-01-01T00:00Z"):
        with pytest.raises(ValueError, match=r"\.$"):
            clock.start(value)


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2100, 1, 1)),
    st.sampled_from(["UTC", "Europe/London", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"]),
)
def test_clear_times_come_back(local, zone):
    if clock.local_fault(local, zone):
        return
    us = clock.utc_us(local, zone)
    back = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)).astimezone(zoneinfo.ZoneInfo(zone))
    assert back.replace(tzinfo=None) == local


@settings(max_examples=20, deadline=None)
@given(st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)), st.sampled_from(["Africa/Cairo", "America/Sao_Paulo"]))
def test_days_follow_each_other(day, zone):
    running = clock.Clock(dt.datetime.combine(day, dt.time()), 400, zone)
    starts = [running.day_us(number) for number in range(401)]
    assert all(22 * HOUR_US <= after - before <= 26 * HOUR_US for before, after in pairwise(starts))
