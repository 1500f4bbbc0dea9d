"""How long an experiment must run, and what deciding is worth: against simulation, a library, and by hand."""

import tracemalloc

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower

from sandbox.experiment.effects import Figure, effect
from sandbox.experiment.moments import from_sums
from sandbox.experiment.planner import (
    Baseline,
    days_to_detect,
    outlooks,
    power_by_day,
    smallest_lift,
)
from sandbox.experiment.release import Belief, Stakes, believed, money_of, options
from sandbox.experiment.sequential import sequence
from tests.experiment.test_analysis import METRICS, made

CONVERSION = Baseline(0.05, float(np.sqrt(0.05 * 0.95)), is_share=True)
UNITS = 1_000.0 * np.arange(1, 201)


def simulated_power(lift, units, share, seeds=4_000):
    """Of a two-sided test on conversions, by drawing them."""
    random = np.random.default_rng(8)
    sides = []
    for size, chance in ((units * (1 - share), 0.05), (units * share, 0.05 * (1 + lift))):
        count = np.full(seeds, float(round(size)))
        sums = random.binomial(round(size), chance, seeds).astype(float)[:, None]
        sides.append(from_sums(count, sums, sums[:, :, None]))
    return float((effect(*sides, Figure(0)).p_value < 0.05).mean())


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
def test_days_to_detect_by_simulation(share):
    """On the day that is told the power is what was asked for, though the split is uneven."""
    lift = 0.4
    days = days_to_detect(CONVERSION, lift, UNITS, share)
    assert days is not None
    noise = 3 * np.sqrt(0.8 * 0.2 / 4_000)
    assert simulated_power(lift, UNITS[days - 1], share) == pytest.approx(0.8, abs=noise + 0.02)
    if days > 1:
        assert power_by_day(CONVERSION, lift, UNITS, share)[days - 2] < 0.8


def test_smaller_shares_take_longer():
    found = outlooks(CONVERSION, 0.2, UNITS, horizon=28)
    assert [each.share for each in found] == [0.01, 0.05, 0.1]
    assert found[0].days is None
    assert found[1].days > found[2].days
    assert found[0].smallest_lift > found[1].smallest_lift > found[2].smallest_lift


def test_looking_daily_is_simulated_within_little_memory():
    """All 4,000 paths of two years at once were 280 MB, more than all else of an experiment."""
    tracemalloc.start()
    power_by_day(CONVERSION, 0.05, UNITS[:100], 0.1, stopping="sequential")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000 * 100 * 8 * 2


def test_as_statsmodels_has_it():
    baseline = Baseline(10, 4)
    power = power_by_day(baseline, 0.05, np.array([5000.0]), 0.2)[0]
    expected = NormalIndPower().power(0.5 / 4, nobs1=4000, alpha=0.05, ratio=0.25)
    assert power == pytest.approx(expected, abs=1e-9)
    lift = smallest_lift(baseline, 5000, 0.2)
    assert power_by_day(baseline, lift, np.array([5000.0]), 0.2)[0] == pytest.approx(0.8, abs=1e-6)


def test_what_no_number_of_units_shows():
    assert np.isnan(smallest_lift(CONVERSION, 0, 0.1))
    assert days_to_detect(CONVERSION, 0.001, UNITS, 0.01) is None


def test_a_sequential_plan_by_simulation():
    """Conversions drawn day by day and looked at by the sequence itself."""
    days, share, lift, seeds = 20, 0.1, 0.1, 1_500
    units = 10 * UNITS[:days]
    told = power_by_day(CONVERSION, lift, units, share, stopping="sequential")
    random = np.random.default_rng(3)
    sides = []
    for part, chance in ((1 - share, 0.05), (share, 0.05 * (1 + lift))):
        count = np.broadcast_to(units * part, (seeds, days)).copy()
        sums = np.cumsum(random.binomial(round(10_000 * part), chance, (seeds, days)), axis=1).astype(float)[..., None]
        sides.append(from_sums(count, sums, sums[..., None]))
    found = effect(*sides, Figure(0))
    path = sequence(found.difference, found.error, np.arange(1, days + 1) / days, first=1)
    shown = np.logical_or.accumulate(path.low > 0, axis=1).mean(axis=0)
    assert told[[4, 9, 19]] == pytest.approx(shown[[4, 9, 19]], abs=0.06)
    assert told[-1] < power_by_day(CONVERSION, lift, units, share)[-1]


def test_a_belief_by_hand():
    assert believed(1.0, 1.0, np.inf) == Belief(1.0, 1.0)
    half = believed(1.0, 1.0, 1.0)
    assert (half.mean, half.deviation) == (pytest.approx(0.5), pytest.approx(np.sqrt(0.5)))


def test_worth_and_regret_by_drawing_effects():
    belief, stakes = Belief(0.01, 0.05), Stakes(1_000, 100, 0.1, information_a_day=40, cost=100)
    drawn = np.random.default_rng(1).normal(belief.mean, belief.deviation, 400_000)
    whole = 100_000 * drawn - 100
    best = np.maximum(whole, 0).mean()
    found = {(each.choice, each.days): each for each in options(belief, stakes)}
    assert found["release", 0].worth == pytest.approx(whole.mean(), rel=0.03)
    assert found["stop", 0].regret == pytest.approx(best, rel=0.01)
    assert found["release", 0].regret == pytest.approx(best - whole.mean(), rel=0.02)
    # Waiting: a further estimate of each drawn effect, and then the better of the two.
    error = 1 / np.sqrt(40 * 14)
    estimate = drawn + np.random.default_rng(2).normal(0, error, len(drawn))
    weight = belief.deviation**2 / (belief.deviation**2 + error**2)
    learnt = belief.mean + weight * (estimate - belief.mean)
    after = np.where(86_000 * learnt > 100, 86_000 * drawn - 100, 0)
    assert found["wait", 14].worth == pytest.approx((after + 0.1 * 1_000 * 14 * drawn).mean(), rel=0.02)


def test_what_is_clear_is_not_waited_for():
    stakes = Stakes(1_000, 60, 0.1, information_a_day=40)
    assert options(Belief(1.0, 0.05), stakes)[0].choice == "release"
    assert options(Belief(-1.0, 0.05), stakes)[0].choice == "stop"
    assert options(Belief(0.0, 0.5), stakes)[0].choice == "wait"
    assert all(each.days < 10 for each in options(Belief(0.0, 0.5), Stakes(1_000, 10, 0.1, 40)))
    assert min(each.regret for each in options(Belief(0.0, 0.5), stakes)) >= 0
    dear = Stakes(1_000, 60, 0.1, information_a_day=40, cost=1e6)
    assert min(each.regret for each in options(Belief(0.1, 0.05), dear)) == 0, "waiting earns, and pays no release"


def test_money_of_an_arm():
    panel = made()
    metrics = {metric.name: metric for metric in METRICS}
    difference, error = money_of(panel, metrics, {"conversion": 30.0, "complaints": -5.0}, 1)
    bought, complaints = (
        np.bincount(panel.diary.unit, panel.diary.columns[name], panel.units) for name in ("bought", "complaints")
    )
    worth = 30.0 * (bought > 0) - 5.0 * complaints
    test = stats.ttest_ind(worth[panel.arm == 1], worth[panel.arm == 0], equal_var=False)
    assert difference == pytest.approx(worth[panel.arm == 1].mean() - worth[panel.arm == 0].mean())
    assert difference / error == pytest.approx(test.statistic)
