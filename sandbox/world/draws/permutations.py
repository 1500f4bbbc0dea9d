"""A shuffle of 0 .. size - 1 that can be asked for any row alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, words

_ROUNDS = 4
_LARGEST_TABLE = 1 << 20


@dataclass(frozen=True)
class Permutation:
    """A pseudo-random one-to-one map of 0 .. size - 1 on to itself; 1 to 2 ns a row up to a million, else about 15.

    Rounds of steps that can be undone (shift and xor, times an odd number, plus) shuffle the next power of two;
    what falls outside is shuffled again until it falls inside.
    Source: cycle walking, Black and Rogaway, Ciphers with Arbitrary Finite Domains (2002).
    """

    address: Address
    size: int

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 1 << 62:
            raise ValueError(f"a permutation of {self.size}: need 1 to 2^62")

    def places(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each row goes: int64 in 0 .. size - 1, same shape; distinct rows go to distinct places.

        Args:
            rows: int64, each in 0 .. size - 1.
        """
        if self.size <= _LARGEST_TABLE:
            return self._table.take(rows).astype(np.int64)
        return self._walk(rows.astype(np.uint64)).view(np.int64)

    @cached_property
    def _table(self) -> NDArray[np.int32]:
        return self._walk(np.arange(self.size, dtype=np.uint64)).astype(np.int32)

    @cached_property
    def _constants(self) -> Words:
        return words(self.address, 0, 2 * _ROUNDS)

    def _walk(self, rows: Words) -> Words:
        places = self._shuffle(rows)
        outside = np.flatnonzero(places >= self.size)
        while len(outside):
            again = self._shuffle(places[outside])
            places[outside] = again
            outside = outside[again >= self.size]
        return places

    def _shuffle(self, rows: Words) -> Words:
        """Shuffle 0 .. 2^bits - 1, the smallest power of two that holds the size; the rows are overwritten."""
        bits = max((self.size - 1).bit_length(), 1)
        mask, half = np.uint64((1 << bits) - 1), np.uint64((bits + 1) // 2)
        for factor, shift in self._constants.reshape(_ROUNDS, 2):
            rows *= factor | np.uint64(1)
            rows += shift
            rows &= mask
            rows ^= rows >> half
        return rows
