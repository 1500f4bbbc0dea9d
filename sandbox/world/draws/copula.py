"""Columns that vary together, whatever their own distributions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sandbox.addresses import Address, Words, words
from sandbox.world.draws.base import Floats, words_of_uniforms
from sandbox.world.draws.normal import normal_probability
from sandbox.world.draws.quantiles import normal


class GaussianCopula:
    """Correlated words for k columns, to be handed to each column's `from_words`.

    Normals are drawn independently, mixed by the Cholesky factor of the correlations, and taken back to words.
    Source: Nelsen, An Introduction to Copulas (2006), 2.3 and 4.6.
    """

    def __init__(self, correlation: ArrayLike) -> None:
        """Take the k x k correlation matrix of the normals.

        Raises:
            ValueError: it is not symmetric with a diagonal of 1, or not positive definite.
        """
        matrix: Floats = np.asarray(correlation, np.float64)
        square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
        if not square or not np.array_equal(matrix, matrix.T) or not (np.diag(matrix) == 1.0).all():
            raise ValueError("a correlation matrix must be square and symmetric with 1 along its diagonal")
        try:
            self._factor: Floats = np.linalg.cholesky(matrix).astype(np.float64)
        except np.linalg.LinAlgError:
            raise ValueError("these correlations contradict each other: the matrix is not positive definite") from None
        self._normal = normal()

    def draw(self, address: Address, start: int, stop: int) -> list[Words]:
        """k arrays of uint64, each of shape (stop - start,); about 30 ns a value."""
        columns = range(len(self._factor))
        return self.from_words([words(address.of("normal", column), start, stop) for column in columns])

    def from_words(self, independent: Sequence[Words]) -> list[Words]:
        """k correlated arrays of words from k independent ones, all of shape (n,)."""
        normals = [self._normal.from_words(each) for each in independent]
        return [self._mix(weights, normals) for weights in self._factor]

    def _mix(self, weights: Floats, independent: list[Floats]) -> Words:
        mixed = np.zeros_like(independent[0])
        for weight, normals in zip(weights, independent, strict=True):
            mixed += weight * normals
        return words_of_uniforms(normal_probability(mixed))
