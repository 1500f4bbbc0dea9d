"""Plain tables: so many rows, each addressed by its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.addresses import BLOCK_ROWS
from sandbox.world.block import Block
from sandbox.world.cache import Cache
from sandbox.world.recipe import INSTANT, VALID_FROM, VALID_TO, Recipe
from sandbox.world.rowsets import Extended, Numbered, RowSet
from sandbox.world.sign_ups import signed_up_at
from sandbox.world.views import Slice

# What is done once for so many rows weighs little then, and a column of them still fits into a processor's cache.
_ROWS_AT_ONCE = 2 * BLOCK_ROWS


@dataclass(frozen=True, eq=False)
class PlainTable:
    """Makes the rows of a table, or the entities of a history as they are at first."""

    recipe: Recipe
    cache: Cache

    @property
    def units(self) -> int:
        """Rows."""
        return self.recipe.plan.rows

    @property
    def rows(self) -> int:
        """Rows."""
        return self.recipe.plan.rows

    def rows_of(self, start: int, stop: int) -> int:
        """As many as the range has."""
        return stop - start

    def block(self, number: int) -> Block:
        """Rows [number * 65,536, …), kept for a while."""
        start = number * BLOCK_ROWS
        made: Block = self.cache.get(
            (self.recipe.plan.name, "rows", number), lambda: self.some(start, min(start + BLOCK_ROWS, self.units))
        )
        return made

    def slices(self, start: int, stop: int) -> Iterator[Slice]:
        """A few blocks at a time; nothing is kept, so that memory that was just used is used again."""
        for first in range(start, stop, _ROWS_AT_ONCE):
            last = min(first + _ROWS_AT_ONCE, stop)
            yield Slice(self.some(first, last), 0, last - first)

    def some(self, start: int, stop: int) -> Block:
        """The rows [start, stop), whatever block they are in."""
        block = Block(self.recipe, self._rowset(start, stop))
        if self.recipe.plan.spec.history:
            import pyarrow as pa

            rows = stop - start
            block.made[VALID_TO] = pa.nulls(rows, INSTANT)
            if self.recipe.plan.spec.sign_ups is not None:
                block.made[VALID_FROM] = pa.array(signed_up_at(self.recipe, block.rows)).cast(INSTANT)
            elif VALID_FROM not in self.recipe.own:
                block.made[VALID_FROM] = pa.repeat(pa.scalar(self.recipe.clock.start_us, INSTANT), rows)
        return block

    def _rowset(self, start: int, stop: int) -> RowSet:
        pins = self.recipe.plan.pins
        if pins is None or stop <= pins.generated:
            return Numbered(start, stop, self.units)
        ends = min(start, pins.generated), pins.generated
        added = pins.added[max(start - pins.generated, 0) : stop - pins.generated]
        return Extended(Numbered(*ends, self.units), added, start, self.units)
