"""What can be done in a shop follows from the journey of its scenario, whatever its events are called."""

from __future__ import annotations

from pathlib import Path

import pytest

import sandbox
from sandbox.demo.shop.actions import actions_of
from sandbox.runs.recommending import interactions

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


@pytest.mark.parametrize(
    ("name", "click", "view", "basket", "buy", "slots"),
    [
        ("shop", ("click", "product_view"), ("product_view",), ("add_to_basket",), ("checkout", "purchase"), 6),
        ("telecom_loop", ("click", "product_view"), ("product_view",), ("basket",), ("purchase",), 6),
        ("ab_small_share", ("click", "book_view"), ("book_view",), ("basket",), ("purchase",), 8),
        ("feed", ("product_view",), ("product_view",), ("add_to_basket",), ("purchase",), 6),
    ],
)
def test_events_are_those_of_the_journey(name, click, view, basket, buy, slots):
    plan = sandbox.load(SCENARIOS / f"{name}.yaml").plan
    journey = plan.datasets[interactions(plan).dataset].spec.journey
    found = actions_of(journey, "purchase")
    assert (found.click, found.view, found.basket, found.buy, found.slots) == (click, view, basket, buy, slots)


def test_without_a_way_to_the_goal_one_can_only_look():
    plan = sandbox.load(SCENARIOS / "feed.yaml").plan
    journey = plan.datasets[interactions(plan).dataset].spec.journey
    assert actions_of(journey, "donation").buy == ()
    assert actions_of(journey, "donation").view == ("product_view",)
    assert actions_of(None, None).view == ()
