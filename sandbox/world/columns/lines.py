"""Rows of a file as they stand: what belongs together in a line stays together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import model_validator

from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.world.columns.file_values import file_values, require_kind


class Lines(ColumnPart):
    """A column of a file, row by row in the file's order; after the last line the first comes again."""

    file: str
    """A .csv or .parquet file in the scenario's folder; values of .csv are text (say the column's `type`)."""
    column: str
    """Its column."""
    order: ClassVar[bool] = True  # it goes by the numbers of rows, which nested values do not have

    @model_validator(mode="after")
    def _is_readable(self) -> Lines:
        require_kind(self.file)
        return self

    def files(self) -> Sequence[str]:
        """The one file."""
        return (self.file,)

    def yields(self, scope: Scope) -> pa.DataType:
        """The type of the file's column."""
        return self._values(scope.folder).type

    def generate(self, rows: Rows) -> pa.Array:
        """The lines at the rows' own numbers."""
        values = rows.once("values", lambda _: self._values(rows.folder))
        return values.take(pa.array(np.arange(rows.start, rows.stop) % len(values)))

    def _values(self, folder: str) -> pa.Array:
        """The column's values in the file's order. Raises Findings where there are none."""
        return file_values(folder, self.file, self.column, as_text=True)

    def capacity(self, scope: Scope) -> int:
        """How many different values there are."""
        values = self._values(scope.folder)
        return len(values.unique()) - (1 if values.null_count else 0)

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Nothing is promised of what a file holds."""
        return {}

    def proves(self, scope: Scope) -> frozenset[str]:
        """No null where the file has none, if it is known where it lies; nothing twice before it begins again."""
        if not scope.folder:
            return frozenset()
        values = self._values(scope.folder)
        is_distinct = len(values.unique()) == len(values) and 0 <= scope.rows <= len(values)
        return frozenset(({"not_null"} if not values.null_count else set()) | ({"unique"} if is_distinct else set()))
