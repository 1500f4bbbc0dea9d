"""A shuffle of 0 .. size - 1 that can be asked for any row alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, words

Unsigned: TypeAlias = NDArray[np.uint32] | NDArray[np.uint64]

_ROUNDS = 4


@dataclass(frozen=True)
class Permutation:
    """A pseudo-random one-to-one map of 0 .. size - 1 on to itself; about 5 ns a row, above 2^32 about 15.

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
        # Steps modulo a power of two come out the same in any width that holds it, and narrow ones are twice as fast.
        if self.size <= 1 << 32:
            return self._walk(rows.astype(np.uint32)).astype(np.int64)
        return self._walk(rows.astype(np.uint64)).view(np.int64)

    @cached_property
    def _constants(self) -> Words:
        return words(self.address, 0, 2 * _ROUNDS)

    def _walk(self, rows: Unsigned) -> Unsigned:
        places = self._shuffle(rows)
        outside = np.flatnonzero(places >= self.size)
        while len(outside):
            again = self._shuffle(places[outside])
            places[outside] = again
            outside = outside[again >= self.size]
        return places

    def _shuffle(self, rows: Unsigned) -> Unsigned:
        """Shuffle 0 .. 2^bits - 1, the smallest power of two that holds the size; the rows are overwritten."""
        bits = max((self.size - 1).bit_length(), 1)
        mask, half = rows.dtype.type((1 << bits) - 1), rows.dtype.type((bits + 1) // 2)
        constants = (self._constants | np.array([1, 0] * _ROUNDS, np.uint64)).astype(rows.dtype)
        for factor, shift in constants.reshape(_ROUNDS, 2):
            rows *= factor
            rows += shift
            rows &= mask
            rows ^= rows >> half
        return rows
