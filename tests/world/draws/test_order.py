"""Sorted draws: exact order statistics, made block by block."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sandbox.addresses import BLOCK_ROWS, column_address
from sandbox.world.draws import GaussianCopula, Intensity, SortedUniforms, exponential, uniforms_of_words

ADDRESS = column_address(7, "events", "happened_at")
HOUR_US = 3_600_000_000


@pytest.mark.parametrize("rows", [1, 2, 1_000, BLOCK_ROWS, 3 * BLOCK_ROWS + 5])
def test_sorted_numbers_rise_and_are_uniform(rows):
    whole = SortedUniforms(ADDRESS, rows).draw(0, rows)
    assert whole.shape == (rows,)
    assert (np.diff(whole) >= 0.0).all()
    assert 0.0 < whole[0] <= whole[-1] < 1.0
    assert stats.kstest(whole, "uniform").pvalue > 1e-3


def test_a_block_alone_is_the_slice_of_the_whole():
    sample = SortedUniforms(ADDRESS, 3 * BLOCK_ROWS + 5)
    whole = sample.draw(0, sample.rows)
    again = SortedUniforms(ADDRESS, sample.rows)
    first, last = BLOCK_ROWS + 10, 2 * BLOCK_ROWS + 3
    np.testing.assert_array_equal(again.draw(first, last), whole[first:last])
    assert len(again.draw(9, 9)) == 0


def test_the_share_below_a_block_varies_as_it_does_for_sorted_numbers():
    rows = 2 * BLOCK_ROWS
    medians = [SortedUniforms(ADDRESS.of(trial), rows).draw(BLOCK_ROWS, BLOCK_ROWS + 1)[0] for trial in range(300)]
    assert stats.kstest(medians, stats.beta(BLOCK_ROWS + 1, rows - BLOCK_ROWS).cdf).pvalue > 1e-3


def test_times_follow_the_rates_sorted_or_not():
    edges = 1_767_225_600_000_000 + HOUR_US * np.array([0, 6, 12, 24])
    shape = Intensity(edges, [1.0, 0.0, 3.0])
    masses = np.array([6.0, 0.0, 36.0])
    rows = 100_000
    in_order = shape.in_order(SortedUniforms(ADDRESS, rows).draw(0, rows))
    unsorted = shape.draw(ADDRESS, 0, rows)
    assert (np.diff(in_order) >= 0).all()
    for times in (in_order, unsorted):
        counts, _ = np.histogram(times, edges)
        np.testing.assert_allclose(counts / rows, masses / masses.sum(), atol=5.0 * np.sqrt(0.25 / rows))
        inside = (times[times >= edges[2]] - edges[2]) / (12 * HOUR_US)
        assert stats.kstest(inside, "uniform").pvalue > 1e-3
    assert len(shape.in_order(np.zeros(0))) == 0


def test_correlated_columns_keep_their_own_distributions():
    rows = 100_000
    copula = GaussianCopula([[1.0, 0.6], [0.6, 1.0]])
    first, second = copula.draw(ADDRESS, 0, rows)
    for column in (first, second):
        assert stats.kstest(uniforms_of_words(column), "uniform").pvalue > 1e-3
    spearman = stats.spearmanr(uniforms_of_words(first), exponential().from_words(second)).statistic
    assert spearman == pytest.approx(6.0 / np.pi * np.arcsin(0.3), abs=0.01)
    np.testing.assert_array_equal(copula.draw(ADDRESS, 500, 900)[1], second[500:900])


@pytest.mark.parametrize(
    "correlation",
    [[[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]], [[1.0, 0.5], [0.4, 1.0]], [[2.0]], [[1.0, 0.5]]],
)
def test_correlations_that_cannot_be_are_refused(correlation):
    with pytest.raises(ValueError, match="correlation"):
        GaussianCopula(correlation)
