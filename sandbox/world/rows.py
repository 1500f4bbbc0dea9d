"""The rows of one column while they are made: what a generator asks of the world (`Rows` in scenario/parts)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import Address, Words
from sandbox.scenario.parts import ColumnPart, Drawing, Table
from sandbox.world.columns.base import VALUE
from sandbox.world.rowsets import Identified, RowSet, Whole, identities_of

if TYPE_CHECKING:
    from sandbox.world.block import Block

Made = TypeVar("Made")

# Between a column's address and what is nested in it stands a number, which no purpose can be.
_NESTED = 1


@dataclass(frozen=True, slots=True)
class ColumnRows:
    """The rows of a block as one column's generator sees them, or as many nested rows for each of them.

    `origin` is the row of the block that each nested row belongs to, None where there is one for each. `correlated`
    are the words for the value of a column that moves together with others.
    """

    block: Block
    rows: RowSet
    address: Address
    unique: bool = False
    origin: Whole | None = None
    correlated: Words | None = None

    @property
    def start(self) -> int:
        """Number of the first row."""
        return self.rows.start

    @property
    def stop(self) -> int:
        """One past the number of the last row."""
        return self.rows.stop

    @property
    def total(self) -> int:
        """Rows of the whole dataset; -1 where a process decides."""
        return self.rows.total

    @property
    def generated(self) -> int:
        """Rows of the whole dataset but those that pins add; -1 where a process decides."""
        pins = self.block.recipe.plan.pins
        return self.total if pins is None or self.total < 0 else pins.generated

    @property
    def folder(self) -> str:
        """Where files that the scenario names are looked for."""
        return self.block.recipe.whole.folder

    @property
    def window(self) -> tuple[int, int]:
        """The clock's start and end, microseconds UTC."""
        return self.block.recipe.clock.start_us, self.block.recipe.clock.end_us

    @property
    def zone(self) -> str:
        """The scenario's zone."""
        return self.block.recipe.clock.zone

    def __len__(self) -> int:
        return len(self.rows)

    def bits(self, purpose: str) -> Words:
        """One word a row."""
        if purpose == VALUE and self.correlated is not None:
            return self.correlated
        return self.rows.words(self.address.of(purpose))

    def draw(self, purpose: str, distribution: Drawing) -> NDArray[Any]:
        """One value a row."""
        if purpose == VALUE and self.correlated is not None:
            return distribution.from_words(self.correlated)
        return self.rows.draw(self.address.of(purpose), distribution)

    def once(self, purpose: str, make: Callable[[Address], Made]) -> Made:
        """What is made once for the whole column, at an address of its own."""
        address = self.address.of(purpose)
        return self.block.recipe.once(address, lambda: make(address))

    def column(self, name: str) -> pa.Array:
        """A column of these rows that was made before."""
        return self._spread(self.block.column(name))

    def expression(self, text: str) -> pa.Array:
        """The value of an SQL expression for each row."""
        return self._spread(self.block.expression(text))

    def within(self, purpose: str, generator: ColumnPart, repeats: NDArray[Any] | None = None) -> pa.Array:
        """Values of a nested generator: one a row, or `repeats[i]` of them for row i, flattened."""
        address = self.address.of(_NESTED, purpose)
        if repeats is None:
            return generator.generate(ColumnRows(self.block, self.rows, address, origin=self.origin))
        owner = np.repeat(np.arange(len(self)), repeats)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        nested = Identified(identities_of(address.of("rows"), self.rows.identities[owner], place))
        origin = owner if self.origin is None else self.origin[owner]
        return generator.generate(ColumnRows(self.block, nested, address, origin=origin))

    def table(self, dataset: str) -> Table:
        """Another dataset."""
        return self.block.recipe.tables(dataset)

    def references(self, column: str) -> tuple[Table, Whole]:
        """The dataset behind a reference, and the row numbers in it; -1 for null."""
        table, positions = self.block.references(column)
        return table, positions if self.origin is None else positions[self.origin]

    def _spread(self, values: pa.Array) -> pa.Array:
        return values if self.origin is None else values.take(pa.array(self.origin))
