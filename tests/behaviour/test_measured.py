"""Figures of behaviour: what a person would count in a handful of events."""

import datetime as dt

import duckdb
import pyarrow as pa
import pytest

import sandbox.behaviour.measured as measured
from sandbox.behaviour.measured import Subject, measure

HOUR = 3_600_000_000
MONDAY = int(dt.datetime(2026, 3, 23, tzinfo=dt.UTC).timestamp()) * 1_000_000


def measure_of(events, versions=None, zone="Europe/London", stays=True):
    """Events as (visit, who, hours since Monday, stop, place); versions as (who, since, until) in days since then."""
    names = ("visit", "who", "moment", "stop", "place")
    rows = [(visit, who, MONDAY + round(hours * HOUR), stop, place) for visit, who, hours, stop, place in events]
    types = (pa.int64(), pa.string(), pa.int64(), pa.string(), pa.int64())
    columns = zip(*rows, strict=True) if rows else [[]] * 5
    with duckdb.connect() as connection:
        table = pa.table([pa.array(values, kind) for values, kind in zip(columns, types, strict=True)], names)
        connection.register("events", table)
        if versions is not None:
            ends = [(who, *(None if d is None else MONDAY + d * 24 * HOUR for d in span)) for who, *span in versions]
            people = pa.table(
                {
                    "who": [who for who, _, _ in ends],
                    "since": [since for _, since, _ in ends],
                    "until": pa.array([until for _, _, until in ends], pa.int64()),
                }
            )
            connection.register("versions", people)
        return measure(connection, Subject("web", "these", zone, stays, versions is not None))


THREE_VISITS = [
    *[(1, "a", 10.0, "home", 1), (1, "a", 10.1, "home", 1), (1, "a", 10.2, "item", 2), (1, "a", 10.4, "home", 3)],
    *[(2, "b", 34.0, "home", 1), (2, "b", 34.5, "item", 2)],
    (3, "a", 59.0, "item", 1),
]


def test_stops_and_ways_are_those_of_the_visits():
    found = measure_of(THREE_VISITS)
    home, item = {stop.name: stop for stop in found.stops}["home"], found.stops[0]
    assert (found.visits, found.events, found.customers) == (3, 7, 2)
    assert (item.name, item.times, item.reached, item.begins) == ("item", 3, 1.0, pytest.approx(1 / 3))
    assert (home.times, home.reached, home.begins, home.leaves) == (
        3,
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
        1 / 3,
    )
    assert item.leaves == pytest.approx(2 / 3)
    assert home.stays_s == pytest.approx((720 + 1800) / 2)
    assert [(way.source, way.target, way.times) for way in found.ways] == [("home", "item", 2), ("item", "home", 1)]
    assert [way.share for way in found.ways] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]


def test_shares_from_a_stop_sum_to_one():
    found = measure_of(THREE_VISITS)
    for stop in found.stops:
        assert sum(way.share for way in found.ways_from(stop.name)) + stop.leaves == pytest.approx(1)


def test_events_that_share_a_step_are_all_told_where_no_states_are():
    assert [stop.times for stop in measure_of(THREE_VISITS, stays=False).stops if stop.name == "home"] == [4]


def test_the_week_is_counted_in_local_hours_over_a_change_of_summer_time():
    before = [(number, "a", 24 * day + 18.5, "home", 1) for number, day in enumerate(range(7))]
    after = [(number + 7, "a", 24 * day + 17.5, "home", 1) for number, day in enumerate(range(7, 14))]
    found = measure_of([*before[:6], (6, "a", 24 * 6 + 17.5, "home", 1), *after])  # the clocks go on on Sunday morning
    assert [hour for hour, visits in enumerate(found.hours) if visits] == [24 * day + 18 for day in range(7)]
    assert set(found.hours) == {0.0, 1.0}


def test_who_is_there_comes_and_leaves_is_counted_by_period():
    days = [(day, "a", 24 * day + 12, "home", 1) for day in range(4)] + [(9, "b", 12.0, "home", 1)]
    versions = [("a", -3, 2), ("a", 2, None), ("b", -1, 1), ("c", 1, None), ("d", 3, None)]
    spans = measure_of(days, versions, zone="UTC").spans
    assert [span.starts for span in spans] == ["2026-03-23", "2026-03-24", "2026-03-25", "2026-03-26"]
    assert [span.active for span in spans] == [2, 1, 1, 1]
    assert [(span.there, span.came, span.left) for span in spans] == [(2, 0, 0), (2, 1, 1), (2, 0, 0), (3, 1, 0)]


def test_a_period_that_the_events_end_within_does_not_look_as_if_people_had_gone():
    days = [(day, "a", 24 * day + 12, "home", 1) for day in range(101)]
    found = measure_of(days, zone="UTC")
    assert found.days_a_span == 7
    assert len(found.spans) == 14
    assert {span.active for span in found.spans} == {1}


def test_cohorts_hold_all_who_came_and_the_share_that_is_active():
    days = [(day, "a", 24 * day + 20, "home", 1) for day in (0, 1, 3)] + [(9, "b", 24 * 2 + 20, "home", 1)]
    versions = [("a", -3, None), ("x", -9, -5), ("b", 1, None), ("c", 1, None)]
    before, second = measure_of(days, versions, zone="UTC").cohorts
    assert (before.starts, before.customers, before.shares) == ("", 1, (1.0, 1.0, 0.0, 1.0))
    assert (second.starts, second.customers, second.shares) == ("2026-03-24", 2, (0.0, 0.5, 0.0))


def test_cohorts_are_by_the_first_event_where_nothing_says_who_is_there():
    days = [(day, who, 24 * day + 23.99, "home", 1) for day, who in enumerate("abab")]
    found = measure_of(days, zone="UTC")
    assert found.spans[0].there is None
    assert [(cohort.starts, cohort.shares[0]) for cohort in found.cohorts] == [("2026-03-23", 1.0), ("2026-03-24", 1.0)]


def test_no_events_are_no_behaviour():
    assert measure_of([]) is None


def test_of_very_many_events_some_visits_give_about_the_same_figures(monkeypatch):
    events = [
        (n, f"c{n % 997}", n / 50, stop, place) for n in range(8_000) for place, stop in enumerate(("home", "item"))
    ]
    whole = measure_of(events)
    monkeypatch.setattr(measured, "MOST_EVENTS", 4_000)
    some = measure_of(events)
    assert some.told == "these; one visit in 4"
    assert some.events == whole.events
    assert some.visits == pytest.approx(whole.visits, rel=0.1)
    assert sum(some.hours) == pytest.approx(sum(whole.hours), rel=0.1)
    assert some.customers == pytest.approx(whole.customers, rel=0.3)
    assert some.stops[0].reached == whole.stops[0].reached == 1.0
