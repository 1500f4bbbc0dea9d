"""Permutations, identifiers and joined text."""

from __future__ import annotations

import uuid

import numpy as np
import pyarrow as pa
import pytest

from sandbox.addresses import BLOCK_ROWS, column_address
from sandbox.world.draws import Permutation, join_texts, uuids

ADDRESS = column_address(7, "customers", "customer_id")


@pytest.mark.parametrize("size", [1, 2, 3, 17, 1_000, 65_537, (1 << 20) + 1])
def test_a_permutation_meets_every_place_once(size):
    places = Permutation(ADDRESS, size).places(np.arange(size))
    np.testing.assert_array_equal(np.sort(places), np.arange(size))
    np.testing.assert_array_equal(Permutation(ADDRESS, size).places(np.arange(size)[size // 2 :]), places[size // 2 :])


@pytest.mark.parametrize("size", [100_000, 1_500_000, 10**12])
def test_a_permutation_looks_shuffled(size):
    rows = np.arange(50_000)
    places = Permutation(ADDRESS, size).places(rows) / size
    assert abs(np.corrcoef(rows, places)[0, 1]) < 5.0 / np.sqrt(len(rows))
    assert abs(np.corrcoef(places[1:], places[:-1])[0, 1]) < 5.0 / np.sqrt(len(rows))
    assert places.mean() == pytest.approx(0.5, abs=5.0 / np.sqrt(12 * len(rows)))


def test_uuids_are_version_four_unique_and_cut_anywhere():
    texts = uuids(ADDRESS, BLOCK_ROWS - 500, BLOCK_ROWS + 500)
    assert all(uuid.UUID(text).version == 4 and str(uuid.UUID(text)) == text for text in texts.to_pylist())
    assert len(set(texts.to_pylist())) == 1_000
    assert uuids(ADDRESS, BLOCK_ROWS, BLOCK_ROWS + 3).to_pylist() == texts.to_pylist()[500:503]
    assert len(uuids(ADDRESS, 4, 4)) == 0


def test_parts_of_every_kind_are_joined_row_by_row():
    names = pa.array(["Zoë", None, "Al", "Zoë"]).dictionary_encode()
    plain = pa.array(["x", "", "yy", None])
    numbers = pa.array([0, 9_999, 10_000, 123_456_789_012])
    joined = join_texts([names, " <", plain, ">", numbers, "@", names], 4)
    joined.validate(full=True)
    assert joined.to_pylist() == ["Zoë <x>0@Zoë", None, "Al <yy>10000@Al", None]


@pytest.mark.parametrize("kind", [pa.int8(), pa.int64(), pa.uint64()])
def test_integers_are_written_as_they_are(kind):
    limits = [-128, 127, 0, -1] if kind == pa.int8() else [0, 10, 2**32 - 1, 2**32, 2**63 - 1]
    limits += [2**64 - 1] if kind == pa.uint64() else []
    numbers = pa.array(limits, kind)
    assert join_texts([numbers], len(numbers)).to_pylist() == [str(number) for number in limits]
    assert join_texts(["a", numbers.slice(2)], len(numbers) - 2).to_pylist() == [f"a{number}" for number in limits[2:]]


def test_no_rows_are_joined_to_no_rows():
    assert join_texts(["a", pa.array([], pa.int64()), pa.array([], pa.string())], 0).to_pylist() == []
