"""Effects by hand, by SciPy, and as tea-tasting has them."""

import numpy as np
import pyarrow as pa
import pytest
import tea_tasting
from scipy import stats

from sandbox.experiment.effects import Figure, effect, levels
from sandbox.experiment.moments import from_sums, moments_by


@pytest.fixture(scope="module")
def units():
    """Units of two arms of unlike size: views, clicks and money, and the same before the experiment."""
    random = np.random.default_rng(3)
    size = 5000
    arm = (random.random(size) < 0.2).astype(int)
    habit = random.gamma(2, 1, size)
    before = random.poisson(3 * habit) + 1
    clicked_before = random.binomial(before, 0.2)
    views = random.poisson(2 * habit) + 1
    clicks = random.binomial(views, 0.2 + 0.03 * arm)
    money = np.round(clicks * random.gamma(2, 20, size), 2)
    columns = np.column_stack([clicks, views, money, clicked_before, before]).astype(float)
    return arm, columns


@pytest.fixture(scope="module")
def arms(units):
    moments = moments_by(units[0], units[1], 2)
    return moments.at(0), moments.at(1)


@pytest.fixture(scope="module")
def oracle(units):
    names = ["clicks", "views", "money", "clicks_before", "views_before"]
    table = pa.table({"variant": units[0], **dict(zip(names, units[1].T, strict=True))})
    experiment = tea_tasting.Experiment(
        mean=tea_tasting.Mean("money"),
        ratio=tea_tasting.RatioOfMeans("clicks", "views"),
        cuped=tea_tasting.Mean("clicks", covariate="clicks_before"),
        cuped_ratio=tea_tasting.RatioOfMeans(
            "clicks", "views", numer_covariate="clicks_before", denom_covariate="views_before"
        ),
    )
    return experiment.analyze(table)


FIGURES = {
    "mean": Figure(2),
    "ratio": Figure(0, 1),
    "cuped": Figure(0, before=3),
    "cuped_ratio": Figure(0, 1, before=3, before_per=4),
}


@pytest.mark.parametrize("metric", FIGURES)
def test_as_tea_tasting_has_it(arms, oracle, metric):
    mine, theirs = effect(*arms, FIGURES[metric]), oracle[metric]
    # Their slope of CUPED is that of all units, ours that within arms, which the effect itself does not move.
    near = 2e-3 if metric.startswith("cuped") else 1e-6
    assert mine.difference == pytest.approx(theirs.effect_size, rel=near)
    assert mine.control == pytest.approx(theirs.control, rel=near)
    assert mine.low == pytest.approx(theirs.effect_size_ci_lower, rel=near)
    assert mine.high == pytest.approx(theirs.effect_size_ci_upper, rel=near)
    assert mine.p_value == pytest.approx(theirs.pvalue, rel=near)
    assert mine.lift == pytest.approx(theirs.rel_effect_size, rel=near)
    # Their lift's interval is another one (on the scale of logarithms); with so many units it hardly differs.
    width = theirs.rel_effect_size_ci_upper - theirs.rel_effect_size_ci_lower
    assert mine.lift_low == pytest.approx(theirs.rel_effect_size_ci_lower, abs=0.05 * width)
    assert mine.lift_high == pytest.approx(theirs.rel_effect_size_ci_upper, abs=0.05 * width)


def test_a_mean_is_welch(units, arms):
    control, treatment = (units[1][units[0] == arm, 2] for arm in (0, 1))
    test = stats.ttest_ind(treatment, control, equal_var=False)
    interval = test.confidence_interval(0.95)
    mine = effect(*arms, Figure(2))
    assert mine.p_value == pytest.approx(test.pvalue)
    assert (mine.low, mine.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_cuped_takes_variance_and_moves_nothing(arms):
    plain, better = effect(*arms, Figure(0)), effect(*arms, Figure(0, before=3))
    assert better.error < 0.96 * plain.error
    assert abs(better.difference - plain.difference) < 3 * plain.error


def test_a_lift_lies_above_nothing_just_when_the_difference_does():
    random = np.random.default_rng(1)
    groups = [moments_by(np.zeros(30, int), random.normal(1, 1, (30, 1)), 1) for _ in range(400)]
    for one, other in zip(groups[::2], groups[1::2], strict=True):
        found = effect(one, other, Figure(0))
        if not np.isnan(found.lift_low[0]):
            assert (found.lift_low > 0) == (found.low > 0)
            assert (found.lift_high < 0) == (found.high < 0)


def test_a_control_that_may_be_nothing_has_no_interval_of_a_lift():
    values = np.array([[1.0], [-1.0], [0.5], [-0.4], [2.0], [3.0]])
    moments = moments_by(np.array([0, 0, 0, 0, 1, 1]), values, 2)
    found = effect(moments.at(0), moments.at(1), Figure(0))
    assert np.isfinite(found.lift)
    assert np.isnan([found.lift_low, found.lift_high]).all()


def test_an_arm_of_nobody_is_not_known():
    moments = moments_by(np.zeros(5, int), np.ones((5, 2)), 2)
    found = effect(moments.at(0), moments.at(1), Figure(0, 1))
    assert np.isnan([found.difference, found.p_value, found.low]).all()


def test_arms_without_any_variance():
    moments = moments_by(np.array([0, 0, 1, 1]), np.zeros((4, 1)), 2)
    found = effect(moments.at(0), moments.at(1), Figure(0))
    assert (found.difference, found.p_value) == (0, 1)
    assert np.isnan(found.lift)


def test_moments_in_one_call_or_by_plain_sums(units):
    arm, columns = units
    moments = moments_by(arm, columns + 1e6, 3)
    for code in (0, 1):
        inside = columns[arm == code] + 1e6
        assert moments.mean[code] == pytest.approx(inside.mean(axis=0))
        assert moments.covariance[code] == pytest.approx(np.cov(inside.T), rel=1e-6)
        plain = columns[arm == code]
        same = from_sums(np.float64(len(plain)), plain.sum(axis=0), plain.T @ plain)
        assert same.covariance == pytest.approx(moments.covariance[code], rel=1e-6)
    assert moments.count[2] == 0
    assert np.isnan(moments.mean[2]).all()


def test_a_level_with_its_interval(units, arms):
    clicked = units[1][units[0] == 0, 0]
    low, high = levels(arms[0], Figure(0)).interval()
    expected = stats.ttest_1samp(clicked, 0).confidence_interval(0.95)
    assert (low, high) == (pytest.approx(expected.low), pytest.approx(expected.high))
