"""Those who come: the rows of a stream's parent, held as arrays while the stream is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.errors import InputError, Problem
from sandbox.world.arrays import Operand, operand_of
from sandbox.world.draws import Floats
from sandbox.world.finish import joined
from sandbox.world.history import OPEN, Versions
from sandbox.world.recipe import PARENT, Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.views import Maker, View, moments


@dataclass(frozen=True, eq=False)
class People:
    """All rows of the parent: of a history its versions, sorted by entity and time.

    `customer` numbers the entities; `identity` is theirs, and `selves` address their lasting traits; `since` and
    `until` say when a row holds (microseconds UTC). All int64, shape (n,). Columns are made when first asked for, for
    all rows, and kept.
    """

    recipe: Recipe
    """Of the stream."""
    view: Callable[[int], View]
    """A block of the parent's rows by its number."""
    blocks: tuple[int, ...]
    customer: Whole
    identity: Whole
    selves: Whole
    since: Whole
    until: Whole
    _columns: dict[str, pa.Array] = field(default_factory=dict)
    _operands: dict[str, Operand] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    def __len__(self) -> int:
        return len(self.customer)

    @cached_property
    def _always(self) -> tuple[int, int]:
        """A span in which each customer is there with one and the same row; empty where customers have several."""
        if not len(self) or (self.customer[1:] == self.customer[:-1]).any():
            return 1, 0
        return int(self.since.max()), int(self.until.min())

    def all_present(self, start_us: int, stop_us: int) -> bool:
        """Whether each customer is there all through a span, with one and the same row."""
        return self._always[0] <= start_us and stop_us <= self._always[1]

    @cached_property
    def _every_row(self) -> Whole:
        return np.arange(len(self))

    @cached_property
    def leaves_at(self) -> Whole:
        """When the customer of each row goes away: where the last row ends that joins on to this one."""
        if not len(self):
            return self.until
        joins = (self.customer[1:] == self.customer[:-1]) & (self.since[1:] == self.until[:-1])
        ends = np.append(np.flatnonzero(~joins), len(self) - 1)
        leaves: Whole = self.until[ends[np.searchsorted(ends, np.arange(len(self)))]]
        return leaves

    def column(self, name: str) -> pa.Array:
        """A column of the parent, hidden ones too; text as a dictionary."""
        with self._lock:
            if name not in self._columns:
                pieces = [self.view(number).column(name) for number in self.blocks]
                parent = self.recipe.parent
                whole = joined(pieces, parent.types[name] if parent is not None else pa.null())
                self._columns[name] = whole.dictionary_encode() if pa.types.is_string(whole.type) else whole
            return self._columns[name]

    def operand(self, name: str) -> Operand:
        """The same for expressions over arrays."""
        with self._lock:
            if name not in self._operands:
                self._operands[name] = operand_of(self.column(name))
            return self._operands[name]

    def numbers(self, written: float | str, key: str, most: float = np.inf) -> Floats:
        """A parameter for each row: a number, or SQL over columns of the parent; float64, shape (n,).

        Raises:
            InputError: an expression gives a value below 0 or above `most`.
        """
        if not isinstance(written, str):
            return np.full(len(self), float(written))

        def column(name: str) -> pa.Array:
            return self.column(name.removeprefix(PARENT))

        values = self.recipe.numbers(written, column, len(self), f"{self.recipe.path}.{key}")
        values = np.where(np.isnan(values), 0.0, values)
        wrong = np.flatnonzero(~((values >= 0) & (values <= min(most, 1e9))))
        if len(wrong):
            bounds = f">= 0 and <= {most:g}" if np.isfinite(most) else ">= 0 and finite"
            mend = f"must be {bounds}; bound it with greatest() and least()"
            raise InputError(Problem(f"gives {values[wrong[0]]:g} for a parent, {mend}.", f"{self.recipe.path}.{key}"))
        return values

    def present(self, start_us: int, stop_us: int) -> Whole:
        """One row of each customer that is there in the span: the one in force at its start, else the first after."""
        if self.all_present(start_us, stop_us):
            return self._every_row
        rows = np.flatnonzero((self.since < stop_us) & (self.until > start_us))
        first = np.ones(len(rows), np.bool_)
        first[1:] = self.customer[rows[1:]] != self.customer[rows[:-1]]
        return rows[first]

    def in_force(self, rows: Whole, times_us: Whole) -> Whole:
        """From a row of each customer to that in force at a time; -1 where the customer is not there then."""
        if len(rows) and self.all_present(int(times_us.min()), int(times_us.max()) + 1):
            return rows
        rows = rows.copy()
        later = np.arange(len(rows))
        while len(later):
            following = rows[later] + 1
            inside = following < len(self)
            later, following = later[inside], following[inside]
            goes_on = self.customer[following] == self.customer[rows[later]]
            goes_on &= self.since[following] <= times_us[later]
            later = later[goes_on]
            rows[later] += 1
        rows[(self.since[rows] > times_us) | (self.until[rows] <= times_us)] = -1
        return rows


def people_of(recipe: Recipe, parents: Maker, most: int | None = None) -> People:
    """Gather the rows of a stream's parent; at most the first `most` units, for a look."""
    units = parents.units if most is None else min(parents.units, most)
    blocks = -(-units // BLOCK_ROWS)
    return gathered(recipe, parents.block, tuple(range(blocks)))


def gathered(recipe: Recipe, view: Callable[[int], View], blocks: tuple[int, ...]) -> People:
    """Rows of the parent as people: those of some of its blocks, by number in rising order."""
    pieces = [_piece(recipe, view(number), number) for number in blocks]
    empty = np.zeros(0, np.int64)
    columns = [np.concatenate(each) for each in zip(*pieces, strict=True)] if pieces else [empty] * 5
    return People(recipe, view, blocks, *columns)


def _piece(recipe: Recipe, view: View, number: int) -> tuple[Whole, ...]:
    if isinstance(view, Versions):
        identities, selves = (each[view.entity] for each in (view.entities.identities, view.entities.selves))
        return view.entity + number * BLOCK_ROWS, identities, selves, view.since, view.until
    parent = recipe.parent
    time = parent.plan.contract.time if parent is not None else None
    since = np.full(len(view), recipe.clock.start_us) if time is None else moments(view.column(time), recipe)
    rows = np.arange(len(view), dtype=np.int64) + number * BLOCK_ROWS
    return rows, view.identities, view.identities, since, np.full(len(view), OPEN)
