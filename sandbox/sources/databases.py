"""SQLite and DuckDB files as sources: a table, or a query. Both are opened for reading only.

Rows come in the order in which the database gives them; a query whose order is not sure should say ORDER BY, or its
rows may have other ids another time.
"""

from __future__ import annotations

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
from pydantic import Field

from sandbox.errors import OutsideError
from sandbox.scenario.locked import quoted
from sandbox.scenario.parts import RawSource, Share, SourcePart
from sandbox.sources.shapes import rows_at_once

if TYPE_CHECKING:
    import duckdb

_CLASSES = {"integer": pa.int64(), "real": pa.float64(), "blob": pa.binary()}


def ordered(query: str | None) -> bool:
    """Whether a query says in which order its rows come."""
    return query is not None and re.search(r"\border\s+by\b", query, re.IGNORECASE) is not None


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
        return f"SELECT * FROM {quoted(str(self.table))}"

    def keeps_order(self) -> bool:
        """Only where a query says so: a table has none."""
        return ordered(self.query)

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


class _FileRows(ABC):
    """The rows of a query on a database's file, in one share; a connection for each reading."""

    database: ClassVar[str]
    """Its name in messages."""

    def __init__(self, path: Path, sql: str, shown: str) -> None:
        self._path = path
        self._sql = sql
        self._shown = shown
        with self._told():
            self._schema = self._looked_at()

    def schema(self) -> pa.Schema:
        """The columns, typed."""
        return self._schema

    def shares(self) -> list[Share]:
        """One."""
        state = self._path.stat()
        return [Share(0, self._path.name, fingerprint=f"{self._path.name} {state.st_size} {state.st_mtime_ns}")]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The rows, batch by batch."""
        with self._told():
            yield from self._fetched()

    def close(self) -> None:  # noqa: B027 (most that is read must be let go of)
        """Nothing is held open."""

    @abstractmethod
    def _looked_at(self) -> pa.Schema:
        """The columns of the query."""

    @abstractmethod
    def _fetched(self) -> Iterator[pa.RecordBatch]:
        """The rows of the query."""

    @abstractmethod
    def _errors(self) -> tuple[type[Exception], ...]:
        """What its driver raises."""

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (*self._errors(), pa.ArrowException) as error:
            said = str(error).splitlines()[0][:300]
            raise OutsideError(f"{self._shown}: {self.database} says: {said}.") from error


class SqliteRows(_FileRows):
    """The rows of a query on a SQLite file.

    SQLite's columns have no types but those of their values: a column of whole numbers is int64, with reals among
    them float64, of blobs binary, and every other mixture is text.
    """

    database = "SQLite"

    def _looked_at(self) -> pa.Schema:
        with closing(self._connected()) as connection:
            names = [entry[0] for entry in connection.execute(f"SELECT * FROM ({self._sql}) LIMIT 0").description]
            asked = ", ".join(f"group_concat(DISTINCT typeof({quoted(name)}))" for name in names)
            kinds = connection.execute(f"SELECT {asked} FROM ({self._sql})").fetchone()
        return pa.schema([(name, _column_type(kind)) for name, kind in zip(names, kinds, strict=True)])

    def _fetched(self) -> Iterator[pa.RecordBatch]:
        with closing(self._connected()) as connection:
            cursor = connection.execute(self._sql)
            while rows := cursor.fetchmany(rows_at_once(len(self._schema))):
                columns = zip(*rows, strict=True)
                arrays = [_typed(values, kind) for values, kind in zip(columns, self._schema.types, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _errors(self) -> tuple[type[Exception], ...]:
        return (sqlite3.Error,)

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
        # Text that is no UTF-8 is kept to be seen, not an error of the whole table.
        connection.text_factory = lambda octets: octets.decode(errors="replace")
        connection.set_authorizer(_reading_only)
        return connection


class DuckdbRows(_FileRows):
    """The rows of a query on a DuckDB file, typed as DuckDB hands them over."""

    database = "DuckDB"

    def _looked_at(self) -> pa.Schema:
        with self._connected() as connection:
            return connection.sql(f"SELECT * FROM ({self._sql}) LIMIT 0").to_arrow_table().schema

    def _fetched(self) -> Iterator[pa.RecordBatch]:
        with self._connected() as connection:
            yield from connection.sql(self._sql).to_arrow_reader(rows_at_once(len(self._schema)))

    def _errors(self) -> tuple[type[Exception], ...]:
        import duckdb

        return (duckdb.Error,)

    def _connected(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        config: dict[str, Any] = {
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "threads": 1,
            "lock_configuration": True,
        }
        return duckdb.connect(str(self._path), read_only=True, config=config)


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
