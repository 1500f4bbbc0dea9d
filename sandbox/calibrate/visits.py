"""The visits of a stream as they were seen: whose each is, and when it began."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.calibrate.fitted import Evidence
from sandbox.scenario.plan import DatasetPlan
from sandbox.world.columns.references import Parent
from sandbox.world.columns.visits import Visit
from sandbox.world.rowsets import Whole

NOBODY = -1
"""Whose a visit is of which it is not known."""


@dataclass(frozen=True, eq=False)
class SeenVisits:
    """Visits in the order of time. `people` numbers the known customers from 0, `at_us` is microseconds UTC."""

    people: Whole
    at_us: Whole

    def __len__(self) -> int:
        return len(self.at_us)

    @cached_property
    def of_somebody(self) -> SeenVisits:
        """Those of which it is known whose they are."""
        known = self.people != NOBODY
        return SeenVisits(self.people[known], self.at_us[known])

    def within(self, start_us: int, end_us: int) -> SeenVisits:
        """Those that began in a span."""
        inside = (self.at_us >= start_us) & (self.at_us < end_us)
        return SeenVisits(self.people[inside], self.at_us[inside])


def visits_seen(evidence: Evidence) -> SeenVisits | None:
    """The visits within the clock that the rows of a stream tell; None where they tell of none."""
    planned, table, clock = evidence.planned, evidence.observed.table, evidence.plan.clock
    time, visit = planned.spec.time, column_of_visit(planned, "id")
    if planned.spec.visits is None or time not in table.column_names:
        return None
    if planned.spec.journey is not None and visit not in table.column_names:
        return None
    times = table[time].combine_chunks()
    at_us = np.asarray(times.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64()).fill_null(0), np.int64)
    people = _codes(table, customer_column(evidence.plan.datasets[planned.parent or ""], planned))
    if planned.spec.journey is not None:
        visits = _codes(table, visit)
        order = np.lexsort((at_us, visits))
        first = np.flatnonzero(np.diff(visits[order], prepend=-2))
        # Who it was may be known only later in the visit.
        people = np.maximum.reduceat(people[order], first) if len(first) else people[:0]
        at_us = at_us[order][first]
    order = np.argsort(at_us, kind="stable")
    return SeenVisits(people[order], at_us[order]).within(clock.start_us, clock.end_us)


def column_of_visit(planned: DatasetPlan, what: str) -> str:
    """The column that brings something of a visit (`id`, `event`, `customer` …); empty where none does."""
    for column in planned.columns:
        if isinstance(column.generator, Visit) and column.generator.what == what:
            return column.name
    return ""


def customer_column(parent: DatasetPlan, planned: DatasetPlan) -> str:
    """The column that says whose a row is."""
    key = parent.spec.key
    for column in planned.columns:
        if isinstance(column.generator, Parent) and column.generator.column == key:
            return column.name
    return column_of_visit(planned, "customer") or str(key)


def _codes(table: pa.Table, column: str) -> npt.NDArray[np.int64]:
    """Values as numbers from 0, null (or no such column) as -1; shape (rows,)."""
    if column not in table.column_names:
        return np.full(table.num_rows, NOBODY, np.int64)
    values = table[column].combine_chunks()
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    return np.asarray(encoded.indices.cast(pa.int64()).fill_null(NOBODY), np.int64)
