"""Both sides on disk, in a database of their own: rows with their ids, keys and digests, that joins may spill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE, landed_schema
from sandbox.contract.model import Column, Contract

MEMORY = "1GB"
SENT, LANDED = "sent", "landed"
_OWN = ("_event", "_arrived", "_partition", "_position")


@dataclass(frozen=True)
class Sides:
    """The database with the tables `sent` and `landed`.

    Each has the contract's columns, and `_event` (its id), `_key` and `_row` (digests of its key and of all columns),
    `_moment` (its own time), `_arrived`, `_partition` and `_position` (its place in the order in which it came).
    """

    database: duckdb.DuckDBPyConnection
    contract: Contract

    def fill(self, table: str, batches: Iterable[pa.RecordBatch]) -> int:
        """Write the rows of a side, in their order; how many there were."""
        rows = 0
        for batch in batches:
            self._insert(table, batch, rows)
            rows += batch.num_rows
        if not rows:
            self._insert(table, self._nothing(), 0)
        return rows

    def number_by_arrival(self, table: str) -> None:
        """Give rows their places by when they came, ties as they are, as a replay sorts what comes in no order."""
        falling = "SELECT _arrived < lag(_arrived) OVER (ORDER BY _position) AS falls FROM"
        if self.number(f"SELECT count(*) FROM ({falling} {table}) WHERE falls"):
            place = "row_number() OVER (ORDER BY _arrived, _position) - 1 AS _position"
            self.database.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * REPLACE ({place}) FROM {table}")

    def number(self, query: str) -> int:
        """The one whole number that a query gives."""
        found = self.database.execute(query).fetchone()
        return int(found[0] or 0) if found else 0

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row; none: it has no key."""
        return self.contract.keys[0] if self.contract.keys else ()

    def _insert(self, table: str, batch: pa.RecordBatch, first: int) -> None:
        names = self.contract.names
        envelope = batch.column(ENVELOPE)
        told = (envelope.field(name) for name in ("event_id", "arrived_at", "partition"))
        own = [*told, np.arange(first, first + batch.num_rows)]
        columns = [*(_plain(batch.column(column.name), column) for column in self.contract.columns), *own]
        self.database.register("coming", pa.table(columns, names=[*names, *_OWN]))
        row, key = _hash(names), _hash(self.key or names)
        moment = quoted(self.contract.time or self.contract.valid_from or "_arrived")
        selected = f"SELECT *, {row} AS _row, {key} AS _key, {moment}::TIMESTAMP AS _moment FROM coming"
        there = self.database.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]).fetchone()
        self.database.execute(f"{f'INSERT INTO {table}' if there else f'CREATE TABLE {table} AS'} {selected}")
        self.database.unregister("coming")

    def _nothing(self) -> pa.RecordBatch:
        schema = landed_schema(self.contract.schema)
        return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


@contextmanager
def sides(folder: Path, contract: Contract) -> Iterator[Sides]:
    """An empty database in a folder, with bounded memory; the rest spills beside it."""
    config: dict[str, Any] = {"memory_limit": MEMORY, "preserve_insertion_order": False}
    database = duckdb.connect(str(folder / "sides.duckdb"), config=config)
    try:
        database.execute(f"SET TimeZone = 'UTC'; SET temp_directory = '{str(folder / 'spilled').replace(chr(39), '')}'")
        yield Sides(database, contract)
    finally:
        database.close()


def quoted(name: str) -> str:
    """A name as SQL's double quotes hold it."""
    return '"' + name.replace('"', '""') + '"'


def _plain(array: pa.Array, column: Column) -> pa.Array:
    """A column in the contract's type, whichever way its texts are kept: equal values have equal digests."""
    wanted = column.arrow.value_type if pa.types.is_dictionary(column.arrow) else column.arrow
    return array if array.type == wanted else array.cast(wanted)


def _hash(names: Iterable[str]) -> str:
    return f"hash({', '.join(map(quoted, names))})"
