"""One dataset as the world makes it: its plan with addresses, compiled SQL and the order of making."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any, TypeVar

import pyarrow as pa

from sandbox.addresses import Address
from sandbox.scenario.expressions import ExpressionError
from sandbox.scenario.parts import Table
from sandbox.scenario.plan import ClockPlan, ColumnPlan, DatasetPlan, Plan
from sandbox.world.arrays import ArrayExpression, array_expression, operand_of
from sandbox.world.columns.base import floats
from sandbox.world.correlate import Group, group_of
from sandbox.world.draws import Floats
from sandbox.world.evaluation import evaluated
from sandbox.world.formulas import Formula, formula_of
from sandbox.world.schedule import Step, needed, steps_of

Made = TypeVar("Made")

INSTANT = pa.timestamp("us", tz="UTC")
VALID_FROM, VALID_TO = "valid_from", "valid_to"
PARENT, VISIT, ITEM, AT, CHANGE = "parent.", "visit.", "item.", "at.", "change."
OUTER = (PARENT, VISIT, ITEM, AT, CHANGE)
"""Prefixes of columns that rows have from elsewhere: their parent, their visit, its item, the time, what changes."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """What it takes to make any rows of a dataset; compiled on demand, once a process."""

    whole: Plan
    plan: DatasetPlan
    parent: Recipe | None
    tables: Callable[[str], Table]
    """Another dataset, to refer to."""
    _kept: dict[Any, Any] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    @property
    def clock(self) -> ClockPlan:
        """The scenario's clock."""
        return self.whole.clock

    @property
    def path(self) -> str:
        """Where the dataset stands in the scenario, for errors."""
        return f"datasets.{self.plan.name}"

    def column_address(self, column: str) -> Address:
        """Above all draws of a column; below it comes the purpose."""
        return Address((self.whole.seed, self.plan.name, column), self.whole.engine)

    def process_address(self, *names: str | int) -> Address:
        """For draws that are no column's: how many children, when somebody leaves. A 0 stands where a column would."""
        return Address((self.whole.seed, self.plan.name, 0, *names), self.whole.engine)

    def once(self, key: Any, make: Callable[[], Made]) -> Made:
        """What is made once for the dataset; other threads wait for it."""
        if key not in self._kept:
            with self._lock:
                if key not in self._kept:
                    self._kept[key] = make()
        return self._kept[key]  # type: ignore[no-any-return]

    @cached_property
    def own(self) -> Mapping[str, ColumnPlan]:
        """The columns that are declared, by name."""
        return {column.name: column for column in self.plan.columns}

    @cached_property
    def types(self) -> Mapping[str, pa.DataType]:
        """Type of every column that expressions may use, the process's own and the parent's included."""
        spec = self.plan.spec
        types = {VALID_FROM: INSTANT, VALID_TO: INSTANT} if spec.history else {}
        if spec.time is not None:
            types[spec.time] = INSTANT
        types |= {column.name: column.type for column in self.plan.columns}
        types |= dict.fromkeys(spec.recent, pa.int64())
        if self.parent is not None:
            types |= {f"{PARENT}{name}": type_ for name, type_ in self.parent.types.items() if PARENT not in name}
        return types | dict(self.plan.process)

    def compiled(self, text: str) -> Formula:
        """An expression over the dataset's columns."""
        return self.once(("formula", text), lambda: formula_of(text, self.types))

    def numbers(self, text: str, column: Callable[[str], pa.Array], rows: int, path: str) -> Floats:
        """An expression over the dataset's columns as float64, shape (rows,), NaN where null.

        It is evaluated over arrays where these hold its columns: a query costs a millisecond, however few the rows.
        """

        def over_arrays() -> ArrayExpression | None:
            try:
                return array_expression(text, self.types)
            except ExpressionError:
                return None

        arrays = self.once(("over arrays", text), over_arrays)
        if arrays is not None:
            return arrays.evaluate(lambda name: operand_of(column(name)), rows, path).floats(rows)
        formula = self.compiled(text)
        return floats(evaluated({"": formula}, column, rows, path)[formula.text])

    def under_way(self, text: str) -> ArrayExpression:
        """An expression of a journey, over what is known while a visit goes on."""

        def make() -> ArrayExpression:
            outer = {name: made for name, made in self.types.items() if name.startswith(PARENT)}
            return array_expression(text, {**outer, **self.plan.under_way})

        return self.once(("under way", text), make)

    @cached_property
    def expressions(self) -> Mapping[str, tuple[Formula, ...]]:
        """The expressions of each column: its generator's and its share of nulls."""
        found = {}
        for column in self.plan.columns:
            texts = dict.fromkeys(column.generator.expressions().values())
            if isinstance(column.nulls, str):
                texts[column.nulls] = None
            found[column.name] = tuple(self.compiled(text) for text in texts)
        return found

    def steps(self, wanted: Collection[str]) -> tuple[Step, ...]:
        """How the wanted columns are made, with all that they are made from."""
        key = frozenset(wanted)
        return self.once(("steps", key), lambda: steps_of(needed(self.plan.columns, key), self.expressions))

    def is_unique(self, column: str) -> bool:
        """Whether the column must not repeat a value."""
        written = self.plan.spec.columns.get(column)
        return (written is not None and written.options.unique) or self.plan.contract.primary_key == (column,)

    @cached_property
    def listed(self) -> Mapping[str, tuple[Any, ...]]:
        """What the columns that list their values may be, by column."""
        return {column.name: column.values for column in self.plan.contract.columns if column.values is not None}

    @cached_property
    def faults(self) -> Mapping[str, tuple[tuple[str, float], ...]]:
        """The changes by which values of a column come as null, each with its share, by column."""
        found: dict[str, tuple[tuple[str, float], ...]] = {}
        for change in self.whole.changes.values():
            for column, share in change.nulls.get(self.plan.name, {}).items():
                found[column] = (*found.get(column, ()), (change.name, share))
        return found

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """The correlated group of each column that is in one."""
        groups = [group_of(written, self.process_address("correlate")) for written in self.plan.spec.correlate]
        return {column: group for group in groups for column in group.columns}
