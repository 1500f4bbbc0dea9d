"""Addresses: same names same words, any cut of the rows, and nothing that looks like a pattern."""

from __future__ import annotations

import numpy as np
import pytest

from sandbox.addresses import (
    BLOCK_ROWS,
    Address,
    blocks,
    column_address,
    half_words,
    hash_columns,
    short_words,
    words,
    words_at,
)

ADDRESS = column_address(42, "customers", "plan")


def test_names_that_run_together_or_differ_in_kind_have_keys_of_their_own():
    chains = [("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), (1,), ("1",), (12,), (1, 2), ("Aa",), ("BB",), ()]
    assert len({Address(chain).key() for chain in chains}) == len(chains)
    assert Address(("a",), engine=1).key() != Address(("a",), engine=2).key()
    assert Address().of("a").of("b", 3) == Address(("a", "b", 3))


def test_words_never_change():
    assert words(ADDRESS, 0, 2).tolist() == [16_977_687_115_788_801_969, 15_606_292_110_486_980_488]
    assert int(words(ADDRESS, 2**40 + 7, 2**40 + 8)[0]) == 102_854_966_015_148_929


@pytest.mark.parametrize("draw", [words, half_words, short_words])
@pytest.mark.parametrize("start", [0, 3, BLOCK_ROWS - 2, 5 * BLOCK_ROWS + 1, 2**33 - 5])
def test_any_range_of_rows_is_the_slice_of_the_whole(draw, start):
    origin = max(0, start - 1_003)
    whole = draw(ADDRESS, origin, start + BLOCK_ROWS + 17)
    part = draw(ADDRESS, start, start + BLOCK_ROWS + 9)
    np.testing.assert_array_equal(part, whole[start - origin : start - origin + len(part)])
    assert len(draw(ADDRESS, start, start)) == 0


def test_single_rows_are_drawn_as_in_the_range():
    rows = np.array([5, 70_000, 6, 3 * BLOCK_ROWS, BLOCK_ROWS - 1])
    whole = words(ADDRESS, 0, 3 * BLOCK_ROWS + 1)
    np.testing.assert_array_equal(words_at(ADDRESS, rows), whole[rows])
    assert len(words_at(ADDRESS, np.zeros(0, np.int64))) == 0


def test_blocks_cut_at_the_boundaries():
    assert list(blocks(10, 2 * BLOCK_ROWS + 1)) == [
        (0, 10, BLOCK_ROWS),
        (1, BLOCK_ROWS, 2 * BLOCK_ROWS),
        (2, 2 * BLOCK_ROWS, 2 * BLOCK_ROWS + 1),
    ]
    assert list(blocks(7, 7)) == []


def test_every_bit_is_even_and_neighbours_are_unrelated():
    count = 2**18
    drawn = words(ADDRESS, 0, count)
    others = words(column_address(43, "customers", "plan"), 0, count)
    next_block = words(ADDRESS, BLOCK_ROWS, BLOCK_ROWS + count)
    limit = 5.0 * np.sqrt(count) / 2.0
    for pair in (drawn, drawn[1:] ^ drawn[:-1], drawn ^ others, drawn ^ next_block):
        ones = np.unpackbits(pair.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=0)
        assert np.abs(ones - len(pair) / 2.0).max() < limit


def test_hashed_columns_tell_tuples_apart():
    side = np.arange(-150, 150)
    first, second = (grid.reshape(-1) for grid in np.meshgrid(side, side))
    drawn = hash_columns(ADDRESS, first, second)
    assert len(np.unique(drawn)) == len(drawn)
    assert not np.array_equal(drawn, hash_columns(ADDRESS, second, first))
    np.testing.assert_array_equal(drawn[7:9], hash_columns(ADDRESS, first[7:9], second[7:9].astype(np.int32)))
    counts = np.bincount((drawn >> np.uint64(56)).astype(np.int64), minlength=256)
    expected = len(drawn) / 256
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 255 + 6 * np.sqrt(2 * 255)
