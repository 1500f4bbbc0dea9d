"""Some rows of a dataset, and their columns, made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Words
from sandbox.errors import InputError, Problem
from sandbox.scenario.parts import Table
from sandbox.scenario.plan import ColumnPlan
from sandbox.world import draws
from sandbox.world.columns.base import floats
from sandbox.world.columns.references import Parent, Reference
from sandbox.world.columns.visits import Visit
from sandbox.world.evaluation import evaluated
from sandbox.world.finish import Mask, finished, plain, with_nulls
from sandbox.world.pinned import pinned_within
from sandbox.world.recipe import OUTER, PARENT, Recipe
from sandbox.world.rows import ColumnRows
from sandbox.world.rowsets import RowSet, Whole
from sandbox.world.schedule import Step

Outer = Callable[[str], pa.Array]
"""Gives a column that rows have from elsewhere, by its full name (`parent.plan`); one value a row."""


@dataclass(eq=False)
class Block:
    """Rows of one dataset. `made` holds the columns so far, at first those that a process brought about."""

    recipe: Recipe
    rows: RowSet
    made: dict[str, pa.Array] = field(default_factory=dict)
    outer: Outer | None = None
    missing: dict[str, Mask] = field(default_factory=dict)
    """Where a column was made null, by column."""
    _positions: dict[str, tuple[str, Whole]] = field(default_factory=dict)
    _results: dict[str, pa.Array] = field(default_factory=dict)
    _correlated: dict[str, Words] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def start(self) -> int:
        """Number of the first row."""
        return self.rows.start

    @property
    def identities(self) -> Whole:
        """What tells the rows from all others of the dataset; int64, shape (n,)."""
        return self.rows.identities

    @property
    def selves(self) -> Whole:
        """What lasting traits are addressed by: the identities, unless the rows are copies of others."""
        return self.identities

    @property
    def nbytes(self) -> int:
        """What the columns hold; parts that columns share count for each."""
        arrays = [*self.made.values(), *self._results.values()]
        columns: int = sum(array.nbytes for array in arrays)
        return columns + 8 * len(self) * (1 + len(self._positions))

    def column(self, name: str) -> pa.Array:
        """A column, hidden ones too, or `parent.<column>`; shape (n,), in the contract's type."""
        if name not in self.made:
            if self.outer is not None and name.startswith(OUTER):
                self.made[name] = self.outer(name)
            else:
                self.make([name])
        return self.made[name]

    def make(self, names: Collection[str]) -> None:
        """Make these columns and what they are made from, with as few queries as can be."""
        if all(name in self.made for name in names):
            return
        with self._lock:  # blocks that others refer to are shared by threads
            for step in self.recipe.steps(names):
                self._take(step)

    def _take(self, step: Step) -> None:
        formulas = {
            name: formula
            for name, formula in step.formulas.items()
            if formula.text not in self._results and name.split("#")[0] not in self.made
        }
        if formulas:
            self._results |= evaluated(formulas, self.column, len(self), f"{self.recipe.path}.columns")
        for column in step.columns:
            if column.name not in self.made:
                self._make(column)

    def with_pins(self, name: str, values: pa.Array, who: Whole) -> pa.Array:
        """Values of a column for some of the rows, with those that are pinned."""
        pinned = pinned_within(self.recipe.plan, name, self.start, self.rows.stop)
        return values if pinned is None else pinned.over(values, who)

    def expression(self, text: str) -> pa.Array:
        """The value of an SQL expression over the columns, for each row."""
        if text not in self._results:
            formulas = {text: self.recipe.compiled(text)}
            self._results |= evaluated(formulas, self.column, len(self), self.recipe.path)
        return self._results[text]

    def references(self, column: str) -> tuple[Table, Whole]:
        """The dataset behind a `ref` column or the parent's key, and the row numbers in it; -1 for null."""
        self.column(column)
        if column in self._positions:
            dataset, positions = self._positions[column]
            return self.recipe.tables(dataset), positions
        plan = self.recipe.own[column]
        if isinstance(plan.generator, Visit) and plan.generator.what == "item":
            assert self.recipe.plan.items is not None
            return self.recipe.tables(self.recipe.plan.items), self.outer.items  # type: ignore[union-attr]
        if isinstance(plan.generator, Parent) and self.recipe.parent is not None:
            return ParentTable(self, plan.generator.column), np.arange(len(self), dtype=np.int64)
        raise InputError(Problem("does not refer to another dataset.", f"{self.recipe.path}.columns.{column}"))

    def _make(self, column: ColumnPlan) -> None:
        name, generator = column.name, column.generator
        rows = self._rows_of(name)
        positions: Whole | None = None
        try:
            if isinstance(generator, Reference):
                positions = generator.positions(rows)
                values = generator.gather(rows, positions)
            else:
                values = generator.generate(rows)
            values = finished(values, column, self.recipe.listed.get(name))
        except InputError as error:
            path = f"{self.recipe.path}.columns.{name}"
            raise InputError([replace(each, path=each.path or path) for each in error.problems]) from None
        if column.nulls is not None:
            missing = self.missing[name] = self._missing(column.nulls, rows)
            values = with_nulls(values, missing)
            positions = np.where(missing, -1, positions) if positions is not None else None
        pinned = pinned_within(self.recipe.plan, name, self.start, self.rows.stop)
        if pinned is not None:
            values = pinned.over(values)
            if positions is not None and isinstance(generator, Reference):
                positions = pinned.leading(positions, self.recipe.tables(generator.dataset), self.recipe.path, name)
        self.made[name] = values
        if positions is not None and isinstance(generator, Reference):
            self._positions[name] = generator.dataset, positions

    def _rows_of(self, column: str) -> ColumnRows:
        group = self.recipe.groups.get(column)
        if group is not None and column not in self._correlated:
            self._correlated |= group.words(self.rows)
        address, unique = self.recipe.column_address(column), self.recipe.is_unique(column)
        return ColumnRows(self, self.rows, address, unique, correlated=self._correlated.pop(column, None))

    def _missing(self, nulls: float | str, rows: ColumnRows) -> Mask:
        if isinstance(nulls, str):
            shares = np.nan_to_num(floats(self.expression(nulls)), nan=0.0)
            return draws.bernoulli(rows.bits("null"), draws.stable(np.clip(shares, 0.0, 1.0)))
        missing: Mask = rows.draw("null", draws.Bernoulli(float(nulls)))
        return missing


@dataclass(frozen=True, eq=False)
class ParentTable:
    """The parents of a block's rows as a table: row i is the parent of row i, as of that row's time."""

    block: Block
    key: str

    @property
    def rows(self) -> int:
        """As many as the block has."""
        return len(self.block)

    def find(self, keys: pa.Array) -> Whole:
        """The row of each key; -1 where no row has it."""
        found = pc.index_in(plain(keys), plain(self.block.column(f"{PARENT}{self.key}")))
        return np.asarray(pc.fill_null(found, -1).cast(pa.int64()))

    def take(self, column: str, rows: Whole) -> pa.Array:
        """The parents' values of a column."""
        return self.block.column(f"{PARENT}{column}").take(pa.array(rows))
