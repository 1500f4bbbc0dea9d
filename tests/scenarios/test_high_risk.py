"""The high-risk scenario: good on average, and held back by what it does to newcomers; no name mends that."""

from pathlib import Path

import pytest

import sandbox
from sandbox.errors import InputError

SCENARIO = Path(__file__).parents[2] / "scenarios/high_risk.yaml"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sandbox.load(SCENARIO).run(tmp_path_factory.mktemp("high_risk"), trials=2)


def test_it_is_good_on_average_and_must_not_be_released(run):
    gates = {gate.text: gate.verdict for gate in run.record.gates}
    assert gates["default.balanced_accuracy >= 0.65"] == "holds"
    assert gates["default.origin.equalized_odds_difference.high < 0.1"] == "fails"
    assert not run.standing.may_be_released
    with pytest.raises(InputError, match="no name mends that"):
        run.approve("Head of Credit Risk")


def test_newcomers_who_would_have_paid_are_turned_away(run):
    [model] = run.record.models
    rates = {group["name"]: group["rates"]["false_positive_rate"] for group in model.fairness[0]["groups"]}
    assert rates["newcomer"]["low"] > rates["settled"]["high"]


def test_one_reviewer_helps_and_does_not_reach_all(run):
    [model] = run.record.models
    found = model.review
    assert found["saved"]["low"] > 0
    assert 0.4 < found["waiting"]["reached"] < 0.95
    assert found["after"]["balanced_accuracy"] > found["before"]["balanced_accuracy"]
