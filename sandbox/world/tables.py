"""A dataset seen from another one: any column at any rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import BLOCK_ROWS
from sandbox.world.cache import Cache
from sandbox.world.finish import finished, joined, plain
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.views import Maker

# Columns of tables up to so many rows are kept whole: a gather from one array costs a tenth of one from many blocks.
MOST_WHOLE_ROWS = 1 << 22


@dataclass(frozen=True, eq=False)
class DatasetTable:
    """The rows of a plain table or of children, or the entities of a history as they are at first."""

    recipe: Recipe
    maker: Maker
    cache: Cache

    @property
    def rows(self) -> int:
        """How many rows, or entities, may be referred to by chance: all but those that pins add to them."""
        pins = self.recipe.plan.pins
        return self.maker.units if pins is None or not pins.generated else pins.generated

    @property
    def key(self) -> str:
        """The column that a reference holds."""
        return self.recipe.plan.contract.primary_key[0]

    def take(self, column: str, rows: Whole) -> pa.Array:
        """A column at these rows: keys that are numbers in order by their formula, others from what is made and kept.

        Args:
            column: any of the dataset's, hidden ones too.
            rows: int64, shape (n,), any order; those that pins add follow after `self.rows`.
        Returns:
            Shape (n,); text of a small table as a dictionary.
        """
        plan = self.recipe.own.get(column)
        is_small_text = self.rows <= BLOCK_ROWS and plan is not None and pa.types.is_string(plan.type)
        is_made = plan is not None and (plan.nulls is not None or self._is_pinned(column))
        at = getattr(plan.generator, "at", None) if plan is not None and not is_made else None
        if plan is not None and at is not None and not is_small_text:
            return finished(at(rows), plan)
        if self.rows <= MOST_WHOLE_ROWS:
            whole: pa.Array = self.cache.get((self.recipe.plan.name, "whole", column), lambda: self._whole(column))
            return whole.take(pa.array(rows))
        return self._gathered(column, rows)

    def find(self, keys: pa.Array) -> Whole:
        """The row of each key; -1 where no row has it."""
        numbers = np.arange(self.maker.units, dtype=np.int64)
        found = pc.index_in(plain(keys), plain(self.take(self.key, numbers)))
        return np.asarray(pc.fill_null(found, -1).cast(pa.int64()))

    def _is_pinned(self, column: str) -> bool:
        pins = self.recipe.plan.pins
        return pins is not None and column in pins.columns

    def _whole(self, column: str) -> pa.Array:
        numbers = range(-(-self.maker.units // BLOCK_ROWS))
        values = joined([self.maker.block(number).column(column) for number in numbers], self.recipe.types[column])
        is_small_text = self.rows <= BLOCK_ROWS and pa.types.is_string(values.type)
        return values.dictionary_encode() if is_small_text else values

    def _gathered(self, column: str, rows: Whole) -> pa.Array:
        numbers = rows // BLOCK_ROWS
        order = np.argsort(numbers, kind="stable")
        ordered = rows[order]
        cuts = np.flatnonzero(np.diff(numbers[order])) + 1
        pieces = [
            self.maker.block(int(part[0]) // BLOCK_ROWS).column(column).take(pa.array(part % BLOCK_ROWS))
            for part in np.split(ordered, cuts)
            if len(part)
        ]
        back = np.empty(len(rows), np.int64)
        back[order] = np.arange(len(rows))
        return joined(pieces, self.recipe.types[column]).take(pa.array(back))
