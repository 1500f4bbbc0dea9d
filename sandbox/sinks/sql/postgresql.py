"""PostgreSQL as a database of tables: COPY for what is new, a staging table and ON CONFLICT for what replaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from sandbox.contract.types import Type
from sandbox.errors import OutsideError
from sandbox.registry import from_extra
from sandbox.sinks.sql.copy_text import copy_text
from sandbox.sinks.sql.database import ConnectionLost, Destination, RowRefused
from sandbox.sinks.sql.latest import latest_of
from sandbox.sinks.sql.shape import rows_of
from sandbox.sinks.sql.statements import (
    BOOKS,
    Creating,
    create_books,
    create_table,
    delete_rows,
    listed,
    missing_table,
    qualified,
    replace_rows,
    require_columns,
    require_key,
)

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
_ROW_CLASSES = ("22", "23", "44", "P0")
"""Classes of errors that a row causes: data, constraints, views' checks, what triggers raise."""
_VALUE_CLASS = "22"
"""Of errors whose words quote the value."""
_PASSING_CLASSES = ("08", "40", "53", "57", "58")
"""Classes that may be over soon: connections, deadlocks, resources (a full disk), a server that stops, its system."""


def type_in_postgresql(kind: Type) -> str:
    """The type of a column in PostgreSQL; nested values are `jsonb`."""
    if kind.name in _TYPES:
        return _TYPES[kind.name]
    if kind.is_nested:
        return "jsonb"
    if kind.name == "decimal":
        return f"numeric({kind.parameters[0]}, {kind.parameters[1]})"
    if kind.name == "timestamp":
        return "timestamptz" if kind.zone else "timestamp"
    return "text"


class Postgresql:
    """A connection to PostgreSQL and one table there."""

    def __init__(self, parameters: Mapping[str, str], shown: str, to: Destination, creating: Creating) -> None:
        self._shown = shown
        self._to = to
        self._adds = True
        """Whether new rows are simply added: until the first time that one was there already."""
        self._driver = from_extra("psycopg", "sql")
        self._connection = self._connected(parameters)
        try:
            with self._told(), self._connection.transaction():
                self._prepare(creating)
        except BaseException:
            self.close()
            raise

    def held(self) -> int:
        """What the books say."""
        with self._told(), self._connection.transaction():
            asked = f"SELECT held FROM {self._books} WHERE replay = %s AND into_table = %s"
            found = self._connection.execute(asked, self._entry).fetchone()
        return int(found[0]) if found else 0

    def write(self, batch: pa.RecordBatch, before: int, after: int) -> None:
        """COPY into the table, or into a staging table whose rows then replace those that are there."""
        shape = self._to.shape
        with self._told(), self._connection.transaction():
            self._book(before, after)
            if not shape.key:
                self._copy(rows_of(batch, shape), qualified(self._to.table))
                return
            latest = latest_of(batch, shape)
            if self._adds and latest.only_new:
                try:
                    with self._connection.transaction():
                        self._copy(latest.kept, qualified(self._to.table))
                    return
                except self._driver.errors.UniqueViolation:
                    self._adds = False
            if latest.kept.num_rows:
                self._stage(_STAGED, latest.kept)
                self._connection.execute(replace_rows(self._to.table, shape, _STAGED))
            if latest.gone.num_rows:
                self._stage(_GONE, latest.gone)
                self._connection.execute(delete_rows(self._to.table, shape, _GONE))

    def close(self) -> None:
        """Close the connection."""
        with suppress(Exception):
            self._connection.close()

    @property
    def _books(self) -> str:
        return qualified([*self._to.table[:-1], BOOKS])

    @property
    def _entry(self) -> tuple[str, str]:
        return self._to.replay, self._to.table[-1]

    def _connected(self, parameters: Mapping[str, str]) -> psycopg.Connection[Any]:
        asked = {**_SESSION, **parameters}
        try:
            return cast("psycopg.Connection[Any]", self._driver.connect(autocommit=True, **asked))
        except self._driver.Error as error:
            said = _first_line(error)
            if "FATAL" in str(error) and not _NOT_NOW.search(str(error)):
                raise OutsideError(f"{self._shown}: PostgreSQL says: {said}. {_mend(said)}") from None
            raise ConnectionLost(said) from None

    def _prepare(self, creating: Creating) -> None:
        """Make the table and the books, or see that the table that is there will do."""
        to, run = self._to, self._connection.execute
        if creating == "replace":
            run(f"DROP TABLE IF EXISTS {qualified(to.table)}")
        run(create_books(to.table[:-1]))
        name = qualified(to.table)
        if run("SELECT to_regclass(%s)", (name,)).fetchone() == (None,):
            if creating == "never":
                raise missing_table(self._shown, to.table)
            run(create_table(to.table, to.shape, type_in_postgresql))
            run(f"DELETE FROM {self._books} WHERE into_table = %s", (to.table[-1],))
        else:
            columns = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            require_columns(self._shown, to.table, to.shape, [row[0] for row in run(columns, (name,))])
            keys = (
                "SELECT array_agg(attname::text) FROM pg_index JOIN pg_attribute ON attrelid = indrelid "
                "AND attnum = ANY(indkey) WHERE indrelid = %s::regclass AND indisunique AND indpred IS NULL "
                "GROUP BY indexrelid"
            )
            require_key(self._shown, to.table, to.shape, [row[0] for row in run(keys, (name,))])
        run(f"INSERT INTO {self._books} VALUES (%s, %s, 0) ON CONFLICT DO NOTHING", self._entry)

    def _book(self, before: int, after: int) -> None:
        changed = f"UPDATE {self._books} SET held = %s WHERE replay = %s AND into_table = %s AND held = %s"
        if self._connection.execute(changed, (after, *self._entry, before)).rowcount != 1:
            raise OutsideError(
                f"{self._shown}: somebody else sends the same replay into {'.'.join(self._to.table)}; "
                "let one of them end."
            )
        self._connection.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def _copy(self, rows: pa.RecordBatch, into: str) -> None:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {into} ({listed(rows.schema.names)}) FROM STDIN") as copy,
        ):
            for text in copy_text(rows):
                copy.write(memoryview(text))

    def _stage(self, name: str, rows: pa.RecordBatch) -> None:
        """Rows in a table of this connection's own, with the types of the real one and nothing that it demands."""
        run = self._connection.execute
        names = listed(rows.schema.names)
        run(f"DROP TABLE IF EXISTS pg_temp.{name}")
        run(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {names} FROM {qualified(self._to.table)} LIMIT 0")
        self._copy(rows, f"pg_temp.{name}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of PostgreSQL in the house's words, without any row's values."""
        try:
            yield
        except self._driver.Error as error:
            state = error.sqlstate or ""
            if self._connection.closed or state.startswith(_PASSING_CLASSES):
                raise ConnectionLost(_first_line(error)) from None
            if state.startswith(_ROW_CLASSES):
                raise RowRefused(_reason(error), None if self._to.shape.key else _row(error)) from None
            raise OutsideError(f"{self._shown}: PostgreSQL says: {_first_line(error)}. {_mend(str(error))}") from None


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


def _mend(said: str) -> str:
    if "password" in said or "authentication" in said:
        return "Set PGUSER and PGPASSWORD, or write ~/.pgpass."
    if "does not exist" in said:
        return "Create it, or name another one in the address."
    if "permission denied" in said:
        return (
            "Ask for the right to create and write tables there, or name a schema where you have it: table=SCHEMA.NAME."
        )
    return "Nothing of this batch was kept."
