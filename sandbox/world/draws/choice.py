"""Weighted choice among any number of things, exact to 2^-53 and monotone."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sandbox.addresses import Address, Words, short_words, words_at
from sandbox.world.draws.base import Distribution, Floats

_SHORT_BITS = 16
_MOST_GUIDE_BITS = 22
_LARGEST_THRESHOLD = 2.0**64 - 2.0**11


class Choice(Distribution):
    """Positions 0 .. k - 1, drawn by weight.

    A guide table says for each of 2^16 (for large k: more) equal cells of the words which position fills it; a
    word whose cell is shared by several is settled among exact 64-bit thresholds, so that a weight of one in a
    million comes out right. A row costs about 1.5 ns for few positions, about 60 ns for a million.
    Source: indexed search, Devroye, Non-Uniform Random Variate Generation (1986), III.2.4.
    """

    def __init__(self, weights: ArrayLike) -> None:
        """Take k weights, finite and >= 0, not all 0; they need not sum to 1.

        Raises:
            ValueError: a weight is negative or not finite, or none is above 0.
        """
        self.weights: Floats = np.asarray(weights, np.float64)
        possible = np.flatnonzero(self.weights)
        if not np.isfinite(self.weights).all() or (self.weights < 0).any() or not len(possible):
            raise ValueError("weights must be finite and >= 0, and one at least above 0")
        cumulative = np.cumsum(self.weights[: possible[-1] + 1])
        shares = cumulative[:-1] / cumulative[-1]
        self.thresholds: Words = np.minimum(shares * 2.0**64, _LARGEST_THRESHOLD).astype(np.uint64)

    @cached_property
    def _guide_bits(self) -> int:
        return max(_SHORT_BITS, min(_MOST_GUIDE_BITS, len(self.thresholds).bit_length() + 2))

    @cached_property
    def _guide(self) -> NDArray[Any]:
        """The position that fills each cell, or -1 where several share it."""
        width, cells = np.uint64(64 - self._guide_bits), 1 << self._guide_bits
        cell_of = (self.thresholds >> width).astype(np.intp)
        begins_cell = self.thresholds == cell_of.astype(np.uint64) << width
        inside = np.bincount(cell_of, minlength=cells)
        at_end = np.cumsum(inside)
        at_begin = at_end - inside + np.bincount(cell_of[begins_cell], minlength=cells)
        kind = np.min_scalar_type(-len(self.thresholds) - 1)
        return np.where(at_begin == at_end, at_end, -1).astype(kind)

    def from_words(self, words: Words) -> NDArray[Any]:
        """The smallest signed integer type that holds k, one position for each word."""
        cells = (words >> np.uint64(64 - self._guide_bits)).view(np.int64)
        positions = self._guide.take(cells)
        shared = np.flatnonzero(positions < 0)
        positions[shared] = self._settle(words[shared])
        return positions

    def draw(self, address: Address, start: int, stop: int) -> NDArray[Any]:
        """As `from_words`, shape (stop - start,); for few positions 16 bits do, and shared cells take 48 more."""
        if self._guide_bits > _SHORT_BITS:
            return super().draw(address, start, stop)
        short = short_words(address, start, stop)
        positions = self._guide.take(short)
        shared = np.flatnonzero(positions < 0)
        rest = words_at(address.of("rest"), shared + start) >> np.uint64(_SHORT_BITS)
        positions[shared] = self._settle(short[shared].astype(np.uint64) << np.uint64(48) | rest)
        return positions

    def _settle(self, words: Words) -> NDArray[np.intp]:
        return np.searchsorted(self.thresholds, words, side="right")
