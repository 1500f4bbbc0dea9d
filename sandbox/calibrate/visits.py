"""The visits of a stream as they were seen: whose each is, and when it began."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
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


@dataclass(frozen=True, eq=False)
class SeenSteps:
    """Events in the order of visit and time: which visit each is of, whose it is, when, and what (of `events`).

    `people` is the same all through a visit; int64, shape (n,) each. Without names of events, `event` is 0.
    """

    visit: Whole
    people: Whole
    at_us: Whole
    event: Whole
    events: tuple[str, ...]
    by_pauses: bool
    """Whether visits were told apart by pauses; those of nobody known are one event each then."""
    rows: Whole
    """Which row of the table each event is."""


def steps_seen(evidence: Evidence) -> SeenSteps | None:
    """The events that the rows of a stream tell, by visit; None where they tell of none.

    Where no column says which visit a row is of, a pause longer than a visit may last ends one.
    """
    planned, table = evidence.planned, evidence.observed.table
    spec, time = planned.spec.visits, planned.spec.time
    if spec is None or time not in table.column_names:
        return None
    times = table[time].combine_chunks()
    at_us = np.asarray(times.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64()).fill_null(0), np.int64)
    people, _ = _coded(table, customer_column(evidence.plan.datasets[planned.parent or ""], planned))
    event, events = _coded(table, column_of_visit(planned, "event"))
    visit, known = _coded(table, column_of_visit(planned, "id"))
    if planned.spec.journey is None:
        visit = np.arange(table.num_rows)
    elif not known:
        visit = _by_pauses(people, at_us, int(spec.longest.total_seconds() * 1e6))
    order = np.lexsort((at_us, visit))
    visit, people, at_us = visit[order], people[order], at_us[order]
    firsts = np.flatnonzero(np.diff(visit, prepend=-2))
    # Who it is may be known only later in a visit.
    of_visit = np.maximum.reduceat(people, firsts) if len(firsts) else people
    people = np.repeat(of_visit, np.diff(firsts, append=len(visit)))
    told = np.maximum(event, 0)[order] if events else np.zeros_like(visit)
    return SeenSteps(visit, people, at_us, told, events, not known, order)


def visits_seen(evidence: Evidence) -> SeenVisits | None:
    """The visits within the clock that the rows of a stream tell; None where they tell of none."""
    steps, clock = steps_seen(evidence), evidence.plan.clock
    if steps is None:
        return None
    firsts = np.flatnonzero(np.diff(steps.visit, prepend=-2))
    people, at_us = steps.people[firsts], steps.at_us[firsts]
    order = np.argsort(at_us, kind="stable")
    return SeenVisits(people[order], at_us[order]).within(clock.start_us, clock.end_us)


def _by_pauses(people: Whole, at_us: Whole, longest_us: int) -> Whole:
    """Visits by number: of the same person, and without a long pause; of nobody known, each alone."""
    order = np.lexsort((at_us, people))
    who, when = people[order], at_us[order]
    new = np.ones(len(who), np.bool_)
    new[1:] = (who[1:] != who[:-1]) | (who[1:] == NOBODY) | (np.diff(when) > longest_us)
    visit = np.empty(len(who), np.int64)
    visit[order] = np.cumsum(new) - 1
    return visit


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


def _coded(table: pa.Table, column: str) -> tuple[Whole, tuple[str, ...]]:
    """Values as numbers from 0, null (or no such column) as -1, shape (rows,); and what the numbers stand for."""
    if column not in table.column_names:
        return np.full(table.num_rows, NOBODY, np.int64), ()
    values = table[column].combine_chunks()
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    code = np.asarray(encoded.indices.cast(pa.int64()).fill_null(NOBODY), np.int64)
    return code, tuple(map(str, encoded.dictionary.to_pylist()))
