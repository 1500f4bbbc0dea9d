"""A dataset seen from another one: any column at any rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.world.cache import Cache
from sandbox.world.finish import finished, joined
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
        """How many rows, or entities."""
        return self.maker.units

    @property
    def key(self) -> str:
        """The column that a reference holds."""
        return self.recipe.plan.contract.primary_key[0]

    def take(self, column: str, rows: Whole) -> pa.Array:
        """A column at these rows: keys that are numbers in order by their formula, others from what is made and kept.

        Args:
            column: any of the dataset's, hidden ones too.
            rows: int64, shape (n,), each in [0, self.rows), any order.
        Returns:
            Shape (n,); text of a small table as a dictionary.
        """
        plan = self.recipe.own.get(column)
        is_small_text = self.rows <= BLOCK_ROWS and plan is not None and pa.types.is_string(plan.type)
        at = getattr(plan.generator, "at", None) if plan is not None and plan.nulls is None else None
        if plan is not None and at is not None and not is_small_text:
            return finished(at(rows), plan)
        if self.rows <= MOST_WHOLE_ROWS:
            whole: pa.Array = self.cache.get((self.recipe.plan.name, "whole", column), lambda: self._whole(column))
            return whole.take(pa.array(rows))
        return self._gathered(column, rows)

    def _whole(self, column: str) -> pa.Array:
        numbers = range(-(-self.rows // BLOCK_ROWS))
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
