"""Distances agree with SciPy and scikit-learn, on hard columns too."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score

from sandbox.gap.coded import FINE, coded, numbers
from sandbox.gap.distances import (
    cramers_v,
    kolmogorov_smirnov,
    mutual_information,
    null_difference,
    spearman,
    stability_index,
    total_variation,
    wasserstein,
)


def counts(column):
    return [np.bincount(side, minlength=column.cells).astype(float) for side in (column.dummy, column.real)]


def table(left, right):
    both = left.real * right.cells + right.real
    whole = np.bincount(both, minlength=left.cells * right.cells).reshape(left.cells, right.cells)
    return whole[:-1, :-1].astype(float)


@pytest.mark.parametrize("rows", [2, 30, 3_000])
def test_of_few_values_they_are_those_of_scipy(rows):
    random = np.random.default_rng(rows)
    dummy, real = np.round(random.gamma(2, 3, rows), 1), np.round(random.gamma(3, 3, rows + 7), 1)
    column = coded("x", pa.array(dummy), pa.array(real))
    one, other = counts(column)
    assert kolmogorov_smirnov(one, other) == pytest.approx(stats.ks_2samp(dummy, real).statistic)
    assert wasserstein(one, other, column.values) == pytest.approx(stats.wasserstein_distance(dummy, real))


def test_of_many_values_they_are_those_of_scipy_within_a_bin():
    random = np.random.default_rng(1)
    dummy, real = random.normal(0, 1, 60_000), random.normal(0.1, 1.2, 50_000)
    column = coded("x", pa.array(dummy), pa.array(real))
    one, other = counts(column)
    assert kolmogorov_smirnov(one, other) == pytest.approx(stats.ks_2samp(dummy, real).statistic, abs=2 / FINE)
    assert wasserstein(one, other, column.values) == pytest.approx(stats.wasserstein_distance(dummy, real), rel=0.01)


def test_categories_nulls_and_stability_by_hand():
    column = coded("plan", pa.array(["a", "a", "b", None]), pa.array(["a", "b", "b", "c", None, None, None, None]))
    one, other = counts(column)
    assert total_variation(one, other) == pytest.approx(0.5 * (abs(0.5 - 0.125) + 0 + 0.125 + 0.25))
    assert null_difference(one, other) == pytest.approx(0.25 - 0.5)
    shares = [(0.5, 0.125), (0.25, 0.25), (1e-4, 0.125), (0.25, 0.5)]
    assert stability_index(one, other) == pytest.approx(sum((a - b) * np.log(a / b) for a, b in shares))
    assert column.labels == ("a", "b", "c")


def test_pairs_are_those_of_scipy_and_scikit_learn():
    random = np.random.default_rng(2)
    x = random.integers(0, 12, 4_000)
    y = np.clip(x // 2 + random.integers(-2, 3, 4_000), 0, 9)
    nothing = pa.array([], pa.int64())
    whole = table(coded("x", nothing, pa.array(x)), coded("y", nothing, pa.array(y)))
    assert spearman(whole) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert mutual_information(whole) == pytest.approx(mutual_info_score(x, y))
    raw = stats.contingency.association(whole.astype(int), method="cramer")
    assert cramers_v(whole) == pytest.approx(raw, rel=0.02)
    independent = table(coded("x", nothing, pa.array(x)), coded("z", nothing, pa.array(random.permutation(y))))
    assert cramers_v(independent) < stats.contingency.association(independent.astype(int), method="cramer")


def test_tables_may_come_stacked():
    random = np.random.default_rng(3)
    stack = random.integers(0, 50, (5, 6, 4)).astype(float)
    for measure in (spearman, cramers_v, mutual_information):
        assert measure(stack) == pytest.approx([float(measure(one)) for one in stack])


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, None, 3], pa.int8()),
        pa.array([2**62, -(2**62), 0], pa.int64()),
        pa.array([np.nan, 1.5, np.inf], pa.float64()),
        pa.array([decimal.Decimal("1.50"), None], pa.decimal128(8, 2)),
        pa.array([dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
        pa.array([dt.datetime(9999, 12, 31, tzinfo=dt.UTC), None], pa.timestamp("us", "UTC")),
        pa.array([dt.time(1, 2), None], pa.time64("us")),
        pa.array([True, None, False]),
        pa.array([[1, 2], None, []]),
        pa.array([b"a", None]),
        pa.array(["a", "b"]).dictionary_encode(),
        pa.array([None, None], pa.string()),
        pa.array([], pa.float64()),
    ],
    ids=str,
)
def test_every_type_is_coded_and_is_no_way_from_itself(values):
    column = coded("x", values, values)
    one, other = counts(column)
    assert len(column.dummy) == len(values)
    assert total_variation(one, other) == 0
    assert kolmogorov_smirnov(one, other) == 0
    coarse = column.coarse(2)
    assert coarse.cells <= 3
    assert (coarse.dummy == coarse.real).all()


def test_coarse_bins_hold_as_many_real_rows_each():
    random = np.random.default_rng(4)
    column = coded("x", pa.array(random.normal(size=900)), pa.array(random.normal(size=16_000))).coarse(16)
    assert np.bincount(column.real, minlength=17)[:16] == pytest.approx([1000] * 16, abs=60)
    assert (np.diff(column.values) > 0).all()


def test_times_are_microseconds():
    assert numbers(pa.array([dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC)], pa.timestamp("us", "UTC"))) == [1e6]
