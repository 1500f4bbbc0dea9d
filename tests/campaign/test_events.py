"""A campaign whose outcome is an event: what came in two worlds of the same chance is true, as closed forms have it."""

import numpy as np
import pytest

import sandbox
from sandbox.runs.campaigning import carry_out_campaigns
from sandbox.runs.modelling import Wishes

SCENARIO = """
sandbox: 1
name: help
seed: 4
clock: {start: 2026-01-05, days: 60}
datasets:
  customers:
    rows: 3_000
    key: customer_id
    history: true
    columns: {customer_id: {serial: 1}, plan: {choice: {basic: 0.6, plus: 0.4}}, guide: {constant: none}}
  tickets:
    of: customers
    rate: "case when parent.plan = 'plus' then 0.04 else 0.02 end * case when parent.guide = 'sent' then 0.4 else 1 end"
    time: opened_at
    columns: {topic: {choice: [network, billing]}}
models:
  help:
    blueprint: classify
    of: customers
    at: [day 10, day 20]
    label: {occurs: tickets, within: 14 days}
    features: select customer_id, plan from customers where valid_to is null
    candidates: [logistic]
    spike: {trials: 1}
campaigns:
  guide: {model: help, at: day 40, top: 1.0, holdout: 0.5, set: {guide: "'sent'"}, worth: {event: -20, contact: 1}}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    (folder / "help.yaml").write_text(SCENARIO, encoding="utf-8")
    loaded = sandbox.load(folder / "help.yaml").loaded
    _, (found,) = carry_out_campaigns(loaded, folder / "campaigns", Wishes(folder))
    return found


def test_the_true_effect_is_that_of_the_rates(told):
    """Tickets are a Poisson process, so 14 days at a rate r bring one with 1 - exp(-14 r)."""
    rates = np.array([0.02, 0.04])
    effect = float(np.dot([0.6, 0.4], np.exp(-14 * rates) - np.exp(-14 * 0.4 * rates)))
    error = np.sqrt(0.3 * 0.7 / told.scored)  # of people whose outcomes differ between the worlds, by far the most
    assert told.true_effect == pytest.approx(effect, abs=4 * error)
    assert told.true_effect == told.realised_effect
    assert not told.is_likely


def test_the_holdout_tells_it(told):
    assert told.effect.low < told.true_effect < told.effect.high < 0
    best = max(told.thresholds, key=lambda each: each.true_profit)
    assert best.true_profit >= told.true_profit > 0
