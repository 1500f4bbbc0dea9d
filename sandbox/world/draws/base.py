"""What a distribution is here: a non-decreasing function of a 64-bit word.

A word stands for the uniform number with those binary digits, so that every distribution is its own inverse
distribution function. One form serves fresh words by row, words hashed from (customer, visit, step), and the
correlated words of a copula; each value uses a fixed number of words, since nothing is ever rejected.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, words

Floats = NDArray[np.float64]

_LARGEST_BELOW_ONE = 1.0 - 2.0**-53


class Distribution(Protocol):
    """What the draws of this package share; a distribution need only say `from_words`."""

    def from_words(self, words: Words) -> NDArray[Any]:
        """One value for each word, non-decreasing in the word; same shape, the distribution's own type."""
        ...

    def from_uniform(self, uniforms: Floats) -> NDArray[Any]:
        """One value for each number in [0, 1), non-decreasing."""
        return self.from_words(words_of_uniforms(uniforms))

    def draw(self, address: Address, start: int, stop: int) -> NDArray[Any]:
        """Values of rows [start, stop); any sub-range gives the same values."""
        return self.from_words(words(address, start, stop))


def uniforms_of_words(words: Words) -> Floats:
    """Map words on to the centres of 2^52 equal cells of (0, 1): neither 0 nor 1 ever comes out."""
    # With these bits below the exponent of 1.0 the number lies in [1, 2); no conversion is needed.
    mantissas = words >> np.uint64(12)
    mantissas |= np.uint64(0x3FF0000000000000)
    uniforms = mantissas.view(np.float64)
    uniforms -= _LARGEST_BELOW_ONE
    return uniforms


def words_of_uniforms(uniforms: Floats) -> Words:
    """The words whose binary digits are these numbers; what is outside [0, 1) is brought to its edge."""
    return (np.clip(uniforms, 0.0, _LARGEST_BELOW_ONE) * 2.0**64).astype(np.uint64)


def stable(values: Floats) -> Floats:
    """Round to 31 significant bits, so that processors whose `exp` or `log` differ in the last bit agree.

    The relative change is below 5e-10, far under what a sample can show. What is too large to be split (above 4e301)
    stays as it is. Source: Veltkamp's splitting (1968).
    """
    with np.errstate(over="ignore", invalid="ignore"):
        spread = values * (2.0**22 + 1.0)
        rounded = np.asarray(spread - (spread - values), np.float64)
    return np.where(np.isfinite(rounded), rounded, values)
