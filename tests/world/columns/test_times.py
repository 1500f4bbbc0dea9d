"""Times: the rhythm of the scenario's zone, over changes of summer time, sorted where asked."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from sandbox.errors import InputError

ROWS = 150_000
HOUR_US = 3_600_000_000


def micros(zone, *moment):
    return int(datetime.datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp() * 1e6)


def window(zone, first, last):
    return (micros(zone, *first), micros(zone, *last))


def local(times, zone):
    return [value.astimezone(ZoneInfo(zone)) for value in times.to_pylist()]


def test_hours_and_days_keep_to_their_weights_in_the_scenarios_zone(part, plain_rows):
    zone = "Asia/Kathmandu"  # 5:45 ahead of UTC
    rows = plain_rows(stop=ROWS, zone=zone, window=window(zone, (2026, 3, 2), (2026, 3, 30)))  # four whole weeks
    day, week = [1] * 12 + [3] * 12, [1, 1, 1, 1, 1, 5, 2]
    times = local(part({"times": {"day": day, "week": week}}).generate(rows), zone)
    hours = np.bincount([moment.hour for moment in times], minlength=24)
    days = np.bincount([moment.weekday() for moment in times], minlength=7)
    assert stats.chisquare(hours, ROWS * np.array(day) / sum(day)).pvalue > 0.001
    assert stats.chisquare(days, ROWS * np.array(week) / sum(week)).pvalue > 0.001


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_day_of_a_clock_change_has_its_true_hours(day, hours, part, plain_rows):
    zone = "Europe/London"
    start = micros(zone, *day)
    rows = plain_rows(stop=ROWS, zone=zone, window=(start, start + hours * HOUR_US))
    only_first_hours = {"times": {"day": [1, 1, 1, 1] + [0] * 20}}
    times = part(only_first_hours).generate(rows)
    passed = (times.cast(pa.int64()).to_numpy() - start) // HOUR_US
    # In spring the hour from 1 to 2 is skipped, in autumn it comes twice: 3 or 5 hours are over when it is 4 o'clock.
    assert set(passed.tolist()) == set(range(3 if hours == 23 else 5))
    assert stats.chisquare(np.bincount(passed)).pvalue > 0.001
    assert {moment.hour for moment in local(times, zone)} <= {0, 1, 2, 3}


def test_in_order_they_are_the_sorted_sample(part, plain_rows):
    rows = plain_rows(stop=ROWS, total=ROWS)
    times = part({"times": {"day": "evening", "order": True}}).generate(rows).cast(pa.int64()).to_numpy()
    start, stop = rows.window
    assert (np.diff(times) >= 0).all()
    assert start <= times[0] < times[-1] < stop
    unordered = part({"times": "evening"}).generate(rows).cast(pa.int64()).to_numpy()
    assert stats.ks_2samp(times, unordered).pvalue > 0.001


def test_from_and_to_cut_the_window(part, plain_rows):
    written = {"times": {"from": datetime.date(2026, 1, 5), "to": datetime.datetime(2026, 1, 6, 12)}}
    times = part(written).generate(plain_rows(stop=5000)).to_pylist()
    assert datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC) <= min(times)
    assert max(times) < datetime.datetime(2026, 1, 6, 12, tzinfo=datetime.UTC)


def test_a_window_without_weight_is_refused(part, plain_rows):
    monday = window("UTC", (2026, 1, 5), (2026, 1, 6))
    with pytest.raises(InputError, match="no hour of the window has a weight above 0"):
        part({"times": {"week": [0, 1, 1, 1, 1, 1, 1]}}).generate(plain_rows(window=monday))
