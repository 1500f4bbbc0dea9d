"""The floor: rows of an entity stay together, halves are halves, and data is about as far from itself as told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sandbox.gap.coded import coded
from sandbox.gap.columns import column_gap
from sandbox.gap.floor import EPSILON, SPLITS, ratio, splits_of


def test_rows_of_an_entity_fall_together_and_halves_are_halves():
    entities = np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], np.int32)
    halves = splits_of(entities, 3).halves
    assert halves.shape == (SPLITS, 10)
    assert (halves[:, :5] == halves[:, 5:]).all()
    assert (halves.sum(axis=1) == 6).all()
    assert len({half.tobytes() for half in halves}) > 5
    assert (splits_of(entities, 3).halves == halves).all()


def test_a_dummy_of_the_same_law_has_a_ratio_of_about_one():
    """The halves have n/2 rows and the sides n: by the law of the KS distance the expected ratio is sqrt(1/2)."""
    random = np.random.default_rng(1)
    rows = 4_000
    found = []
    for at in range(40):
        column = coded("x", pa.array(random.normal(size=rows)), pa.array(random.normal(size=rows)))
        found.append(column_gap(column, splits_of(np.arange(rows, dtype=np.int32), at)).ratio)
    # One KS distance has a relative deviation of about 0.30; of 40 the mean has 0.05, floors add little.
    assert np.mean(found) == pytest.approx(np.sqrt(0.5), abs=4 * 0.05 * np.sqrt(0.5))


def test_a_shifted_dummy_has_a_large_ratio_and_a_null_column_too():
    random = np.random.default_rng(2)
    real = random.normal(size=2_000)
    splits = splits_of(np.arange(2_000, dtype=np.int32), 1)
    shifted = column_gap(coded("x", pa.array(real + 1.0), pa.array(real)), splits)
    assert shifted.ratio > 8
    assert shifted.wasserstein == pytest.approx(1.0 / real.std(), rel=0.02)
    gone = column_gap(coded("x", pa.array([None] * 2_000, pa.float64()), pa.array(real)), splits)
    assert gone.distance == pytest.approx(1.0)
    assert gone.nulls == (1.0, 0.0)


def test_new_and_missing_categories_are_named():
    splits = splits_of(np.arange(4, dtype=np.int32), 1)
    found = column_gap(coded("k", pa.array(["a", "b"]), pa.array(["a", "c", "c", "d"])), splits)
    assert (found.new, found.missing) == (("c", "d"), ("b",))


@pytest.mark.parametrize("rows", [1, 2])
def test_next_to_nothing_has_a_floor(rows):
    real = pa.array([1.0] * rows)
    found = column_gap(coded("x", real, real), splits_of(np.zeros(rows, np.int32), 1))
    assert found.distance == 0
    assert found.ratio == ratio(0.0, found.floor) == 0
    assert ratio(0.002, 0.001) == pytest.approx(0.002 / (0.001 + EPSILON))
