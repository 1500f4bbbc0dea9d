"""Rows over which an expression is evaluated: their columns, and what was found out for all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from sandbox.scenario.locked import evaluate, thread_connection
from sandbox.world.arrays.operand import Operand, arrow_of, operand_of
from sandbox.world.finish import one_array


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Columns of `rows` rows, and their types."""

    columns: Mapping[str, Operand]
    types: Mapping[str, pa.DataType]
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Rows [start, stop) of a frame: few enough that the arrays of each step stay in the processor's cache."""

    frame: Frame
    start: int
    stop: int
    _kept: dict[str, Operand] = field(default_factory=dict)
    """Shared by all chunks of an evaluation."""

    def column(self, name: str) -> Operand:
        """A column's values in this chunk."""
        return self.frame.columns[name].part(self.start, self.stop)

    def of_frame(self, key: str, make: Callable[[Frame], Operand]) -> Operand:
        """This chunk of what is made for all rows at once."""
        if key not in self._kept:
            self._kept[key] = make(self.frame)
        return self._kept[key].part(self.start, self.stop)


def by_duckdb(sql: str, columns: Mapping[str, Operand], types: Mapping[str, pa.DataType], rows: int) -> Operand:
    """What DuckDB makes of an expression over columns.

    Raises:
        InputError: a row does not go through, or a decimal has more digits than an operand holds.
    """
    return operand_of(array_by_duckdb(sql, columns, types, rows))


def array_by_duckdb(sql: str, columns: Mapping[str, Operand], types: Mapping[str, pa.DataType], rows: int) -> pa.Array:
    """As `by_duckdb`, in Arrow's form."""
    arrays = {name: arrow_of(operand, types[name], rows) for name, operand in columns.items()}
    arrays = arrays or {"_": pa.nulls(rows)}
    batch = pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
    return one_array(evaluate(thread_connection(), {"expression": sql}, batch).column(0))
