"""Zipf ranks: a few are met all the time and most hardly ever."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words
from sandbox.world.draws.base import Distribution, Floats
from sandbox.world.draws.choice import Choice

_FEW_RANKS = 1 << 11
_SINGLE_RANKS = 1 << 15
_GROWTH = 1.0 + 2.0**-10
_CELL_BITS = 14
_INSIDE_BITS = 64 - _CELL_BITS
_INSIDE = np.uint64((1 << _INSIDE_BITS) - 1)
_HEAD_RANKS = 256
_SMOOTH = 2.0**-8


class Zipf(Distribution):
    """Ranks 1 .. n with probability proportional to 1 / rank^exponent; about 5 ns a row.

    The distribution function is summed exactly over the first 32,768 ranks and over runs of ranks, each 0.1%
    longer than the last, beyond; within a run all ranks are equally likely. Its inverse is joined by straight
    lines across 2^14 even cells where the probabilities within a cell differ by less than 0.4%, and looked up
    elsewhere. The first 256 ranks are exact; a later rank's probability is within 0.1% (times the exponent).
    """

    def __init__(self, ranks: int, exponent: float = 1.0) -> None:
        """Take 1 <= ranks <= 2^53 and a finite exponent >= 0 (0 makes all ranks equally likely)."""
        if not 1 <= ranks <= 1 << 53 or not 0.0 <= exponent < math.inf:
            raise ValueError(f"zipf over {ranks} ranks with exponent {exponent}: need 1 to 2^53 ranks, exponent >= 0")
        self.ranks = ranks
        self._runs = _run_starts(ranks)
        self._choice = Choice(_masses(self._runs, exponent))
        reached = len(self._choice.thresholds) + 1
        self._lows = np.concatenate([np.zeros(1, np.uint64), self._choice.thresholds])
        spans = np.diff(np.append(self._lows.astype(np.float64), 2.0**64))
        self._ranks_per_word = np.diff(self._runs)[:reached] / np.maximum(spans, 1.0)
        self._tabulate(exponent)

    def _tabulate(self, exponent: float) -> None:
        """Lay straight lines through the cells that allow it, and mark the others by a slope below 0."""
        edges = np.arange(1 << _CELL_BITS, dtype=np.uint64) << np.uint64(_INSIDE_BITS)
        nodes = np.append(self._look_up(edges), float(self._runs[-1]))
        low, high = nodes[:-1], nodes[1:]
        one_rank = np.floor(low) == np.ceil(high) - 1.0
        smooth = (low >= _HEAD_RANKS) & ((high - low + 1.0) * exponent < _SMOOTH * low)
        self._bases = np.where(one_rank & ~smooth, np.floor(low) + 0.5, low)
        self._slopes = np.where(smooth, (high - low) * 2.0**-_INSIDE_BITS, np.where(one_rank, 0.0, -1.0))

    def from_words(self, words: Words) -> NDArray[np.int64]:
        """int64, one rank for each word, the commonest for the smallest words."""
        cells = (words >> np.uint64(_INSIDE_BITS)).view(np.int64)
        slopes = self._slopes.take(cells)
        reals = (words & _INSIDE).view(np.int64).astype(np.float64)
        reals *= slopes
        reals += self._bases.take(cells)
        rough = np.flatnonzero(slopes < 0.0)
        reals[rough] = self._look_up(words[rough])
        ranks = reals.astype(np.int64)
        return np.minimum(ranks, self.ranks, out=ranks)

    def draw(self, address: Address, start: int, stop: int) -> NDArray[np.int64]:
        """int64, shape (stop - start,); of few ranks each is exact, and 16 bits nearly always decide."""
        if self.ranks > _FEW_RANKS:
            return super().draw(address, start, stop)
        ranks = self._choice.draw(address, start, stop).astype(np.int64)
        ranks += 1
        return ranks

    def _look_up(self, words: Words) -> Floats:
        """The inverse distribution function as a real number, whose floor is the rank."""
        runs = self._choice.from_words(words)
        inside = (words - self._lows.take(runs)).astype(np.float64) * self._ranks_per_word.take(runs)
        first = self._runs.take(runs)
        last = self._runs.take(runs.astype(np.int64) + 1)
        return np.asarray(np.minimum(first + inside, np.nextafter(last, 0.0)), np.float64)


def _run_starts(ranks: int) -> Floats:
    """First ranks of the runs, and one past the last rank; exact in float64 up to 2^53."""
    singles = np.arange(1.0, min(ranks, _SINGLE_RANKS) + 1.0)
    runs = max(0, math.ceil(math.log(max(ranks / _SINGLE_RANKS, 1.0)) / math.log(_GROWTH)))
    grown = np.floor(_SINGLE_RANKS * _GROWTH ** np.arange(1.0, runs))
    return np.concatenate([singles, np.minimum(grown, ranks) if runs else grown, [ranks + 1.0]])


def _masses(runs: Floats, exponent: float) -> Floats:
    """The sum of rank^-exponent over each run, by the Euler-Maclaurin formula where a run has several ranks."""
    first, last = runs[:-1], runs[1:]
    masses = first**-exponent
    long = last - first > 1.0
    a, b = first[long], last[long]
    growth = np.log(b / a)
    power = (1.0 - exponent) * growth
    integral = a ** (1.0 - exponent) * growth * np.where(power == 0.0, 1.0, np.expm1(power) / np.where(power, power, 1))
    ends = (a**-exponent - b**-exponent) / 2.0
    slopes = exponent * (a ** (-exponent - 1.0) - b ** (-exponent - 1.0)) / 12.0
    masses[long] = integral + ends + slopes
    return masses
