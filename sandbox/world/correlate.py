"""Columns that move together: a group of a dataset's columns gets its words from one Gaussian copula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sandbox.addresses import Address, Words
from sandbox.scenario.language import Correlation
from sandbox.world.draws import GaussianCopula
from sandbox.world.rowsets import RowSet


@dataclass(frozen=True, eq=False)
class Group:
    """Columns whose values follow from correlated words; each keeps its own distribution."""

    columns: tuple[str, ...]
    copula: GaussianCopula
    address: Address

    def words(self, rows: RowSet) -> Mapping[str, Words]:
        """One word a row for each column: uniform alone, correlated with the others."""
        independent = [rows.words(self.address.of("normal", place)) for place in range(len(self.columns))]
        return dict(zip(self.columns, self.copula.from_words(independent), strict=True))


def group_of(written: Correlation, address: Address) -> Group:
    """The group that a scenario writes; `address` is the dataset's for correlations."""
    size = len(written.columns)
    if written.matrix is not None:
        matrix = np.asarray(written.matrix, np.float64)
    else:
        matrix = np.full((size, size), written.rho, np.float64)
        np.fill_diagonal(matrix, 1.0)
    return Group(tuple(written.columns), GaussianCopula(matrix), address.of(*written.columns))
