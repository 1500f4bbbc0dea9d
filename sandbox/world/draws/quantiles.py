"""Continuous distributions by tables of their quantiles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from sandbox.addresses import Words
from sandbox.world.draws.base import Distribution, Floats, stable, uniforms_of_words
from sandbox.world.draws.choice import Choice
from sandbox.world.draws.normal import normal_quantile

_CELL_BITS = 13
_CELLS = 1 << _CELL_BITS
_INSIDE_BITS = 64 - _CELL_BITS
_INSIDE = np.uint64((1 << _INSIDE_BITS) - 1)
_TAIL_CELLS = 32


class QuantileTable(Distribution):
    """A continuous distribution from its quantile function; about 4 ns a row.

    The quantiles at 8,193 even levels are kept and joined by straight lines; the outer 1/256 at each end is
    computed exactly for each word. For a normal the lines are within 3e-5 standard deviations of the truth and
    the distribution function within 1e-6: a sample of 10^11 could not tell. All quantiles are rounded to 31
    significant bits, so that values agree across processors.
    """

    def __init__(self, quantile: Callable[[Floats], Floats]) -> None:
        """Take a non-decreasing function from levels in (0, 1), shape (n,), to values."""
        self.quantile = quantile
        levels = np.arange(_TAIL_CELLS, _CELLS - _TAIL_CELLS + 1) / _CELLS
        nodes = np.zeros(_CELLS + 1)
        nodes[_TAIL_CELLS : _CELLS - _TAIL_CELLS + 1] = stable(quantile(levels))
        self._bases = nodes[:-1].copy()
        self._slopes = np.diff(nodes) * 2.0**-_INSIDE_BITS

    def from_words(self, words: Words) -> Floats:
        """float64, one for each word."""
        cells = (words >> np.uint64(_INSIDE_BITS)).view(np.int64)
        values = (words & _INSIDE).view(np.int64).astype(np.float64)
        values *= self._slopes.take(cells)
        values += self._bases.take(cells)
        cells -= _TAIL_CELLS
        tails = np.flatnonzero(cells.view(np.uint64) >= np.uint64(_CELLS - 2 * _TAIL_CELLS))
        values[tails] = stable(self.quantile(uniforms_of_words(words[tails])))
        return values


class Histogram(Distribution):
    """A density that is constant between edges: bins drawn by weight, evenly filled."""

    def __init__(self, edges: ArrayLike, weights: ArrayLike) -> None:
        """Take k + 1 strictly rising edges and k weights.

        Raises:
            ValueError: the edges do not rise, or the weights are not fit for a `Choice`.
        """
        self._edges: Floats = np.asarray(edges, np.float64)
        self._choice = Choice(weights)
        if len(self._edges) != len(self._choice.weights) + 1 or (np.diff(self._edges) <= 0).any():
            raise ValueError("a histogram needs one edge more than weights, and edges that rise")
        reached = len(self._choice.thresholds) + 1
        self._lows = np.concatenate([np.zeros(1, np.uint64), self._choice.thresholds])
        spans = np.diff(np.append(self._lows.astype(np.float64), 2.0**64))
        self._slopes = np.diff(self._edges)[:reached] / np.maximum(spans, 1.0)

    def from_words(self, words: Words) -> Floats:
        """float64, one for each word, within the edges."""
        bins = self._choice.from_words(words)
        values: Floats = (words - self._lows.take(bins)).astype(np.float64)
        values *= self._slopes.take(bins)
        values += self._edges.take(bins)
        return values


def normal(mean: float = 0.0, deviation: float = 1.0) -> QuantileTable:
    """The normal distribution with this mean and standard deviation."""
    return QuantileTable(lambda levels: normal_quantile(levels) * deviation + mean)


def lognormal(median: float = 1.0, sigma: float = 1.0) -> QuantileTable:
    """The lognormal distribution: `median` times the exponential of a normal with deviation `sigma`."""
    return QuantileTable(lambda levels: np.exp(normal_quantile(levels) * sigma) * median)


def exponential(mean: float = 1.0) -> QuantileTable:
    """The exponential distribution with this mean."""
    return QuantileTable(lambda levels: np.log1p(-levels) * -mean)


def gamma(shape: float, mean: float) -> QuantileTable:
    """The gamma distribution with this shape and mean (scale is mean / shape)."""
    from scipy.special import gammaincinv

    return QuantileTable(lambda levels: gammaincinv(shape, levels) * (mean / shape))


def beta(first: float, second: float) -> QuantileTable:
    """The beta distribution on (0, 1) with these two shapes."""
    from scipy.special import betaincinv

    return QuantileTable(lambda levels: betaincinv(first, second, levels))
