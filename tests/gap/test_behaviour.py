"""Behaviour is measured by hand-computed cases, and told apart where only time differs."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from sandbox.contract.model import Column, Contract
from sandbox.gap import behaviour
from sandbox.gap.side import Side
from sandbox.gap.sides import Sides

CLICKS = Contract(
    "clicks",
    (
        Column("who", "int64"),
        Column("at", "timestamp"),
        Column("what", "string"),
        Column("item", "int64", nullable=True),
    ),
    time="at",
)
MONDAY = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def side(*rows):
    """Rows of (who, minutes after Monday 00:00 UTC, what, item)."""
    who, minutes, what, item = (list(column) for column in zip(*rows, strict=True))
    at = [MONDAY + dt.timedelta(minutes=float(after)) for after in minutes]
    table = pa.table([who, pa.array(at, pa.timestamp("us", "UTC")), what, pa.array(item, pa.int64())], CLICKS.schema)
    return Side(table, np.unique(who, return_inverse=True)[1].astype(np.int32), np.ones(len(rows), bool), len(rows))


def derived(one, zone="UTC", events="what", items="item"):
    sides = Sides(CLICKS, "who", one, one)
    rows = behaviour._rows(one, sides, zone)
    return {each.name: each.values.to_pylist() for each in behaviour._derived(rows, events, items)}


BY_HAND = side(
    (2, 26 * 60, "view", 7),
    (1, 10, "view", 7),
    (1, 0, "view", 7),
    (1, 15, "buy", 8),
    (1, 15, "buy", None),
    (1, 60 * 49, "view", 9),
)


def test_by_hand():
    found = derived(BY_HAND)
    assert found["events of an entity"] == [5, 1]
    assert found["comes again"] == ["yes", "no"]
    assert found["days of an entity"] == [2, 1]
    assert found["days since its first"] == [0, 0, 0, 0, 2, 0]
    assert found["hour of the week"] == ["Mon 00"] * 4 + ["Wed 01", "Tue 02"]
    assert found["hours to the next"] == [1 / 6, 1 / 12, 49 - 1 / 4]
    assert found["events of a session"] == [4, 1, 1]
    assert found["next what"] == ["view → view", "view → buy", "buy → buy", "buy → view"]
    assert found["popularity of item"] == [0, 0, 1, 2, 0]
    waits = np.array([600.0, 300.0, (49 * 60 - 15) * 60.0])
    assert found["burstiness"] == pytest.approx([(waits.std() - waits.mean()) / (waits.std() + waits.mean())])


def test_days_and_hours_are_those_of_the_zone():
    assert derived(BY_HAND, "America/New_York")["hour of the week"][0] == "Sun 19"


def regular_and_bursty(entities=400, events=30):
    """Two sides with as many events of each entity: one at even steps, one in bursts."""
    random = np.random.default_rng(1)
    regular, bursty = [], []
    for who in range(entities):
        start = random.uniform(0, 600)
        regular += [(who, start + 600 * at, "view", 1) for at in range(events)]
        bursty += [(who, start + minute, "view", 1) for minute in np.cumsum(random.lognormal(4, 2.2, events))]
    return side(*regular), side(*bursty)


def test_a_beat_that_differs_shows_in_waits_and_burstiness_and_not_in_counts():
    regular, bursty = regular_and_bursty()
    found = {
        gap.column: gap.ratio
        for gap in behaviour.behaviour_gaps(Sides(CLICKS, "who", regular, bursty), "UTC", "what", None, seed=3)
    }
    assert found["burstiness"] > 10
    assert found["hours to the next"] > 5
    assert found["events of an entity"] == 0


@pytest.mark.parametrize("rows", [[(1, 0, "view", 1)], [(1, 0, "view", None), (1, 0, "view", None)]])
def test_next_to_nothing_is_no_error(rows):
    assert behaviour.behaviour_gaps(Sides(CLICKS, "who", side(*rows), side(*rows)), "UTC", "what", "item", seed=3)
