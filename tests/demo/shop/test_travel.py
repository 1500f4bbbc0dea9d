"""A click goes through the scenario's own delivery: in order, as late as its stages are, and the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

import sandbox
from sandbox.demo.shop.travel import Travel

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"
MINUTE_US, DAY_US = 60_000_000, 86_400_000_000


@pytest.fixture(scope="module")
def plan():
    return sandbox.load(SCENARIOS / "telecom_loop.yaml").plan


def test_it_leaves_stage_after_stage_and_is_there_when_the_job_has_run(plan):
    travel = Travel(plan, "web_events")
    assert travel.stages == ("kafka", "connector", "kinesis", "etl")
    for number in range(50):
        happened = plan.clock.end_us + number * 7_777_777
        trip = travel.trip(f"click {number}", happened, {"customer_id": 7})
        assert list(trip.left_us) == sorted(trip.left_us)
        assert happened <= trip.left_us[0]
        assert trip.arrived_us >= trip.left_us[2]
        # The job runs each five minutes; an event waits for its next run.
        assert trip.arrived_us - trip.left_us[2] <= 6 * MINUTE_US
        assert trip == travel.trip(f"click {number}", happened, {"customer_id": 7})


def test_who_clicks_while_the_connector_is_down_waits_until_it_is_back(plan):
    down = plan.clock.start_us + 38 * DAY_US
    trip = Travel(plan, "web_events").trip("click", down + 3 * 3_600_000_000, {})
    assert trip.left_us[0] < down + DAY_US
    assert trip.left_us[1] >= down + 2 * DAY_US


def test_a_stage_may_lose_it():
    plan = sandbox.load(SCENARIOS / "telecom_loop.yaml", set=["delivery.connector.loss=0.5"]).plan
    trips = [Travel(plan, "web_events").trip(f"click {n}", plan.clock.end_us, {}) for n in range(200)]
    lost = [trip for trip in trips if trip.is_lost]
    assert 60 < len(lost) < 140
    assert {len(trip.left_us) for trip in lost} == {1}
    assert {trip.arrived_us for trip in lost} == {None}


def test_without_a_delivery_it_is_there_at_once():
    plan = sandbox.load(SCENARIOS / "shop.yaml").plan
    travel = Travel(plan, "web_events")
    assert travel.stages == ()
    assert travel.trip("click", 5, {}).arrived_us == 5
