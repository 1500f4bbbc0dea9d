"""Distributions: same rows whatever the cut, non-decreasing in the word, and close to their closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sandbox.addresses import BLOCK_ROWS, column_address, words
from sandbox.world.draws import (
    Bernoulli,
    Choice,
    Histogram,
    Integers,
    Uniform,
    Zipf,
    bernoulli,
    beta,
    exponential,
    gamma,
    geometric,
    lognormal,
    negative_binomial,
    normal,
    normal_probability,
    normal_quantile,
    poisson,
    poisson_each,
    stable,
    uniforms_of_words,
    words_of_uniforms,
)

ADDRESS = column_address(7, "table", "column")
ROWS = 200_000
MANY_WEIGHTS = 1.0 / np.arange(1.0, 30_001.0)

CONTINUOUS = {
    "uniform": (Uniform(-2.0, 5.0), stats.uniform(-2.0, 7.0)),
    "normal": (normal(3.0, 2.0), stats.norm(3.0, 2.0)),
    "lognormal": (lognormal(60.0, 0.9), stats.lognorm(0.9, scale=60.0)),
    "exponential": (exponential(4.0), stats.expon(scale=4.0)),
    "gamma": (gamma(0.3, 9.0), stats.gamma(0.3, scale=30.0)),
    "beta": (beta(2.0, 0.5), stats.beta(2.0, 0.5)),
    "histogram": (Histogram([0.0, 1.0, 3.0], [3, 1]), stats.rv_histogram(([3, 1], [0.0, 1.0, 3.0]), density=False)),
}
DISCRETE = {
    "integers": (Integers(-3, 9), stats.randint(-3, 10)),
    "bernoulli": (Bernoulli(0.26), stats.bernoulli(0.26)),
    "choice": (Choice([5, 3, 1.5, 0.5]), stats.rv_discrete(values=(range(4), [0.5, 0.3, 0.15, 0.05]))),
    "choice of many": (
        Choice(MANY_WEIGHTS),
        stats.rv_discrete(values=(range(30_000), MANY_WEIGHTS / MANY_WEIGHTS.sum())),
    ),
    "poisson": (poisson(3.2), stats.poisson(3.2)),
    "large poisson": (poisson(5_000.0), stats.poisson(5_000.0)),
    "geometric": (geometric(0.2), stats.geom(0.2, loc=-1)),
    "negative binomial": (negative_binomial(5.0, 2.0), stats.nbinom(2.0, 2.0 / 7.0)),
    "zipf": (Zipf(5_000, 1.1), stats.zipfian(1.1, 5_000)),
    "flat zipf": (Zipf(1_000, 0.0), stats.randint(1, 1_001)),
    "steep zipf": (Zipf(10_000, 3.0), stats.zipfian(3.0, 10_000)),
}
ALL = {name: pair[0] for name, pair in (CONTINUOUS | DISCRETE).items()}


@pytest.mark.parametrize("name", ALL)
def test_a_range_of_rows_is_the_slice_of_the_whole(name):
    distribution = ALL[name]
    whole = distribution.draw(ADDRESS, BLOCK_ROWS - 900, 2 * BLOCK_ROWS + 50)
    np.testing.assert_array_equal(distribution.draw(ADDRESS, BLOCK_ROWS - 3, 2 * BLOCK_ROWS + 1), whole[897:-49])
    assert len(distribution.draw(ADDRESS, 5, 5)) == 0


@pytest.mark.parametrize("name", ALL)
def test_values_do_not_fall_as_words_rise(name):
    edges = np.array([0, 1, 2**64 - 2**11, 2**64 - 1], np.uint64)
    rising = np.sort(np.concatenate([edges, words(ADDRESS, 0, ROWS)]))
    values = ALL[name].from_words(rising).astype(np.float64)
    assert np.isfinite(values).all()
    assert (np.diff(values) >= -1e-8 * np.abs(values[1:])).all()


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_continuous_sample_follows_its_distribution_function(name):
    distribution, truth = CONTINUOUS[name]
    assert stats.kstest(distribution.draw(ADDRESS, 0, ROWS), truth.cdf).pvalue > 1e-3
    levels = np.array([1e-9, 1e-4, 0.003, 0.2, 0.5, 0.9, 0.9999, 1 - 1e-9])
    np.testing.assert_allclose(truth.cdf(distribution.from_uniform(levels)), levels, rtol=2e-3, atol=2e-6)


@pytest.mark.parametrize("name", DISCRETE)
@pytest.mark.parametrize("drawn_by", ["row", "word"])
def test_a_discrete_sample_has_its_probabilities(name, drawn_by):
    distribution, truth = DISCRETE[name]
    if drawn_by == "row":
        values = distribution.draw(ADDRESS, 0, ROWS)
    else:
        values = distribution.from_words(words(ADDRESS, 0, ROWS))
    found, counts = np.unique(values.astype(np.int64), return_counts=True)
    expected = truth.pmf(found) * ROWS
    common = expected > 10.0
    chi_square = ((counts - expected)[common] ** 2 / expected[common]).sum()
    degrees = common.sum()
    assert chi_square < degrees + 5.0 * np.sqrt(2.0 * degrees) + 5.0
    assert (expected > 0.0).all()
    assert abs(counts[~common].sum() - (ROWS - expected[common].sum())) < 5.0 * np.sqrt(ROWS * 0.25)


def test_rare_weights_come_out_at_their_rate():
    rare = np.count_nonzero(Choice([1.0, 1e-6]).draw(ADDRESS, 0, 20_000_000))
    assert abs(rare - 20.0) < 5.0 * np.sqrt(20.0)
    assert np.count_nonzero(Bernoulli(1e-6).draw(ADDRESS, 0, 20_000_000)) < 20 + 5 * np.sqrt(20)
    assert not Choice([1.0, 0.0]).draw(ADDRESS, 0, ROWS).any()
    assert Bernoulli(1.0).draw(ADDRESS, 0, ROWS).all()
    assert not Bernoulli(0.0).draw(ADDRESS, 0, ROWS).any()


def test_zipf_ranks_match_the_exact_probabilities_over_a_million():
    zipf = Zipf(1_000_000, 1.0)
    ranks = zipf.from_uniform((np.arange(2**20) + 0.5) / 2**20)
    weights = 1.0 / np.arange(1.0, 1_000_001.0)
    reached = np.cumsum(weights) / weights.sum()
    found = np.searchsorted(np.sort(ranks), [1, 2, 100, 256, 1_000, 50_000, 900_000], side="right") / 2**20
    np.testing.assert_allclose(found, reached[[0, 1, 99, 255, 999, 49_999, 899_999]], atol=2e-5)
    assert zipf.from_words(np.array([0, 2**64 - 1], np.uint64)).tolist() == [1, 1_000_000]


def test_zipf_of_more_ranks_than_memory_holds():
    ranks = Zipf(10**15, 1.0).draw(ADDRESS, 0, ROWS)
    assert ranks.max() <= 10**15
    harmonic = np.log(1e15) + np.euler_gamma
    assert abs(np.mean(ranks == 1) - 1.0 / harmonic) < 5.0 * np.sqrt(1.0 / harmonic / ROWS)
    assert abs(np.mean(ranks <= 10**9) - (np.log(1e9) + np.euler_gamma) / harmonic) < 5.0 * np.sqrt(0.25 / ROWS)


def test_integers_fill_wide_and_narrow_ranges():
    for low, high in ((0, 0), (-5, 2**40), (-(2**62), 2**62 - 1), (0, 65_535), (3, 65_540)):
        values = Integers(low, high).draw(ADDRESS, 0, ROWS)
        assert values.min() >= low
        assert values.max() <= high
        spread = float(high - low) or 1.0
        assert abs((values.astype(np.float64) - low).mean() / spread - (0.5 if high > low else 0.0)) < 0.004
        ends = Integers(low, high).from_words(np.array([0, 2**64 - 1], np.uint64))
        assert ends.tolist() == [low, high]


def test_each_row_may_have_a_mean_or_a_probability_of_its_own():
    drawn = words(ADDRESS, 0, ROWS)
    few = drawn[:20_000]
    for mean in (0.0, 0.01, 3.0, 40.0, 80.0, 1e6):
        counts = poisson_each(few, np.full(len(few), mean))
        exact = stats.poisson.ppf(uniforms_of_words(few), mean) if mean else np.zeros(len(few))
        assert np.mean(counts != exact) < 1e-3
        assert np.abs(counts - exact).max() <= 1
    chances = np.linspace(0.0, 1.0, ROWS)
    happened = bernoulli(drawn, chances)
    assert abs(happened.mean() - 0.5) < 5 * np.sqrt(0.25 / ROWS)
    assert not happened[0]
    assert happened[-1]


def test_the_normal_function_and_its_inverse_agree_with_scipy():
    levels = np.concatenate([10.0 ** -np.arange(1.0, 300.0), uniforms_of_words(words(ADDRESS, 0, 10_000))])
    np.testing.assert_allclose(normal_quantile(levels), stats.norm.ppf(levels), rtol=1e-12)
    values = np.linspace(-38.0, 38.0, 10_001)
    np.testing.assert_allclose(normal_probability(values), stats.norm.cdf(values), atol=1e-14)


def test_words_and_uniforms_are_two_views_of_the_same():
    ends = uniforms_of_words(np.array([0, 2**64 - 1], np.uint64))
    assert 0.0 < ends[0] < ends[1] < 1.0
    uniforms = uniforms_of_words(words(ADDRESS, 0, 1_000))
    np.testing.assert_array_equal(uniforms_of_words(words_of_uniforms(uniforms)), uniforms)
    assert words_of_uniforms(np.array([-1.0, 2.0])).tolist() == [0, 2**64 - 2**11]


@pytest.mark.parametrize("weights", [[], [0.0], [1.0, -1.0], [np.nan], [np.inf, 1.0]])
def test_weights_that_mean_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        Choice(weights)


def test_a_chance_below_all_digits_never_comes_up_and_rounding_leaves_the_largest_numbers_alone():
    assert not Bernoulli(1e-300).draw(ADDRESS, 0, 100_000).any()
    np.testing.assert_array_equal(stable(np.array([1e308, -1e308, np.inf])), [1e308, -1e308, np.inf])
