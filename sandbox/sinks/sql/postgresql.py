"""PostgreSQL as a database of tables: COPY for what is new, a staging table and ON CONFLICT for what replaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from sandbox.clients.postgresql import mend_of
from sandbox.contract.types import Type
from sandbox.errors import OutsideError
from sandbox.registry import from_extra
from sandbox.sinks.sql.copy_text import copy_text
from sandbox.sinks.sql.database import ConnectionLost, Creating, Database, Destination, RowRefused
from sandbox.sinks.sql.latest import are_new, latest_of
from sandbox.sinks.sql.shape import rows_of
from sandbox.sinks.sql.statements import delete_rows, listed, qualified, replace_rows

if TYPE_CHECKING:
    import psycopg

_SESSION = {
    "connect_timeout": "10",
    "application_name": "sandbox",
    "client_encoding": "UTF8",
    "options": "-c TimeZone=UTC -c DateStyle=ISO",
}
_STAGED, _GONE = "_sandbox_staged", "_sandbox_gone"
_TYPES: Mapping[str, str] = {
    "int8": "smallint",
    "int16": "smallint",
    "int32": "integer",
    "int64": "bigint",
    "uint8": "smallint",
    "uint16": "integer",
    "uint32": "bigint",
    "uint64": "numeric(20)",
    "float32": "real",
    "float64": "double precision",
    "bool": "boolean",
    "bytes": "bytea",
    "uuid": "uuid",
    "date": "date",
    "time": "time",
}
_LINE = re.compile(r"^COPY .*, line (\d+)", re.MULTILINE)
_COLUMN = re.compile(r"^COPY .*, column ([^:\n]+)", re.MULTILINE)
_VALUE = re.compile(r':? ".*"', re.DOTALL)
_NOT_NOW = re.compile(r"starting up|shutting down|recovery|not yet accepting|too many|remaining connection slots")
_NO_ROOM = re.compile(r"could not (extend|write to) file")
"""A quota or a limit on files is told under no code of its own; only a disk that is full has one."""
_ROW_CLASSES = ("22", "23", "44", "P0")
"""Classes of errors that a row causes: data, constraints, views' checks, what triggers raise."""
_VALUE_CLASS = "22"
"""Of errors whose words quote the value."""
_PASSING_CLASSES = ("08", "40", "53", "57", "58")
"""Classes that may be over soon: connections, deadlocks, resources (a full disk), a server that stops, its system."""


class Postgresql(Database):
    """A connection to PostgreSQL and one table there."""

    mark = "%s"

    def __init__(self, parameters: Mapping[str, str], to: Destination, creating: Creating) -> None:
        super().__init__(to)
        self._adds = True
        """Whether new rows are simply added: until the first time that the key of one was there already."""
        self._driver = from_extra("psycopg", "sql")
        self._connection = self._connected(parameters)
        try:
            self.prepare(creating)
        except BaseException:
            self.close()
            raise

    def put(self, batch: pa.RecordBatch) -> None:
        """COPY into the table, or into a staging table whose rows then replace those that are there."""
        shape = self.to.shape
        self.run("SET CONSTRAINTS ALL IMMEDIATE")
        if not shape.key:
            self._copy(rows_of(batch, shape), qualified(self.to.table))
            return
        if self._adds and are_new(batch) and self._added(rows_of(batch, shape)):
            return
        latest = latest_of(batch, shape)
        if latest.kept.num_rows:
            self._stage(_STAGED, latest.kept)
            self.run(replace_rows(self.to.table, shape, _STAGED))
        if latest.gone.num_rows:
            self._stage(_GONE, latest.gone)
            self.run(delete_rows(self.to.table, shape, _GONE))

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> Sequence[tuple[Any, ...]]:
        """Run one statement."""
        cursor = self._connection.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []

    def columns(self) -> list[str]:
        """From the catalogue."""
        asked = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
        return [row[0] for row in self.run(asked, (qualified(self.to.table),))]

    def keys(self) -> list[list[str]]:
        """Of its unique indexes over plain columns and all rows."""
        asked = (
            "SELECT array_agg(attname::text) FROM pg_index JOIN pg_attribute ON attrelid = indrelid "
            "AND attnum = ANY(indkey) WHERE indrelid = to_regclass(%s) AND indisunique AND indpred IS NULL "
            "AND indexprs IS NULL GROUP BY indexrelid"
        )
        return [row[0] for row in self.run(asked, (qualified(self.to.table),))]

    def type_of(self, kind: Type) -> str:
        """Nested values are `jsonb`; what has no type of its own is `text`."""
        if kind.is_nested:
            return "jsonb"
        if kind.name == "decimal":
            return f"numeric({kind.parameters[0]}, {kind.parameters[1]})"
        if kind.name == "timestamp":
            return "timestamptz" if kind.zone else "timestamp"
        return _TYPES.get(kind.name, "text")

    def transaction(self) -> AbstractContextManager[Any]:
        """A transaction; a savepoint within one."""
        return self._connection.transaction()

    @contextmanager
    def told(self) -> Iterator[None]:
        """By the class of the error's code."""
        try:
            yield
        except self._driver.Error as error:
            state, said = error.sqlstate or "", _first_line(error)
            if state == "53100" or _NO_ROOM.search(said):
                raise ConnectionLost(said, "Free some space on the server's disk.") from None
            if self._connection.closed or state.startswith(_PASSING_CLASSES):
                raise ConnectionLost(said) from None
            if state.startswith(_ROW_CLASSES):
                raise RowRefused(_reason(error), None if self.to.shape.key else _row(error)) from None
            raise OutsideError(f"{self.to.shown}: PostgreSQL says: {said}. {mend_of(said)}") from None

    def close(self) -> None:
        """Close the connection."""
        with suppress(Exception):
            self._connection.close()

    def _connected(self, parameters: Mapping[str, str]) -> psycopg.Connection[Any]:
        try:
            connection = self._driver.connect(autocommit=True, **{**_SESSION, **parameters})
            return cast("psycopg.Connection[Any]", connection)
        except self._driver.Error as error:
            said = _first_line(error)
            if "FATAL" in str(error) and not _NOT_NOW.search(str(error)):
                raise OutsideError(f"{self.to.shown}: PostgreSQL says: {said}. {mend_of(said)}") from None
            raise ConnectionLost(said) from None

    def _added(self, rows: pa.RecordBatch) -> bool:
        """Add rows without a look at their keys; False, and nothing is done, if one is there already or comes twice."""
        try:
            with self.transaction():
                self._copy(rows, qualified(self.to.table))
        except self._driver.errors.UniqueViolation:
            self._adds = False
        return self._adds

    def _copy(self, rows: pa.RecordBatch, into: str) -> None:
        statement = f"COPY {into} ({listed(rows.schema.names)}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for text in copy_text(rows):
                copy.write(memoryview(text))

    def _stage(self, name: str, rows: pa.RecordBatch) -> None:
        """Rows in a table of this connection's own, with the types of the real one and nothing that it demands."""
        names = listed(rows.schema.names)
        self.run(f"DROP TABLE IF EXISTS pg_temp.{name}")
        self.run(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {names} FROM {qualified(self.to.table)} LIMIT 0")
        self._copy(rows, f"pg_temp.{name}")


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.split("\n")[0].rpartition("FATAL:")[2].strip().rstrip(".")


def _reason(error: psycopg.Error) -> str:
    """Why a row was refused: the rule's name and the column's, and none of its values."""
    said = error.diag.message_primary or ""
    if (error.sqlstate or "").startswith(_VALUE_CLASS):
        said = _VALUE.sub("", said)
    column = error.diag.column_name or next(iter(_COLUMN.findall(error.diag.context or "")), None)
    return f"{said} (column {column})" if column and f'"{column}"' not in said else said


def _row(error: psycopg.Error) -> int | None:
    """Which of the rows that COPY read was refused, from 0."""
    found = _LINE.search(error.diag.context or "")
    return int(found[1]) - 1 if found else None
