"""Rows of PostgreSQL as Arrow, by ADBC: binary COPY into batches of a few megabytes, however large the table is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.clients.postgresql import mend_of
from sandbox.errors import InputError, OutsideError
from sandbox.registry import from_extra
from sandbox.scenario.locked import quoted
from sandbox.scenario.parts import Share

if TYPE_CHECKING:
    from sandbox.sources.postgresql import PostgresqlRows

BLOCKS = 8192
"""Blocks of a share, of 8 kB each where nobody compiled it otherwise."""
_BATCH_BYTES = str(1 << 22)
_NUMBERS = ("int2", "int4", "int8", "float4", "float8", "bool")
_TEXTS, _TIMES = ("text", "varchar", "bpchar", "name", "bytea"), ("date", "time", "timestamp", "timestamptz")
_PLAIN = frozenset((*_NUMBERS, *_TEXTS, *_TIMES))
"""Types that come as Arrow has them; all others come as the text that PostgreSQL writes."""


class Reader:
    """Connects, for reading only, and runs queries; each reading has a connection of its own.

    Raises:
        InputError: ADBC's driver is not installed, or the table or query is wrong.
        OutsideError: the server does not let us in, or breaks off.
    """

    def __init__(self, part: PostgresqlRows) -> None:
        self.shown = part.shown
        self.where = part.shown if part.table is None else f"{part.shown}: {part.table}"
        self._driver = from_extra("adbc_driver_postgresql.dbapi", "sql")
        said = {**part.parameters(), "options": "-c default_transaction_read_only=on -c TimeZone=UTC -c DateStyle=ISO"}
        self._conninfo = " ".join(f"{name}={_escaped(text)}" for name, text in said.items())
        self.relation = f"({part.query.strip().rstrip(';')}) AS asked" if part.query else qualified(str(part.table))

    def selected(self, column: str = "*") -> str:
        """A SELECT list whose values Arrow can hold, one column or all."""
        fields = self.asked(f"SELECT {column} FROM {self.relation} LIMIT 0").schema
        return ", ".join(
            quoted(field.name) if _is_plain(field) else f"{quoted(field.name)}::text AS {quoted(field.name)}"
            for field in fields
        )

    def asked(self, statement: str) -> pa.Table:
        """The answer to a query, whole."""
        with self._told(), closing(self._connected()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetch_arrow_table()

    def batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        """The answer to a query, batch by batch."""
        with self._told(), closing(self._connected()) as connection, closing(connection.cursor()) as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": _BATCH_BYTES})
            cursor.execute(statement)
            with cursor.fetch_record_batch() as reader:
                yield from reader

    def _connected(self) -> Any:
        return self._driver.connect(self._conninfo, autocommit=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (self._driver.Error, pa.ArrowException) as error:
            said = _said(error)
            if (getattr(error, "sqlstate", None) or "").startswith("42"):
                raise InputError(f"{self.where}: PostgreSQL says: {said}.") from None
            raise OutsideError(f"{self.shown}: PostgreSQL says: {said}. {mend_of(said)}") from None


class PostgresqlTable:
    """The rows of a table or a query. A table's shares are stretches of its blocks, in the order in which rows lie.

    A table that is written to meanwhile may show a changed row twice or not at all: shares are read one by one.
    """

    def __init__(self, reader: Reader, table: str | None) -> None:
        self._reader = reader
        self._selected = reader.selected()
        self._schema = reader.asked(f"SELECT {self._selected} FROM {reader.relation} LIMIT 0").schema
        self._blocks, self._rows, self._state = self._measured(table)

    def schema(self) -> pa.Schema:
        """The columns as they come."""
        return self._schema

    def shares(self) -> Sequence[Share]:
        """Stretches of 64 MB; a view, a partitioned table or a query has one."""
        if self._blocks is None:
            return [Share(0, "rows", rows=self._rows)]
        starts = range(0, max(self._blocks, 1), BLOCKS)
        rows = self._rows // len(starts) if self._rows >= 0 else -1
        return [
            Share(number, f"blocks {start}", start, start + BLOCKS, rows, self._state)
            for number, start in enumerate(starts)
        ]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The rows of a share."""
        where = ""
        if share.stop >= 0:
            # Rows that came since the table was measured lie behind its last share, and belong to nobody yet.
            where = f" WHERE ctid >= '({share.start},0)'::tid AND ctid < '({share.stop},0)'::tid"
        for batch in self._reader.batches(f"SELECT {self._selected} FROM {self._reader.relation}{where}"):
            if batch.num_rows:
                yield batch

    def close(self) -> None:
        """Nothing is held open."""

    def _measured(self, table: str | None) -> tuple[int | None, int, str]:
        """Blocks of a plain table, about how many rows it has, and what changes when it was written to."""
        if table is None:
            return None, -1, ""
        name = qualified(table).replace("'", "''")
        found = self._reader.asked(
            "SELECT relkind::text AS kind, reltuples::bigint AS rows, relfilenode::bigint AS file, "
            "pg_relation_size(oid) AS size, current_setting('block_size')::bigint AS block "
            f"FROM pg_class WHERE oid = '{name}'::regclass"
        ).to_pylist()[0]
        if found["kind"] not in ("r", "m"):
            return None, -1, ""
        return found["size"] // found["block"], found["rows"], f"{found['file']} {found['size']}"


def qualified(table: str) -> str:
    """`schema.table`, each part in quotes."""
    return ".".join(map(quoted, table.split(".")))


def _is_plain(field: pa.Field) -> bool:
    name = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    return name.removeprefix("_") in _PLAIN


def _escaped(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _said(error: Exception) -> str:
    text = str(error)
    for mark in ("FATAL:", "ERROR:", "failed:"):
        if mark in text:
            text = text.partition(mark)[2]
            break
    return text.strip().split("\n")[0].rstrip(". ")[:300]
