"""What a rehearsed experiment shows on its page beside an analysis of any log."""

from __future__ import annotations

from pathlib import Path

import pytest

import sandbox
from sandbox.experiment.experiment import Tried
from sandbox.report.experiment_page import experiment_html

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


@pytest.fixture(scope="module")
def scenario() -> sandbox.Scenario:
    return sandbox.load(SCENARIOS / "ab_small_share.yaml", scale=0.3)


@pytest.fixture(scope="module")
def tried(scenario: sandbox.Scenario) -> Tried:
    return scenario.experiment()


def test_each_estimate_stands_beside_what_was_true(scenario, tried):
    page = experiment_html(scenario.plan.scenario, tried)
    assert "What was true" in page
    for true in tried.truth:
        assert f"{true.expected:+.3g}" in page
    held = sum(
        each.difference.low <= true.expected <= each.difference.high
        for true in tried.truth
        for each in tried.analysis.comparisons
        if (each.arm, each.metric) == (true.arm, true.metric)
    )
    assert f"{held} of {len(tried.truth)} intervals hold" in page


def test_who_served_when_is_told(scenario, tried):
    page = experiment_html(scenario.plan.scenario, tried)
    promoted = sum(each.what == "promoted" for each in tried.learning)
    judged = sum(each.candidate is not None for each in tried.learning)
    assert f"{promoted} of {judged} candidates took" in page
    assert judged > 20
