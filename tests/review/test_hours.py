"""Working time: nights and weekends count for nothing, and a day in spring has an hour less."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from sandbox.review.hours import working_hours

LONDON = ZoneInfo("Europe/London")
HOUR_NS = 3_600_000_000_000


def us(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1e6)


def hours_between(line, begin, end):
    done = line.work_at(np.array([us(begin), us(end)]))
    return float(done[1] - done[0]) / HOUR_NS


def test_nights_and_weekends_count_for_nothing():
    line = working_hours((9.0, 17.0), False, "Europe/London", us("2026-01-02 12:00"), us("2026-01-12"))
    assert hours_between(line, "2026-01-02 12:00", "2026-01-05 10:00") == 5 + 1  # Friday from noon, Monday till ten
    assert hours_between(line, "2026-01-03 08:00", "2026-01-04 20:00") == 0
    assert hours_between(line, "2026-01-05 00:00", "2026-01-10 00:00") == 40


def test_a_moment_of_working_time_is_one_of_the_wall():
    line = working_hours((9.0, 17.0), False, "Europe/London", us("2026-01-02 12:00"), us("2026-01-12"))
    assert line.time_of(np.array([6 * HOUR_NS]))[0] == us("2026-01-05 10:00")


def test_round_the_clock_is_the_clock():
    line = working_hours((0.0, 24.0), True, "Europe/London", us("2026-01-02"), us("2026-01-12"))
    assert hours_between(line, "2026-01-02", "2026-01-09") == 7 * 24


def test_days_that_touch_are_one_stretch_and_spring_has_an_hour_less():
    line = working_hours((0.0, 24.0), False, "Europe/London", us("2026-03-27"), us("2026-04-03"))
    assert hours_between(line, "2026-03-27", "2026-03-31") == 48
    every = working_hours((0.0, 24.0 - 1e-9), True, "Europe/London", us("2026-03-27"), us("2026-04-03"))
    assert round(hours_between(every, "2026-03-29", "2026-03-30"), 3) == 23
