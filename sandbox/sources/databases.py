"""SQLite and DuckDB files as sources: a table, or a query. Both are opened for reading only.

Rows come in the order in which the database gives them; a query whose order is not sure should say ORDER BY, or its
rows may have other ids another time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
from pydantic import Field

from sandbox.errors import OutsideError
from sandbox.scenario.parts import RawSource, Share, SourcePart
from sandbox.sources.shapes import rows_at_once

if TYPE_CHECKING:
    import duckdb

_CLASSES = {"integer": pa.int64(), "real": pa.float64(), "blob": pa.binary()}


class _DatabaseTable(SourcePart):
    """One table or query of a database in a file."""

    exactly_one: ClassVar = ("table", "query")
    path: str = Field(min_length=1, max_length=4096)
    """The database's file; relative to the scenario's folder."""
    table: str | None = Field(default=None, min_length=1)
    """The table that is read; or write a `query`."""
    query: str | None = Field(default=None, min_length=1)
    """A SELECT; give it an ORDER BY where its order is not sure."""

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, Any]:
        """The file: `sqlite:shop.db?table=orders`."""
        return {"path": location}

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The file."""
        return {"file": [self.path]}

    def sql(self) -> str:
        """The rows as a query."""
        if self.query is not None:
            return self.query.strip().rstrip(";")
        return f"SELECT * FROM {_quoted(str(self.table))}"

    def found(self, folder: str) -> Path:
        """The file. Raises OutsideError: it is not there."""
        path = Path(folder) / Path(self.path).expanduser()
        if not path.is_file():
            raise OutsideError(f"{self.path}: no such file.")
        return path


class SqliteTable(_DatabaseTable):
    """A table or a query of a SQLite file."""

    def open(self, folder: str) -> RawSource:
        """Open the file and look at the table's columns."""
        return SqliteRows(self.found(folder), self.sql(), self.path)


class DuckdbTable(_DatabaseTable):
    """A table or a query of a DuckDB file."""

    def open(self, folder: str) -> RawSource:
        """Open the file and look at the table's columns."""
        return DuckdbRows(self.found(folder), self.sql(), self.path)


class SqliteRows:
    """The rows of a query on a SQLite file, in one share; a connection for each reading.

    SQLite's columns have no types but those of their values: a column of whole numbers is int64, with reals among
    them float64, of blobs binary, and every other mixture is text.
    """

    def __init__(self, path: Path, sql: str, shown: str) -> None:
        self._path = path
        self._sql = sql
        self._shown = shown
        self._schema = self._looked_at()

    def schema(self) -> pa.Schema:
        """The columns, typed by all of their values."""
        return self._schema

    def shares(self) -> list[Share]:
        """One."""
        return [_whole(self._path)]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The rows, fetched batch by batch."""
        try:
            with closing(self._connected()) as connection:
                cursor = connection.execute(self._sql)
                while rows := cursor.fetchmany(rows_at_once(len(self._schema))):
                    columns = zip(*rows, strict=True)
                    arrays = [_typed(values, kind) for values, kind in zip(columns, self._schema.types, strict=True)]
                    yield pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        except (sqlite3.Error, pa.ArrowInvalid) as error:
            raise self._told(error) from error

    def close(self) -> None:
        """Nothing is held open."""

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        # Text that is no UTF-8 is kept to be seen, not an error of the whole table.
        connection.text_factory = lambda octets: octets.decode(errors="replace")
        connection.set_authorizer(_reading_only)
        return connection

    def _looked_at(self) -> pa.Schema:
        try:
            with closing(self._connected()) as connection:
                names = [entry[0] for entry in connection.execute(f"SELECT * FROM ({self._sql}) LIMIT 0").description]
                asked = ", ".join(f"group_concat(DISTINCT typeof({_quoted(name)}))" for name in names)
                kinds = connection.execute(f"SELECT {asked} FROM ({self._sql})").fetchone()
        except sqlite3.Error as error:
            raise self._told(error) from error
        return pa.schema([(name, _column_type(kind)) for name, kind in zip(names, kinds, strict=True)])

    def _told(self, error: Exception) -> OutsideError:
        return OutsideError(f"{self._shown}: SQLite says: {str(error).splitlines()[0]}.")


class DuckdbRows:
    """The rows of a query on a DuckDB file, in one share; a connection for each reading."""

    def __init__(self, path: Path, sql: str, shown: str) -> None:
        self._path = path
        self._sql = sql
        self._shown = shown
        self._schema = self._looked_at()

    def schema(self) -> pa.Schema:
        """The columns as DuckDB hands them over."""
        return self._schema

    def shares(self) -> list[Share]:
        """One."""
        return [_whole(self._path)]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The rows, batch by batch."""
        import duckdb

        try:
            with self._connected() as connection:
                yield from connection.sql(self._sql).to_arrow_reader(rows_at_once(len(self._schema)))
        except (duckdb.Error, pa.ArrowException) as error:
            raise self._told(error) from error

    def close(self) -> None:
        """Nothing is held open."""

    def _connected(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        config: dict[str, Any] = {
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "threads": 1,
            "lock_configuration": True,
        }
        return duckdb.connect(str(self._path), read_only=True, config=config)

    def _looked_at(self) -> pa.Schema:
        import duckdb

        try:
            with self._connected() as connection:
                return connection.sql(f"SELECT * FROM ({self._sql}) LIMIT 0").to_arrow_table().schema
        except duckdb.Error as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> OutsideError:
        return OutsideError(f"{self._shown}: DuckDB says: {str(error).splitlines()[0][:300]}.")


def _whole(path: Path) -> Share:
    state = path.stat()
    return Share(0, path.name, fingerprint=f"{path.name} {state.st_size} {state.st_mtime_ns}")


def _reading_only(action: int, *_: str | None) -> int:
    reads = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
    return sqlite3.SQLITE_OK if action in reads else sqlite3.SQLITE_DENY


def _column_type(kinds: str | None) -> pa.DataType:
    found = {kind for kind in (kinds or "").split(",") if kind not in ("", "null")}
    if found == {"integer", "real"}:
        return pa.float64()
    return _CLASSES.get(next(iter(found), ""), pa.string()) if len(found) == 1 else pa.string()


def _typed(values: tuple[Any, ...], kind: pa.DataType) -> pa.Array:
    if kind == pa.string():
        return pa.array(map(_as_text, values), kind)
    return pa.array(values, kind)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
