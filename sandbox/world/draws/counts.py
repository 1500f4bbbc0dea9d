"""Counts: Poisson, geometric, negative binomial."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words
from sandbox.world.draws.base import Distribution, Floats, uniforms_of_words
from sandbox.world.draws.choice import Choice
from sandbox.world.draws.normal import normal_quantile

_LARGEST_INVERTED_MEAN = 64.0
_NEGLIGIBLE = 1e-18
_SMALLEST = 1e-48


@dataclass(frozen=True)
class Count(Distribution):
    """Integers `lowest`, `lowest` + 1, … drawn by their probabilities."""

    probabilities: Choice
    lowest: int = 0

    def from_words(self, words: Words) -> NDArray[np.int64]:
        """int64, one for each word."""
        return self._counts(self.probabilities.from_words(words))

    def draw(self, address: Address, start: int, stop: int) -> NDArray[np.int64]:
        """int64, shape (stop - start,)."""
        return self._counts(self.probabilities.draw(address, start, stop))

    def _counts(self, positions: NDArray[Any]) -> NDArray[np.int64]:
        counts = positions.astype(np.int64)
        counts += self.lowest
        return counts


def poisson(mean: float) -> Count:
    """The Poisson distribution with one mean in [0, 10^6]; what is rarer than 10^-18 is left out."""
    if mean == 0.0:
        return Count(Choice([1.0]))
    spread = 10.0 * math.sqrt(mean) + 40.0
    lowest = max(0, math.floor(mean - spread))
    counts = np.arange(lowest, math.ceil(mean + spread) + 1)
    return _count(lowest, counts.astype(np.float64) * math.log(mean) - _log_factorials(counts))


def geometric(probability: float) -> Count:
    """Failures before the first success: 0, 1, … with this probability of success in [10^-4, 1]."""
    if probability == 1.0:
        return Count(Choice([1.0]))
    longest = math.ceil(math.log(_NEGLIGIBLE) / math.log1p(-probability))
    return _count(0, np.arange(longest + 1.0) * math.log1p(-probability))


def negative_binomial(mean: float, shape: float) -> Count:
    """Overdispersed counts: a Poisson whose mean is gamma distributed, variance mean + mean^2 / shape."""
    if mean == 0.0:
        return Count(Choice([1.0]))
    longest = math.ceil(mean + 45.0 * (mean / shape + 1.0) + 12.0 * math.sqrt(mean + mean * mean / shape))
    counts = np.arange(1, longest + 1)
    steps = np.log((counts - 1.0 + shape) / counts * (mean / (mean + shape)))
    return _count(0, np.concatenate([np.zeros(1), np.cumsum(steps)]))


def poisson_each(words: Words, means: Floats) -> NDArray[np.int64]:
    """Draw a Poisson count with a mean of its own for each word.

    Args:
        words: uint64, shape (n,).
        means: float64, shape (n,), finite and >= 0.
    Returns:
        int64, shape (n,), non-decreasing in the word. Up to a mean of 64 the inverse distribution function is
        walked exactly; above it is expanded around the normal, which errs by one in fewer than 1 of 1,000 rows.
    Source: Giles, Algorithm 955: approximation of the inverse Poisson distribution function (2016).
    """
    uniforms = uniforms_of_words(words)
    counts = np.zeros(len(words), np.int64)
    large = np.flatnonzero(means > _LARGEST_INVERTED_MEAN)
    if len(large):
        mean, normals = means[large], normal_quantile(uniforms[large])
        root, square = np.sqrt(mean), normals * normals
        expansion = mean + root * normals + (2.0 + square) / 6.0 - (normals * square / 72.0 + normals / 36.0) / root
        counts[large] = np.maximum(np.floor(expansion), 0.0).astype(np.int64)
    waiting = np.flatnonzero((means > 0.0) & (means <= _LARGEST_INVERTED_MEAN))
    probability = np.exp(-means[waiting])
    left = uniforms[waiting] - probability
    count = 0
    # Each turn settles those whose uniform number lies below the distribution function at `count`.
    while len(waiting):
        above = np.flatnonzero((left >= 0.0) & (probability > _SMALLEST))
        counts[waiting] = count
        count += 1
        waiting, left = waiting[above], left[above]
        probability = probability[above] * (means[waiting] / count)
        left -= probability
    return counts


def _count(lowest: int, log_weights: Floats) -> Count:
    weights = np.exp(log_weights - log_weights.max())
    return Count(Choice(weights), lowest)


def _log_factorials(counts: NDArray[np.int64]) -> Floats:
    """log(n!) for consecutive n, by the gamma function once and sums after it."""
    first = math.lgamma(float(counts[0]) + 1.0)
    return first + np.concatenate([np.zeros(1), np.cumsum(np.log(counts[1:].astype(np.float64)))])
