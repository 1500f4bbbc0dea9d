"""Sign-ups: how many are there at first, when the others come, and what more rows leave alone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from sandbox.errors import InputError
from sandbox.scenario.rhythms import DAYS, WEEKS
from sandbox.world.periods import DAY_US

HOUR_US = DAY_US // 24


def history(sign_ups, rows=40_000, more=""):
    return f"""
  m:
    rows: {rows}
    history: true
    key: id
    sign_ups: {sign_ups}
    columns: {{id: {{serial: 1}}, mood: {{normal: {{mean: 0, sd: 1}}}}}}
{more}"""


def came_at(table, world):
    made = table(world, "m", columns=["id", "valid_from"])
    first = np.r_[True, np.diff(made["id"].to_numpy()) > 0]
    return made["valid_from"].cast(pa.int64()).to_numpy()[first]


def test_some_are_there_at_the_start_and_the_others_come_while_the_clock_runs(world_of, table):
    world = world_of(history("{there: 0.7, before: 100 days}"))
    clock, came = world.plan.clock, came_at(table, world)
    there = came <= clock.start_us
    assert stats.binomtest(int(there.sum()), len(came), 0.7).pvalue > 1e-4
    since = (clock.start_us - came[there]) / (100 * DAY_US)
    assert stats.kstest(since, "uniform").pvalue > 1e-4
    assert came[~there].min() > clock.start_us
    assert came.max() < clock.end_us


def test_without_a_span_before_it_all_who_are_there_came_at_the_clocks_start(world_of, table):
    world = world_of(history("{there: 1}", rows=100))
    assert set(came_at(table, world)) == {world.plan.clock.start_us}


def test_hours_of_the_week_get_their_counts_in_the_scenarios_zone_over_summer_time(world_of, table):
    zone = "Europe/London"  # 56 days from 1 January; 91 days reach over the change on 29 March
    world = world_of(history("{there: 0, day: evening, week: weekend}", rows=60_000), days=91, zone=zone)
    clock = world.plan.clock
    hours = np.arange(clock.start_us, clock.end_us, HOUR_US)
    local = [datetime.fromtimestamp(hour / 1e6, UTC).astimezone(ZoneInfo(zone)) for hour in hours.tolist()]
    place = np.array([hour.weekday() * 24 + hour.hour for hour in local])
    weight = np.array([DAYS["evening"][hour.hour] * WEEKS["weekend"][hour.weekday()] for hour in local])
    expected = np.bincount(place, weight, 168)
    found = np.bincount(place[(came_at(table, world) - clock.start_us) // HOUR_US], minlength=168)
    assert stats.chisquare(found, expected * found.sum() / expected.sum()).pvalue > 1e-4


def test_they_grow_from_month_to_month_and_keep_to_the_seasons(world_of, table):
    season = [1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    world = world_of(history(f"{{there: 0, growth: 0.5, season: {season}}}"), days=120)
    clock = world.plan.clock
    days = (came_at(table, world) - clock.start_us) // DAY_US
    month = np.repeat([0, 1, 2, 3], [31, 28, 31, 30])  # from 1 January 2026
    weight = np.array(season)[month] * 1.5 ** ((np.arange(120) + 0.5) / 30)
    found = np.bincount(days, minlength=120)
    assert stats.chisquare(found, weight * found.sum() / weight.sum()).pvalue > 1e-4


LIFE = """    leave: {hazard: {base: 0.01 per day, mood: 0.5}}
    returns: {hazard: 0.02 per day}
"""


def test_more_rows_leave_all_who_were_there_as_they_were(world_of, table):
    sign_ups = "{there: 0.5, growth: 0.2, day: office}"
    few, many = (table(world_of(history(sign_ups, rows, LIFE)), "m") for rows in (300, 500))
    assert many.filter(pa.compute.less_equal(many["id"], 300)) == few


def test_sign_ups_move_no_other_draw(world_of, table):
    without = history("{there: 1}", 300).replace("    sign_ups: {there: 1}\n", "")
    plain, signed = (table(world_of(each), "m") for each in (without, history("{there: 0.2}", 300)))
    assert plain.drop_columns("valid_from") == signed.drop_columns("valid_from")


def test_a_season_in_which_nobody_can_come_is_told(world_of, table):
    world = world_of(history(f"{{there: 0.5, season: {[0] * 11 + [1]}}}"))
    with pytest.raises(InputError, match=r"datasets\.m\.sign_ups: no hour of the clock has a weight above 0"):
        table(world, "m")
