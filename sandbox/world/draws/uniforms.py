"""Uniform numbers, integers and yes-or-no."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, half_words, short_words, words_at
from sandbox.world.draws.base import Distribution, Floats, uniforms_of_words

_LOW_HALF = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_SMALL_SPAN = 1 << 16


@dataclass(frozen=True)
class Uniform(Distribution):
    """Floats, uniform between `low` and `high`, both excluded."""

    low: float = 0.0
    high: float = 1.0

    def from_words(self, words: Words) -> Floats:
        """float64: 2^52 equally likely, evenly spaced values."""
        uniforms = uniforms_of_words(words)
        uniforms *= self.high - self.low
        uniforms += self.low
        return uniforms


@dataclass(frozen=True)
class Integers(Distribution):
    """Integers, uniform over `low` .. `high`, both included; at most 2^63 of them.

    A word is multiplied by the count and its high half taken. With m values the probability of one is off by a
    factor of at most 1 + m / 2^64; up to 65,536 values `draw` uses 32 bits, and the factor is 1 + m / 2^32.
    Source: Lemire, Fast Random Integer Generation in an Interval (2019), without the rejection.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        if not self.low <= self.high or self.high - self.low >= 1 << 63:
            raise ValueError(f"integers from {self.low} to {self.high}: need low <= high, at most 2^63 apart")

    def from_words(self, words: Words) -> NDArray[np.int64]:
        """int64, one for each word."""
        values = _high_product(words, self.high - self.low + 1).view(np.int64)
        values += self.low
        return values

    def draw(self, address: Address, start: int, stop: int) -> NDArray[np.int64]:
        """int64, shape (stop - start,)."""
        count = self.high - self.low + 1
        if count > _SMALL_SPAN:
            return super().draw(address, start, stop)
        values = half_words(address, start, stop).astype(np.int64)
        values *= count
        values >>= 32
        values += self.low
        return values


@dataclass(frozen=True)
class Bernoulli(Distribution):
    """True with one probability in [0, 1], exact to 2^-53; larger words are the true ones."""

    probability: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"probability {self.probability}: must be from 0 to 1")

    def from_words(self, words: Words) -> NDArray[np.bool_]:
        """bool, one for each word."""
        if self.probability == 0.0:
            return np.zeros(len(words), np.bool_)
        return np.asarray(words >= np.uint64(self._threshold()))

    def draw(self, address: Address, start: int, stop: int) -> NDArray[np.bool_]:
        """bool, shape (stop - start,): 16 bits decide, and where they tie with the threshold, 48 more."""
        if self.probability == 0.0:
            return np.zeros(stop - start, np.bool_)
        first, rest = divmod(self._threshold(), 1 << 48)
        short = short_words(address, start, stop)
        values = np.asarray(short > np.uint16(first))
        ties = np.flatnonzero(short == np.uint16(first))
        values[ties] = words_at(address.of("rest"), ties + start) >> np.uint64(16) >= np.uint64(rest)
        return values

    def _threshold(self) -> int:
        return min(int((1.0 - self.probability) * 2.0**64), (1 << 64) - 1)


def bernoulli(words: Words, probabilities: Floats) -> NDArray[np.bool_]:
    """True with a probability of its own for each word; shapes (n,), larger words are the true ones."""
    return np.asarray(uniforms_of_words(words) >= 1.0 - probabilities)


def _high_product(words: Words, factor: int) -> Words:
    """The high 64 bits of words * factor, by halves: NumPy has no 128-bit integers."""
    high, low = words >> _HALF, words & _LOW_HALF
    factor_high, factor_low = np.uint64(factor >> 32), np.uint64(factor & 0xFFFFFFFF)
    low_by_low = low * factor_low
    low_by_low >>= _HALF
    cross = high * factor_low
    cross += low_by_low
    if not factor_high:
        cross >>= _HALF
        return cross
    low *= factor_high
    low += cross & _LOW_HALF
    low >>= _HALF
    high *= factor_high
    high += low
    cross >>= _HALF
    high += cross
    return high
