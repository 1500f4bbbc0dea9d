"""Rows of PostgreSQL that go on coming, by a column that rises: the position is the highest value that was read.

What it cannot see: deletes; changes that do not raise the column; and a row that was written with a lower value but
committed after a higher one was read, as long transactions do. Capture of the database's log would see these.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import pyarrow as pa

from sandbox.errors import InputError, OutsideError
from sandbox.scenario.locked import quoted
from sandbox.sources.postgresql_reading import Reader

MOST_ROWS = 50_000
_PAUSE_S = 0.5
_PATIENCE_S = 60.0
_VALUE, _RISEN = "value", "_sandbox_risen"


class RisingRows:
    """A table or query, followed by a rising column; rows with equal values are always read together."""

    def __init__(self, reader: Reader, column: str, position: Mapping[str, str]) -> None:
        self._reader = reader
        self._column = column
        self._value = position.get(_VALUE)
        self._selected = reader.selected()
        self._schema = reader.asked(f"SELECT {self._selected} FROM {reader.relation} LIMIT 0").schema
        if column not in self._schema.names:
            raise InputError(f"{reader.where}: has no column '{column}', by which it is to be followed.")

    def schema(self) -> pa.Schema:
        """The columns as they come."""
        return self._schema

    def poll(self, wait_s: float) -> Sequence[pa.RecordBatch]:
        """Rows above the position, in the order of the column; a server that went is tried again for a minute."""
        end = time.monotonic() + wait_s
        while not (rows := self._next()).num_rows:
            left_s = end - time.monotonic()
            if left_s <= 0:
                return []
            time.sleep(min(_PAUSE_S, left_s))
        self._value = rows.column(_RISEN)[-1].as_py()
        batches: list[pa.RecordBatch] = rows.drop_columns([_RISEN]).to_batches()
        return batches

    def position(self) -> Mapping[str, str]:
        """The highest value read."""
        return {} if self._value is None else {_VALUE: self._value}

    def lag(self) -> int | None:
        """Rows above the position."""
        counted = self._reader.asked(f"SELECT count(*) AS rows FROM {self._reader.relation}{self._above}")
        return int(counted.column("rows")[0].as_py())

    def close(self) -> None:
        """Nothing is held open."""

    @property
    def _above(self) -> str:
        by = quoted(self._column)
        if self._value is None:
            return f" WHERE {by} IS NOT NULL"
        return f" WHERE {by} > '{self._value.replace(chr(39), chr(39) * 2)}'"

    def _next(self) -> pa.Table:
        by = quoted(self._column)
        asked = (
            f"SELECT {self._selected}, {by}::text AS {quoted(_RISEN)} FROM {self._reader.relation}{self._above} "
            f"ORDER BY {by} FETCH FIRST {MOST_ROWS} ROWS WITH TIES"
        )
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return self._reader.asked(asked)
            except OutsideError:
                if time.monotonic() > end:
                    raise
                time.sleep(_PAUSE_S)
