"""A SQLite file as a database of tables. It has four types of values; all others are written as their text.

sqlite3 takes rows one by one: a million short ones need about two seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.types import Type
from sandbox.errors import OutsideError
from sandbox.sinks.places import MAKE_ROOM
from sandbox.sinks.sql.database import ConnectionLost, Creating, Database, Destination, RowRefused
from sandbox.sinks.sql.latest import latest_of
from sandbox.sinks.sql.shape import rows_of
from sandbox.sinks.sql.statements import listed, qualified, quoted
from sandbox.sinks.texts import plain_text

_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
"""A disk that is full; a quota or a limit on files."""
_PATIENCE_S = 5.0
"""How long SQLite itself waits for another writer."""


class SqliteFile(Database):
    """A SQLite file and one table there."""

    def __init__(self, path: Path, to: Destination, creating: Creating) -> None:
        super().__init__(to)
        try:
            self._connection = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
        except sqlite3.Error as error:
            raise OutsideError(f"{to.shown}: SQLite says: {error}; is its folder there?") from None
        try:
            self.prepare(creating)
        except BaseException:
            self.close()
            raise

    def put(self, batch: pa.RecordBatch) -> None:
        """Insert row by row, in SQLite's own loop; where there is a key, in the place of rows that are there."""
        shape = self.to.shape
        into = f"INSERT INTO {qualified(self.to.table)} ({listed(shape.names)}) VALUES ({_marks(shape.names)})"
        if not shape.key:
            self._each(into, rows_of(batch, shape), tells_row=True)
            return
        latest = latest_of(batch, shape)
        changed = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in shape.values)
        replaces = f"ON CONFLICT ({listed(shape.key)}) DO {f'UPDATE SET {changed}' if changed else 'NOTHING'}"
        self._each(f"{into} {replaces}", latest.kept)
        same = " AND ".join(f"{quoted(name)} = ?" for name in shape.key)
        self._each(f"DELETE FROM {qualified(self.to.table)} WHERE {same}", latest.gone)

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> Sequence[tuple[Any, ...]]:
        """Run one statement."""
        return self._connection.execute(statement, tuple(parameters)).fetchall()

    def columns(self) -> list[str]:
        """From the catalogue."""
        return [row[0] for row in self.run("SELECT name FROM pragma_table_info(?, ?)", self._place)]

    def keys(self) -> list[list[str]]:
        """Its primary key, and its unique indexes over all rows."""
        primary = self.run("SELECT name FROM pragma_table_info(?, ?) WHERE pk > 0", self._place)
        unique = 'SELECT name FROM pragma_index_list(?, ?) WHERE "unique" AND NOT partial'
        others = [
            [row[0] for row in self.run("SELECT name FROM pragma_index_info(?)", index)]
            for index in self.run(unique, self._place)
        ]
        return [[row[0] for row in primary], *others]

    def type_of(self, kind: Type) -> str:
        """INTEGER, REAL and BLOB for what fits in them, TEXT for the rest."""
        if (kind.is_integer and kind.name != "uint64") or kind.name == "bool":
            return "INTEGER"
        return {"float32": "REAL", "float64": "REAL", "bytes": "BLOB"}.get(kind.name, "TEXT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction that writes."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def told(self) -> Iterator[None]:
        """By the kind of the error."""
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise RowRefused(str(error)) from None
        except sqlite3.Error as error:
            said = str(error)
            if "locked" in said or "busy" in said:
                raise ConnectionLost(said, "Another process writes to it; let it end.") from None
            mend = MAKE_ROOM if error.sqlite_errorname in _NO_ROOM else "Nothing of this batch was kept."
            raise OutsideError(f"{self.to.shown}: SQLite says: {said}. {mend}") from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def _place(self) -> tuple[str, str]:
        return self.to.table[-1], self.to.table[-2] if len(self.to.table) > 1 else "main"

    def _each(self, statement: str, rows: pa.RecordBatch, tells_row: bool = False) -> None:
        """Run a statement for each row."""
        before = self._connection.total_changes
        try:
            self._connection.executemany(statement, zip(*map(_values, rows.columns), strict=True))
        except sqlite3.IntegrityError as error:
            row = self._connection.total_changes - before if tells_row else None
            raise RowRefused(str(error), row) from None


def _marks(names: Sequence[str]) -> str:
    return ", ".join("?" * len(names))


def _values(array: pa.Array) -> list[Any]:
    """Values as SQLite has them. It would store NaN as null, so this one is a word, as in any text."""
    kind = array.type
    if pa.types.is_floating(kind) and pc.any(pc.is_nan(array)).as_py():
        return ["NaN" if value != value else value for value in array.to_pylist()]
    fits = pa.types.is_integer(kind) and kind != pa.uint64()
    if fits or pa.types.is_floating(kind) or pa.types.is_binary(kind) or pa.types.is_boolean(kind):
        return array.to_pylist()  # type: ignore[no-any-return]
    return plain_text(array).to_pylist()  # type: ignore[no-any-return]
