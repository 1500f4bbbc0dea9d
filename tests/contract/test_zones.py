"""Local time to UTC and back, against Python's own zones."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sandbox.contract.zones import require_zone, to_local, to_utc
from sandbox.errors import InputError

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC"]
EPOCH = datetime.datetime(1970, 1, 1)


def microseconds(text: str) -> int:
    return (datetime.datetime.fromisoformat(text) - EPOCH) // datetime.timedelta(microseconds=1)


def python_utc(local_us: int, zone: str) -> int:
    local = (EPOCH + datetime.timedelta(microseconds=local_us)).replace(tzinfo=ZoneInfo(zone))
    return (local - EPOCH.replace(tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)


@pytest.mark.parametrize("zone", ZONES)
def test_local_times_become_the_instants_that_python_says(zone: str) -> None:
    random = np.random.default_rng(7)
    local_us = random.integers(microseconds("1960-01-01"), microseconds("2060-01-01"), 400)
    expected = [python_utc(int(at), zone) for at in local_us]
    np.testing.assert_array_equal(to_utc(local_us, zone), expected)
    batches = [to_utc(local_us[at : at + 7], zone) for at in range(0, 400, 7)]
    np.testing.assert_array_equal(np.concatenate(batches), expected, "a batch must not change a row's reading")


@pytest.mark.parametrize("zone", ZONES)
def test_every_instant_comes_back_unless_its_hour_comes_twice(zone: str) -> None:
    random = np.random.default_rng(8)
    utc_us = random.integers(microseconds("1990-01-01"), microseconds("2040-01-01"), 2000)
    there_and_back = to_utc(to_local(utc_us, zone), zone)
    # The second pass of a repeated hour is read as its first: 1 hour in 8766, at most an hour early.
    assert (there_and_back != utc_us).mean() < 0.002
    assert (utc_us - there_and_back).max() <= 3600 * 10**6


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2011-03-27T00:59:59", "2011-03-27T00:59:59"),
        ("2011-03-27T01:30:00", "2011-03-27T01:30:00"),  # does not exist: moved forward by the gap, 02:30 BST
        ("2011-03-27T02:00:00", "2011-03-27T01:00:00"),
        ("2010-10-31T00:59:59", "2010-10-30T23:59:59"),
        ("2010-10-31T01:30:00", "2010-10-31T00:30:00"),  # comes twice: its first pass, still BST
        ("2010-10-31T02:00:00", "2010-10-31T02:00:00"),
    ],
)
def test_the_hours_when_british_clocks_change(local: str, utc: str) -> None:
    assert to_utc(np.array([microseconds(local)]), "Europe/London").tolist() == [microseconds(utc)]


def test_the_ends_of_the_calendar_and_nothing_at_all() -> None:
    ends = np.array([microseconds("0001-01-01"), microseconds("9999-12-31")])
    assert to_utc(ends, "UTC").tolist() == ends.tolist()
    assert np.abs(to_utc(ends, "America/New_York") - ends).max() < 6 * 3600 * 10**6
    assert len(to_utc(ends[:0], "Europe/London")) == 0


@pytest.mark.parametrize("name", ["Europe/Londn", "", "Europe", "../etc/passwd"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="unknown time zone"):
        require_zone(name)
