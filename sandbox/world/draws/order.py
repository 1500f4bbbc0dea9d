"""Uniform numbers and times that come out sorted, block by block, without sorting."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sandbox.addresses import BLOCK_ROWS, Address, Words, blocks, hash_columns
from sandbox.world.draws.base import Distribution, Floats, uniforms_of_words
from sandbox.world.draws.quantiles import Histogram, exponential, normal

_FIXED_POINT = 2.0**40


class SortedUniforms:
    """The order statistics of `rows` uniform numbers, any rows of them; about 7 ns a row.

    Between sorted uniform numbers lie independent exponential spacings, divided by their sum. The sum over each
    block is gamma distributed and has an address of its own; inside a block the spacings are scaled to it. So
    a block is made alone, and all blocks together are exactly the sorted sample. Spacings are summed as integers
    of 2^-40: that is the same on every processor, and six times as fast.
    Source: Devroye, Non-Uniform Random Variate Generation (1986), V.2.2 and V.3.1.
    """

    def __init__(self, address: Address, rows: int) -> None:
        """Take what the numbers are for, and how many there are in all."""
        self.address = address
        self.rows = rows
        self._spacing = exponential()

    @cached_property
    def _reached(self) -> Floats:
        """The share of the whole below each block and, last, below 1, where one more spacing ends."""
        sizes = np.full(-(-self.rows // BLOCK_ROWS), float(BLOCK_ROWS))
        sizes[-1:] = self.rows - BLOCK_ROWS * (len(sizes) - 1)
        totals = _gammas(self.address.of("totals"), sizes)
        after = self._spacing.draw(self.address.of("after"), 0, 1)
        sums = np.cumsum(np.concatenate([np.zeros(1), totals, after]))
        return np.asarray(sums[:-1] / sums[-1], np.float64)

    def draw(self, start: int, stop: int) -> Floats:
        """float64 in (0, 1), shape (stop - start,), rising: rows [start, stop) of the sorted sample."""
        drawn = np.empty(stop - start)
        for block, first, last in blocks(start, stop):
            offset = block * BLOCK_ROWS
            drawn[first - start : last - start] = self._block(block)[first - offset : last - offset]
        return drawn

    def _block(self, block: int) -> Floats:
        first = block * BLOCK_ROWS
        spacings = self._spacing.draw(self.address, first, min(first + BLOCK_ROWS, self.rows))
        spacings *= _FIXED_POINT
        sums = np.cumsum(spacings.astype(np.int64))
        low, high = self._reached[block], self._reached[block + 1]
        uniforms: Floats = sums.astype(np.float64)
        uniforms *= (high - low) / max(float(sums[-1]), 1.0)
        uniforms += low
        np.minimum(uniforms, high, out=uniforms)
        return uniforms


class Intensity(Distribution):
    """Times whose rate is constant between edges: a day's and a week's shape, laid out over a window."""

    def __init__(self, edges_us: ArrayLike, rates: ArrayLike) -> None:
        """Take k + 1 rising edges (microseconds since 1970, int64) and k rates >= 0, not all 0."""
        edges: NDArray[np.int64] = np.asarray(edges_us, np.int64)
        self._start_us = int(edges[0])
        self._offsets: Floats = (edges - self._start_us).astype(np.float64)
        masses = np.diff(self._offsets) * np.asarray(rates, np.float64)
        self._histogram = Histogram(self._offsets, masses)
        sums = np.cumsum(masses)
        self._reached: Floats = np.concatenate([np.zeros(1), sums / sums[-1]])

    def from_words(self, words: Words) -> NDArray[np.int64]:
        """int64 microseconds since 1970, one for each word; unsorted words give unsorted times."""
        return self._times(self._histogram.from_words(words))

    def in_order(self, uniforms: Floats) -> NDArray[np.int64]:
        """Times at rising numbers in (0, 1), such as a `SortedUniforms` draws; int64 microseconds, about 2 ns each."""
        if not len(uniforms):
            return np.zeros(0, np.int64)
        offsets = np.empty(len(uniforms))
        first, last = np.searchsorted(self._reached, uniforms[[0, -1]], side="right") - 1
        first, last = max(int(first), 0), min(int(last), len(self._reached) - 2)
        cuts = [0, *np.searchsorted(uniforms, self._reached[first + 1 : last + 1]).tolist(), len(uniforms)]
        # A block of rows crosses few edges, so that most of the work is one slice after another.
        for piece, (begin, end) in enumerate(pairwise(cuts), first):
            if begin < end:
                low, high = self._offsets[piece : piece + 2]
                slope = (high - low) / (self._reached[piece + 1] - self._reached[piece])
                np.subtract(uniforms[begin:end], self._reached[piece], out=offsets[begin:end])
                offsets[begin:end] *= slope
                offsets[begin:end] += low
        return self._times(offsets)

    def _times(self, offsets: Floats) -> NDArray[np.int64]:
        times = offsets.astype(np.int64)
        times += self._start_us
        return times


def _gammas(address: Address, shapes: Floats) -> Floats:
    """Gamma draws of mean `shapes`, all >= 1, one for each position.

    Each position has candidates of its own, numbered, and keeps the first that is accepted (98% or more are).
    Source: Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (2000).
    """
    scale = shapes - 1.0 / 3.0
    drawn, waiting, attempt = np.zeros(len(shapes)), np.arange(len(shapes)), 0
    standard = normal()
    while len(waiting):
        attempts = np.full(len(waiting), attempt)
        normals = standard.from_words(hash_columns(address.of("normal"), waiting, attempts))
        uniforms = uniforms_of_words(hash_columns(address.of("accept"), waiting, attempts))
        base = scale[waiting]
        cubes = np.maximum(1.0 + normals / np.sqrt(9.0 * base), 1e-9) ** 3
        accepted = np.log(uniforms) < normals * normals / 2.0 + base * (1.0 - cubes + np.log(cubes))
        drawn[waiting[accepted]] = (base * cubes)[accepted]
        waiting, attempt = waiting[~accepted], attempt + 1
    return drawn
