"""What is seen of a dataset in the real source: rows of as many entities as there is room for.

Rows are read through the same source and the same checks as ever, but for what only the dummy's own generators promised
(see `gap.loosening`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.errors import InputError
from sandbox.gap.belonging import whose_of
from sandbox.gap.delivery import seconds_late
from sandbox.gap.loosening import loosened
from sandbox.gap.side import side_of
from sandbox.landing.reading import accepted_batches
from sandbox.scenario.plan import Plan
from sandbox.verify.lacking import without_lacking

MOST_ROWS = 1_000_000


@dataclass(frozen=True, eq=False)
class Observed:
    """Rows of a dataset, as far as the real data tells of them."""

    table: pa.Table
    """The columns that are seen, by their names in the scenario."""
    entities: npt.NDArray[np.int32]
    """Which person each row is of, numbered from 0; shape (rows,)."""
    entity: str | None
    """The column that says so; None: each row is alone."""
    rows: int
    """Rows that there are in all."""
    of_parents: npt.NDArray[np.int64] | None = None
    """How many rows each row of the parent has, where keys do not tell it: of a sealed profile."""

    late_s: npt.NDArray[np.float64] | None = None
    """How long after it happened each row arrived, seconds, no number where that is not known; None: nothing tells."""

    moves: Mapping[str, Any] | None = None
    """What happens to entities of a history, as sums: of a sealed profile."""

    lacking: tuple[str, ...] = ()
    """Columns of the contract that the source does not have."""

    @cached_property
    def people(self) -> int:
        """How many different entities there are."""
        return len(np.unique(self.entities))

    @property
    def is_whole(self) -> bool:
        """Whether all rows were looked at."""
        return bool(self.table.num_rows == self.rows)

    def told(self, rows: int | None = None, people: int | None = None) -> str:
        """What was looked at, in words."""
        count = self.table.num_rows if rows is None else rows
        of = f" of {self.people if people is None else people:,} {self.entity}" if self.entity else ""
        return f"{count:,} rows{of}"


def observed(plan: Plan, dataset: str, most_rows: int = MOST_ROWS) -> Observed:
    """Read a dataset from its real source, as far as it has the columns of the contract.

    Args:
        plan: binds the dataset to a real source.
        dataset: which.
        most_rows: beyond it entities are left out, each by its name alone.
    Raises:
        InputError: no real row keeps the contract.
        OutsideError: the source cannot be read.
    """
    planned = plan.datasets[dataset]
    contract = loosened(planned.contract, planned.spec)
    loose = replace(plan, datasets={**plan.datasets, dataset: replace(planned, contract=contract)})
    loose, lacks = without_lacking(loose, [dataset])
    contract, lacking = loose.datasets[dataset].contract, lacks.get(dataset, ())
    whose = whose_of(plan, dataset).without(lacking)
    side = side_of(accepted_batches(loose, dataset, envelope=True), contract, whose, most_rows)
    if not side.rows:
        raise InputError(f"no row of the real {dataset} keeps the contract; see `sandbox verify`.")
    late_s = seconds_late(side, contract.time) if contract.time is not None else None
    return Observed(side.table, side.entities, whose.entity, side.rows, late_s=late_s, lacking=lacking)
