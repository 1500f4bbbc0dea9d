"""Some of the rows as rows of their own, so that a generator makes only these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import Address, Words
from sandbox.scenario.parts import ColumnPart, Drawing, Rows, Table

Made = TypeVar("Made")


@dataclass(frozen=True)
class Selection:
    """The rows at `selected` (rising positions); what is made once a column is made once a selection, by its name."""

    rows: Rows
    selected: NDArray[np.int64]
    name: str
    words: Callable[[str], Words]
    """`rows.bits`, which may remember: several selections ask for the same words."""
    start: int = 0
    total: int = -1
    unique: bool = False

    @property
    def stop(self) -> int:
        """How many rows are selected; they are not numbered."""
        return len(self.selected)

    @property
    def folder(self) -> str:
        """Where files that a scenario names are looked for."""
        return self.rows.folder

    @property
    def window(self) -> tuple[int, int]:
        """The clock's start and end, microseconds UTC."""
        return self.rows.window

    @property
    def zone(self) -> str:
        """The scenario's zone."""
        return self.rows.zone

    def __len__(self) -> int:
        return len(self.selected)

    def bits(self, purpose: str) -> Words:
        """The words of the selected rows."""
        return self.words(purpose)[self.selected]

    def draw(self, purpose: str, distribution: Drawing) -> NDArray[Any]:
        """One value for each selected row."""
        return distribution.from_words(self.bits(purpose))

    def once(self, purpose: str, make: Callable[[Address], Made]) -> Made:
        """What is made once for this selection's generator."""
        return self.rows.once(f"{self.name}/{purpose}", make)

    def column(self, name: str) -> pa.Array:
        """A column's values in the selected rows."""
        return self.rows.column(name).take(pa.array(self.selected))

    def expression(self, text: str) -> pa.Array:
        """An expression's values in the selected rows."""
        return self.rows.expression(text).take(pa.array(self.selected))

    def within(self, purpose: str, generator: ColumnPart, repeats: NDArray[Any] | None = None) -> pa.Array:
        """Values of a nested generator for the selected rows; the other rows take none."""
        counts = np.zeros(len(self.rows), np.int64)
        counts[self.selected] = 1 if repeats is None else repeats
        return self.rows.within(f"{self.name}/{purpose}", generator, counts)

    def table(self, dataset: str) -> Table:
        """Another dataset."""
        return self.rows.table(dataset)

    def references(self, column: str) -> tuple[Table, NDArray[np.int64]]:
        """The dataset behind a reference, and the selected rows' row numbers in it."""
        table, positions = self.rows.references(column)
        return table, positions[self.selected]


def require_no_numbering(part: ColumnPart) -> None:
    """Refuse a generator that goes by row numbers where rows have none. Raises ValueError."""
    if getattr(part, "order", False) or hasattr(part, "at"):
        raise ValueError("goes by the numbers of a dataset's rows, and these have none; use another generator.")
