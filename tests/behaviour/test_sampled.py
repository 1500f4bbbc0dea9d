"""Behaviour drawn from a scenario: of its first customers, whatever its scale, silent states included."""

import dataclasses

import pytest

from sandbox.behaviour import sampled as room
from sandbox.errors import InputError


def test_a_state_that_emits_nothing_is_part_of_the_journey(shop):
    found = shop().behaviour("web")
    assert {stop.name for stop in found.stops} == {"home", "thinking", "product"}
    assert next(way.share for way in found.ways if way.source == "thinking") == 1.0
    assert next(way.share for way in found.ways if way.source == "home") == pytest.approx(0.6, abs=0.04)
    assert next(stop.stays_s for stop in found.stops if stop.name == "home") == pytest.approx(14, abs=2)


def test_what_is_seen_of_a_large_scenario_is_what_a_small_one_would_show(shop, monkeypatch):
    monkeypatch.setattr(room, "EVENTS", 3_000)
    large = shop(**{"datasets.customers.rows": 2_000_000}).behaviour("web")
    shown = int(large.told.split()[2].replace(",", ""))
    monkeypatch.setattr(room, "EVENTS", 1_000_000)
    small = shop(**{"datasets.customers.rows": shown}).behaviour("web")
    assert large.told == f"the first {shown:,} of 2,000,000 customers"
    assert dataclasses.replace(large, told="") == dataclasses.replace(small, told="")
    assert 1_500 < large.events < 6_000


def test_a_stream_without_a_journey_has_a_week_and_customers(shop):
    found = shop().behaviour("calls")
    assert [stop.name for stop in found.stops] == ["calls"]
    assert not found.ways
    busy = [hour % 24 for hour, visits in enumerate(found.hours) if visits == max(found.hours)]
    assert all(8 <= hour < 18 for hour in busy)
    assert found.spans[0].there is not None


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ("customers", "'customers' is no simulated dataset with `visits:`"),
        ("wbe", "unknown dataset 'wbe'. Did you mean 'web'?"),
    ],
)
def test_what_has_no_behaviour_is_told(shop, dataset, said):
    with pytest.raises(InputError) as caught:
        shop().behaviour(dataset)
    assert said in str(caught.value.problems[0])


def test_a_stream_to_which_nobody_comes_is_told(shop):
    with pytest.raises(InputError) as caught:
        shop(**{"datasets.web.visits.per_day": 0}).behaviour("web")
    assert "nobody of all 400 customers ever comes; raise `per_day`" in str(caught.value.problems[0])
