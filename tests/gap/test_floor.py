"""The floor: rows of an entity stay together, halves are halves, and data is about as far from itself as told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sandbox.contract.model import Column, Contract
from sandbox.gap.belonging import Whose, whose_of
from sandbox.gap.coded import coded
from sandbox.gap.columns import column_gap
from sandbox.gap.distances import total_variation
from sandbox.gap.floor import EPSILON, SPLITS, by_chance, ratio, splits_of
from sandbox.gap.side import side_of
from sandbox.scenario.loader import Options, load

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


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


def test_counts_of_many_codes_need_no_table_of_all_buckets(monkeypatch):
    codes = np.random.default_rng(1).integers(0, 50, 3_000).astype(np.int32)
    splits = splits_of(np.arange(3_000, dtype=np.int32) // 3, 5)
    at_once, whole = splits.distances(codes, 50, total_variation)
    monkeypatch.setattr("sandbox.gap.floor._CELLS_AT_ONCE", 1)
    one_by_one, again = splits.distances(codes, 50, total_variation)
    assert at_once == pytest.approx(one_by_one)
    assert (whole == again).all()
    by_hand = [np.bincount(codes[half], minlength=50) for half in splits.halves]
    assert at_once == pytest.approx(total_variation(np.stack(by_hand), whole - np.stack(by_hand)))


def test_of_many_figures_that_are_alike_hardly_one_is_called_different():
    """Of 25 figures some ratio is well above 1 by chance; at most one comparison in 21 may take one for different."""
    wrong, largest = 0, []
    for trial in range(20):
        random = np.random.default_rng(trial)
        splits = splits_of(np.arange(300, dtype=np.int32), trial)
        pairs = [coded("x", pa.array(random.normal(size=300)), pa.array(random.normal(size=300))) for _ in range(25)]
        found = [column_gap(pair, splits) for pair in pairs]
        reached = by_chance([np.array(each.halves) for each in found], (300, 300))
        wrong += any(each.ratio > limit for each, limit in zip(found, reached, strict=True))
        largest.append(max(each.ratio for each in found))
    assert np.median(largest) > 1.2
    assert wrong <= 4  # of 20 at 1/21: more than 4 has a chance of 1 in 400


def test_chance_may_do_more_where_the_dummy_is_small_and_nothing_where_there_is_nothing():
    halves = [np.random.default_rng(1).uniform(0.1, 0.2, 20)]
    assert by_chance(halves, (100, 900))[0] > by_chance(halves, (900, 900))[0] > 1
    assert by_chance([np.zeros(20)], (5, 5)) == [1.0]
    assert by_chance([], (5, 5)) == []


def test_rows_of_nobody_known_belong_together_by_what_they_are_part_of():
    """Lines of one invoice without a customer are in the same half, as those with one are."""
    plan = load(SCENARIOS / "online_retail.yaml", Options(), {}).plan
    assert whose_of(plan, "invoice_lines") == Whose("CustomerID", "InvoiceNo")
    assert whose_of(load(SCENARIOS / "shop.yaml", Options(), {}).plan, "web_events").occasion == "session_id"
    contract = Contract("lines", (Column("invoice", "int64"), Column("who", "int64", nullable=True)))
    invoice = np.arange(40) // 5
    who = pa.array(invoice // 2, mask=invoice % 2 == 1)
    batch = pa.record_batch([pa.array(invoice), who], schema=contract.schema)
    for whose, entities in ((Whose("who", "invoice"), 8), (Whose("who"), 4 + 20), (Whose(None), 40)):
        found = side_of(iter([batch]), contract, whose, 100).entities
        assert len(np.unique(found)) == entities
        assert len(np.unique(np.column_stack([found, invoice]), axis=0)) == max(entities, 8)
