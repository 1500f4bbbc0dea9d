"""What is seen of a dataset in the real source: rows of as many entities as there is room for.

Rows are read through the same source and the same checks as ever, but for what the dummy's own generators promised:
a category or a range that they do not have is what calibration is about. What the user wrote under `check:` holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError
from sandbox.gap.sides import side_of, whose_of
from sandbox.landing.reading import accepted_batches
from sandbox.scenario.language import Check, Dataset
from sandbox.scenario.plan import Plan

MOST_ROWS = 1_000_000
_FACETS = ("values", "ge", "gt", "le", "lt", "pattern", "min_length", "max_length")


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
    """Read a dataset from its real source.

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
    whose = whose_of(plan, dataset)
    side = side_of(accepted_batches(loose, dataset), contract, whose, most_rows)
    if not side.rows:
        raise InputError(f"no row of the real {dataset} keeps the contract; see `sandbox verify`.")
    return Observed(side.table, side.entities, whose.entity, side.rows)


def loosened(contract: Contract, spec: Dataset) -> Contract:
    """A contract without what only the scenario's generators promise of values."""
    always = {*contract.primary_key, contract.time, contract.valid_from}
    return replace(
        contract, columns=tuple(_loosened(column, spec, column.name in always) for column in contract.columns)
    )


def _loosened(column: Column, spec: Dataset, always: bool) -> Column:
    """One column; `always`: it is never missing."""
    written = spec.columns.get(column.name)
    if written is None:
        return column
    check = written.options.check or Check()
    told: dict[str, Any] = {facet: None for facet in _FACETS if getattr(check, facet) is None}
    if written.options.nullable is None and not always:
        told["nullable"] = True
    if column.type == "enum" and "values" in told:
        told["type"] = "string"
    return replace(column, **told)
