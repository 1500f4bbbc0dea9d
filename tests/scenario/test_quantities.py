from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.scenario import quantities as q


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60 days", 60 * 86_400), ("5min", 300), ("2m", 120), ("20s", 20), ("1h", 3600), ("1 week", 604_800),
        ("1h 30min", 5400), ("1h30m", 5400), ("0.5 h", 1800), ("250 ms", 0.25), (" 3  days ", 259_200),
    ],
)  # fmt: skip
def test_durations(text, seconds):
    assert q.duration(text) == dt.timedelta(seconds=seconds)
    assert q.duration(q.duration(text)) == q.duration(text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("60", "got '60', must be a length of time such as 60 days"),
        (60, "got 60, must be a length of time such as 60 days"),
        (None, "got None, must be a length of time"),
        ("days", "got 'days', must be"),
        ("-5 days", "got '-5 days', must be"),
        ("P1D", "got 'P1D', must be"),
        ("0s", "got '0s', must be > 0 and at most 100 years."),
        ("900000 days", "must be > 0 and at most 100 years."),
        ("9" * 500 + " days", "must be > 0 and at most 100 years."),
        ("3 months", "a month has no fixed length; write days, such as 30 days."),
        ("3 parsecs", "unknown unit of time 'parsecs'; write s, min, h, days or weeks."),
    ],
)
def test_durations_that_are_none(value, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        q.duration(value)


def test_rates():
    assert q.rate("0.002 per day").per_day == pytest.approx(0.002)
    assert q.rate("3 per hour").per_day == pytest.approx(72)
    assert q.rate("1e-3 per second").per_second == pytest.approx(0.001)
    assert str(q.rate("0.5 per week")) == "0.5 per 7 days"
    for value in (0.002, "0.002", "per day", "-1 per day", "x per day", "1 per month", "1e400 per day", "1e10 per s"):
        with pytest.raises(ValueError, match=r"\.$"):
            q.rate(value)


def test_moments():
    assert q.moment("day 30") == q.Moment(30)
    assert q.moment("day 30 12:15") == q.Moment(30, dt.time(12, 15))
    assert q.moment(dt.date(2026, 1, 31)) == q.moment("2026-01-31") == q.Moment(at=dt.datetime(2026, 1, 31))
    assert str(q.moment("day 30 12:15")) == "day 30 12:15"
    for value in (5, "day", "day x", "day -1", "day 1 25:00", "soon", "2026-02-30", "1066-10-14", dt.date(2300, 1, 1)):
        with pytest.raises(ValueError, match=r"\.$"):
            q.moment(value)


@settings(max_examples=200, deadline=None)
@given(st.timedeltas(dt.timedelta(microseconds=1), dt.timedelta(days=30_000)))
def test_durations_are_described_so_that_they_are_read_back(length):
    assert q.duration(q.describe_duration(length)) == length


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list("0123456789.e- :dayspermonthT")), max_size=24))
def test_any_text_is_read_or_refused_in_one_line(text):
    for read in (q.duration, q.rate, q.moment):
        told = ""
        try:
            read(text)
        except ValueError as refused:
            told = str(refused)
        assert "\n" not in told
        assert len(told) < 200


@pytest.mark.parametrize(
    ("pattern", "read", "good"),
    [
        (q.DURATION_PATTERN, q.duration, ["60 days", "5min", "1h 30min", "1h30m", "0.5 h"]),
        (q.RATE_PATTERN, q.rate, ["0.002 per day", "1e-3 per second"]),
        (q.MOMENT_PATTERN, q.moment, ["day 30", "day 30 12:15", "2026-01-31", "2026-01-31 10:00"]),
    ],
)
def test_editors_patterns_know_what_is_read(pattern, read, good):
    for text in good:
        read(text)
        assert re.fullmatch(pattern, text)
