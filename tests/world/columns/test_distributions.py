"""Distributions against SciPy: 200,000 rows, fixed seed, a distance that a true sample exceeds once in 1,000."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

ROWS = 200_000
LARGEST_DISTANCE = 1.95 / ROWS**0.5  # Kolmogorov's distribution: P(sqrt(n) D > 1.95) = 0.001
LEAST_CHANCE = 0.001

CONTINUOUS = {
    "uniform": ({"uniform": [2, 5]}, stats.uniform(2, 3)),
    "normal": ({"normal": {"mean": 10, "sd": 3}}, stats.norm(10, 3)),
    "lognormal": ({"lognormal": {"median": 60, "sigma": 0.9}}, stats.lognorm(0.9, scale=60)),
    "gamma": ({"gamma": {"mean": 9, "shape": 2.5}}, stats.gamma(2.5, scale=9 / 2.5)),
    "exponential": ({"exponential": 30}, stats.expon(scale=30)),
    "beta": ({"beta": {"alpha": 2, "beta": 5, "low": 10, "high": 20}}, stats.beta(2, 5, 10, 10)),
}
DISCRETE = {
    "integer": ({"integer": [-3, 12]}, stats.randint(-3, 13)),
    "poisson": ({"poisson": 2.5}, stats.poisson(2.5)),
    "poisson_each": ({"poisson": "mean"}, stats.poisson(2.5)),
    "negative_binomial": ({"negative_binomial": {"mean": 3, "shape": 1.5}}, stats.nbinom(1.5, 1.5 / 4.5)),
    "geometric": ({"geometric": 0.3}, stats.geom(0.3, -1)),
    "zipf": ({"zipf": {"ranks": 50, "s": 1.2}}, stats.zipfian(1.2, 50)),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_values_follow_their_distribution(name, part, plain_rows):
    written, truth = CONTINUOUS[name]
    values = part(written).generate(plain_rows(stop=ROWS)).to_numpy()
    assert stats.kstest(values, truth.cdf).statistic < LARGEST_DISTANCE


@pytest.mark.parametrize("name", DISCRETE)
def test_counts_follow_their_distribution(name, part, plain_rows):
    written, truth = DISCRETE[name]
    rows = plain_rows(stop=ROWS, expressions={"mean": pa.array(np.full(ROWS, 2.5))})
    values = part(written).generate(rows).to_numpy()
    assert chance(values, truth) > LEAST_CHANCE


def chance(values, truth):
    """p-value of a chi-square test over the cells where at least 20 are expected, the rest in one."""
    cells = np.arange(values.min(), values.max() + 1)
    expected = truth.pmf(cells) * len(values)
    common = expected >= 20
    seen = np.array([(values == cell).sum() for cell in cells[common]])
    rest = [len(values) - seen.sum(), len(values) - expected[common].sum()]
    if rest[1] < 5:
        return stats.chisquare(seen, expected[common] * seen.sum() / expected[common].sum()).pvalue
    return stats.chisquare([*seen, rest[0]], [*expected[common], rest[1]]).pvalue


@pytest.mark.parametrize(
    ("written", "truth"),
    [
        ({"uniform": ["low", "high"]}, lambda low, high: stats.uniform(low, high - low)),
        ({"normal": {"mean": "low", "sd": "high"}}, stats.norm),
        ({"lognormal": {"median": "high", "sigma": 0.4}}, lambda low, high: stats.lognorm(0.4, scale=high)),
        ({"lognormal": {"median": "high", "sigma": "low"}}, lambda low, high: stats.lognorm(low, scale=high)),
        ({"gamma": {"mean": "high"}}, lambda low, high: stats.gamma(4, scale=high / 4)),
        ({"exponential": "high"}, lambda low, high: stats.expon(scale=high)),
    ],
)
def test_parameters_may_be_expressions_over_the_row(written, truth, part, plain_rows):
    low, high = np.tile([0.5, 1.0, 2.0], ROWS)[:ROWS], np.tile([3.0, 9.0], ROWS)[:ROWS]
    rows = plain_rows(stop=ROWS, expressions={"low": pa.array(low), "high": pa.array(high)})
    levels = truth(low, high).cdf(part(written).generate(rows).to_numpy())
    assert stats.kstest(levels, stats.uniform().cdf).statistic < LARGEST_DISTANCE


def test_a_null_parameter_makes_a_null_value(part, plain_rows):
    rows = plain_rows(stop=3, expressions={"x": pa.array([1.0, None, 2.0])})
    for written in ({"normal": {"mean": "x", "sd": 1}}, {"poisson": "x"}, {"bernoulli": {"log_odds": "x"}}):
        assert part(written).generate(rows).is_null().to_pylist() == [False, True, False]


def test_bernoulli_listens_to_its_log_odds(part, plain_rows):
    odds = np.tile([-2.0, 0.0, 1.5], ROWS)[:ROWS]
    rows = plain_rows(stop=ROWS, expressions={"odds": pa.array(odds)})
    values = part({"bernoulli": {"log_odds": "odds"}}).generate(rows).to_numpy(zero_copy_only=False)
    for value in (-2.0, 0.0, 1.5):
        truth, seen = 1 / (1 + np.exp(-value)), values[odds == value]
        assert abs(seen.mean() - truth) < 3.3 * (truth * (1 - truth) / len(seen)) ** 0.5


def test_choice_keeps_to_its_weights(part, plain_rows):
    values = part({"choice": {"basic": 0.5, "plus": 0.3, "max": 0.2, "never": 0}}).generate(plain_rows(stop=ROWS))
    assert values.type == pa.dictionary(pa.int8(), pa.string())
    seen = np.bincount(values.indices.to_numpy(), minlength=4)
    assert seen[3] == 0
    assert stats.chisquare(seen[:3], ROWS * np.array([0.5, 0.3, 0.2])).pvalue > LEAST_CHANCE


def test_dates_are_even_over_their_range_and_reach_both_ends(part, plain_rows):
    days = part({"date": [datetime.date(2026, 1, 1), datetime.date(2026, 1, 31)]}).generate(plain_rows(stop=ROWS))
    seen = np.bincount(days.cast(pa.int32()).to_numpy() - 20_454)
    assert len(seen) == 31
    assert stats.chisquare(seen).pvalue > LEAST_CHANCE


def test_datetimes_count_from_midnight_of_the_scenarios_zone(part, plain_rows):
    rows = plain_rows(stop=10_000, zone="America/New_York")
    times = part({"datetime": ["2026-07-01", "2026-07-02"]}).generate(rows).cast(pa.int64()).to_numpy()
    midnight = datetime.datetime(2026, 7, 1, 4, tzinfo=datetime.UTC).timestamp() * 1e6
    assert midnight <= times.min() < midnight + 60e6
    assert times.max() < midnight + 86_400e6


def test_a_histogram_fills_its_bins_by_weight_and_each_evenly(part, plain_rows):
    values = part({"histogram": {"edges": [0, 1, 5, 6], "weights": [1, 3, 0]}}).generate(plain_rows(stop=ROWS))
    truth = stats.rv_histogram(([1, 3, 0], [0, 1, 5, 6]), density=False)
    assert stats.kstest(values.to_numpy(), truth.cdf).statistic < LARGEST_DISTANCE


@pytest.mark.parametrize("name", CONTINUOUS)
def test_quantiles_are_the_inverse_distribution_function(name, part, plain_rows):
    written, truth = CONTINUOUS[name]
    levels = np.linspace(0.001, 0.999, 999)
    values = part(written).quantile(levels, plain_rows(stop=999)).to_numpy()
    np.testing.assert_allclose(truth.cdf(values), levels, atol=2e-6)  # the tables' lines are within 1e-6
