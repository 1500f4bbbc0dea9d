"""What every kind of dataset gives: views of consecutive rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import blocks
from sandbox.contract.zones import to_utc
from sandbox.scenario.clock import utc_us
from sandbox.world.finish import plain
from sandbox.world.recipe import INSTANT, Recipe
from sandbox.world.rowsets import Whole


class View(Protocol):
    """Some consecutive rows of a dataset."""

    def __len__(self) -> int: ...
    @property
    def nbytes(self) -> int:
        """Memory that is held so far."""

    @property
    def start(self) -> int:
        """Number of the first row; of a history's, counted from its first entity."""

    @property
    def identities(self) -> Whole:
        """What tells the rows from all others of the dataset; int64, shape (n,)."""

    def make(self, names: Collection[str]) -> None:
        """Make columns, with as few queries as can be."""

    def column(self, name: str) -> pa.Array:
        """A column, hidden ones too; shape (n,)."""


class Maker(Protocol):
    """Makes a dataset's rows; one class for each way in which rows come about."""

    @property
    def units(self) -> int:
        """How many units there are to be made: rows, or a history's entities."""

    @property
    def rows(self) -> int:
        """How many rows come of them."""

    def rows_of(self, start: int, stop: int) -> int:
        """Rows in a range of units; -1 where that is not known without making them."""

    def block(self, number: int) -> View:
        """The rows of units [number * 65,536, …)."""

    def slices(self, start: int, stop: int) -> Iterator[Slice]:
        """The rows of a range of units, piece by piece."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows [first, last) of a view."""

    view: View
    first: int
    last: int

    def pieces(self) -> Iterator[Slice]:
        """The same rows, cut between blocks of the dataset's rows, as their digests are."""
        start = self.view.start
        for _, first, last in blocks(start + self.first, start + self.last):
            yield Slice(self.view, first - start, last - start)


def moments(values: pa.Array, recipe: Recipe) -> Whole:
    """Dates and times as microseconds UTC; local ones in the scenario's zone, null as the clock's start."""
    found: Whole = instants(values, recipe).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def instants(values: pa.Array, recipe: Recipe) -> pa.Array:
    """Dates and times as moments UTC; local ones in the scenario's zone, null as the clock's start."""
    if values.type != INSTANT:
        is_local = not pa.types.is_timestamp(values.type) or values.type.tz is None
        values = plain(values).cast(pa.timestamp("us", None if is_local else "UTC"), safe=False)
        if is_local:
            start = utc_us(recipe.clock.calendar.start, "UTC")
            local = pc.fill_null(values.cast(pa.int64()), start).to_numpy(zero_copy_only=False)
            values = pa.array(to_utc(local, recipe.clock.zone)).cast(INSTANT)
    return pc.fill_null(values, pa.scalar(recipe.clock.start_us, INSTANT)) if values.null_count else values
