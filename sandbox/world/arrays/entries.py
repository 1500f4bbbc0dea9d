"""What depends on texts alone: found once for each entry of their dictionaries by DuckDB, and gathered by code."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import BLOCK_ROWS
from sandbox.errors import InputError
from sandbox.world.arrays.frame import Chunk, by_duckdb
from sandbox.world.arrays.operand import Operand
from sandbox.world.cache import Cache, identity_of

_KEPT_BYTES = 16 << 20
_FEW_ENTRIES = 64

_tables = Cache(_KEPT_BYTES)


@dataclass(frozen=True, slots=True)
class OverEntries:
    """An expression over text columns; DuckDB knows all of its functions."""

    sql: str
    names: tuple[str, ...]
    types: tuple[pa.DataType, ...]

    def __call__(self, chunk: Chunk) -> Operand:
        """Its value in each row; in doubt where an entry that a row has does not go through."""
        columns = [chunk.column(name) for name in self.names]
        sizes = [len(_entries(column)) + 1 for column in columns]  # the last is null
        cells = _cells(columns, sizes)
        if prod(sizes) <= BLOCK_ROWS:
            key = (self.sql, *(_words_of(_entries(column)) for column in columns))
            table = _tables.get(key, lambda: self._table(columns, sizes, np.arange(prod(sizes))))
            if table.values is not None:
                return table.values.take(cells)
        used, cells = np.unique(cells, return_inverse=True)
        table = self._table(columns, sizes, used)
        if table.values is not None:
            return table.values.take(cells)
        return Operand(np.zeros(len(cells), np.int64), doubts=np.ones(len(cells), np.bool_))

    def _table(self, columns: list[Operand], sizes: list[int], cells: NDArray[np.intp]) -> _Table:
        places = np.unravel_index(cells, sizes)
        texts = {}
        for name, column, at in zip(self.names, columns, places, strict=True):
            codes = np.minimum(at, len(_entries(column)) - 1) if len(_entries(column)) else at * 0
            texts[name] = Operand(codes, at == len(_entries(column)), _entries(column))
        try:
            made = by_duckdb(self.sql, texts, dict(zip(self.names, self.types, strict=True)), len(cells))
        except InputError:  # no row may have the entry that fails
            made = None
        return _Table([_entries(column) for column in columns], made)


class _Table:
    """Values by cell; holds the entries, since where they lie is the key to it."""

    def __init__(self, entries: list[pa.Array], values: Operand | None) -> None:
        self.entries = entries
        self.values = values
        of_values = values.values.nbytes if values is not None else 0
        self.nbytes = int(of_values + sum(part.nbytes for part in entries))


def _entries(column: Operand) -> pa.Array:
    assert column.entries is not None
    return column.entries


def _words_of(entries: pa.Array) -> tuple[object, ...]:
    """What tells entries from others: the words, where they are few, as a day's are mostly those of the day before."""
    return tuple(entries.to_pylist()) if len(entries) <= _FEW_ENTRIES else identity_of(entries)


def _cells(columns: list[Operand], sizes: list[int]) -> NDArray[np.int64]:
    """One number for the entries that each row has, the first column's slowest."""
    cells = None
    for column, size in zip(columns, sizes, strict=True):
        codes = column.values if column.nulls is None else np.where(column.nulls, size - 1, column.values)
        cells = codes if cells is None else cells.astype(np.int64) * size + codes
    assert cells is not None
    return cells
