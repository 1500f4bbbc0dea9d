"""The plan ahead, and what it costs to be slow and to be wrong: by simulation and by hand."""

import numpy as np
import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.experiment.planning import plan_ahead
from sandbox.experiment.release import Belief, Stakes, options, prices

TRIAL = """
sandbox: 1
name: trial
clock: {start: 2026-01-01, days: 60}
datasets:
  tries:
    rows: 500
    time: tried_at
    columns:
      tried_at: {datetime: [2026-01-01, 2026-03-01]}
      arm: {choice: [old, new]}
      won: {bernoulli: 0.3}
      paid: {exponential: 10}
experiment:
  log: tries
  control: old
  arms: {new: 0.1}
  metrics: {won: {any: won}, paid: {sum: paid}, ratio: {sum: paid, per: "1"}}
  primary: won
  horizon: 28
"""
EXPECT = "  effect: 0.1\n  expect: {units: 1_000, means: {won: 0.05, paid: 4}, deviations: {paid: 9}}\n"
MONEY = "  money: {values: {won: 20, paid: 0.1}, days: 180, cost: 1_000, likely: 0.1}\n"


@pytest.fixture
def ahead(tmp_path):
    def look(more):
        path = tmp_path / "trial.yaml"
        path.write_text(TRIAL + more, encoding="utf-8")
        return plan_ahead(sandbox.load(path).plan)

    return look


def test_it_says_how_long_each_share_takes(ahead):
    found = ahead(EXPECT)
    assert [each.share for each in found.outlooks] == [0.01, 0.05, 0.1]
    days = {each.share: each.days for each in found.outlooks}
    assert days[0.05] > days[0.1] > 28
    for curve in found.curves:
        assert (np.diff(curve.power) >= 0).all()
        if days[curve.share] is not None:
            assert curve.power[days[curve.share] - 1] >= 0.8 > curve.power[days[curve.share] - 2]


def test_money_is_said_where_it_is_stated(ahead):
    assert ahead(EXPECT).options == {}
    found = ahead(EXPECT + MONEY)
    assert list(found.options) == [0.01, 0.05, 0.1]
    for share, some in found.options.items():
        assert {each.choice for each in some} == {"release", "wait", "stop"}
        assert min(each.regret for each in some) >= 0
        assert share in (0.01, 0.05, 0.1)
    best = {share: min(each.regret for each in some) for share, some in found.options.items()}
    assert best[0.1] < best[0.01]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", "--plan looks ahead by `experiment.expect:`"),
        ("  expect: {units: 10, means: {won: 0.1}}\n", "needs the effect that is sought"),
    ],
)
def test_what_is_missing_is_asked_for(ahead, more, told):
    with pytest.raises(InputError, match=told):
        ahead(more)


def test_what_is_expected_must_be_possible(ahead):
    with pytest.raises(InputError) as caught:
        ahead(
            "  effect: 0.1\n  expect: {units: 10, means: {paid: 4, won: 1.5, ratio: 2, odd: 1}, deviations: {x: 1}}\n"
        )
    told = "\n".join(str(problem) for problem in caught.value.problems)
    assert "does not say how units differ in 'paid'" in told
    assert "got 1.5, must be a share between 0 and 1" in told
    assert "'ratio' is a ratio" in told
    assert "unknown metric 'odd'" in told
    assert "'x' has no mean" in told


def test_prices_by_simulation():
    """Effects drawn as they are believed; a release earns them over all days, and costs what it costs."""
    belief, stakes = Belief(0.02, 0.05), Stakes(1_000, 90, 0.2, 0.5, cost=500)
    found = prices(belief, stakes)
    effects = np.random.default_rng(1).normal(belief.mean, belief.deviation, 2_000_000)
    earned = effects * 90_000 - 500
    assert found.chance_of_harm == pytest.approx((earned < 0).mean(), abs=0.002)
    assert found.wrong_release == pytest.approx(-earned[earned < 0].mean(), rel=0.01)
    assert found.wrong_stop == pytest.approx(earned[earned > 0].mean(), rel=0.01)
    assert found.day_of_waiting == pytest.approx(800 * np.maximum(effects, 0).mean(), rel=0.01)


def test_what_waiting_is_worth_by_simulation():
    """Days of data drawn, the belief moved by them, the better choice taken: the worth and the regret of waiting."""
    belief, stakes = Belief(0.01, 0.05), Stakes(1_000, 90, 0.2, 40.0, cost=500)
    told = next(each for each in options(belief, stakes, (14,)) if each.choice == "wait")
    random = np.random.default_rng(2)
    effects = random.normal(belief.mean, belief.deviation, 1_000_000)
    error = (40.0 * 14) ** -0.5
    seen = random.normal(effects, error)
    weight = belief.deviation**2 / (belief.deviation**2 + error**2)
    after = belief.mean + weight * (seen - belief.mean)
    rest = 1_000 * (90 - 14)
    earned = 0.2 * 1_000 * 14 * effects + np.where(rest * after > 500, rest * effects - 500, 0)
    best = np.maximum(90_000 * effects - 500, 0)
    assert told.worth == pytest.approx(earned.mean(), rel=0.02)
    assert told.regret == pytest.approx((best - earned).mean(), rel=0.02)
