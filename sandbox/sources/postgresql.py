"""PostgreSQL as a source: a table, shared out by its blocks, or a query; and the same, followed by a rising column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from sandbox.clients.postgresql import PostgresqlServer, server_addressed
from sandbox.errors import InputError
from sandbox.scenario.parts import Following, RawSource, SourcePart
from sandbox.sources.databases import ordered


class PostgresqlRows(SourcePart, PostgresqlServer):
    """A table or a query of a PostgreSQL server; the password comes from `PGPASSWORD` or `~/.pgpass`."""

    exactly_one: ClassVar = ("table", "query")
    needs: ClassVar[str | None] = "sql"
    table: str | None = Field(default=None, min_length=1)
    """The table that is read, `name` or `schema.name`; or write a `query`."""
    query: str | None = Field(default=None, min_length=1)
    """A SELECT; give it an ORDER BY where its order is not sure."""
    rising: str | None = Field(default=None, min_length=1)
    """The column by which rows are followed: whoever writes a row, or changes it, gives it a value above all that
    were there, as `updated_at` or a serial number. What is deleted, or shows late with a lower value, is not seen."""

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, Any]:
        """`//USER@HOST:PORT/DATABASE`."""
        return server_addressed(location)

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The server."""
        return {"host": [self.shown]}

    def keeps_order(self) -> bool:
        """Only where a query says so: a table has none."""
        return ordered(self.query)

    def open(self, folder: str) -> RawSource:
        """Connect, and look at the columns."""
        from sandbox.sources.postgresql_reading import PostgresqlTable, Reader

        return PostgresqlTable(Reader(self), self.table)

    def follow(self, folder: str, position: Mapping[str, str] | None) -> Following:
        """Go on behind the highest value of the rising column; from all rows where there is no position."""
        from sandbox.sources.postgresql_following import RisingRows
        from sandbox.sources.postgresql_reading import Reader

        if self.rising is None:
            raise InputError(f"{self.shown}: say `rising`, the column whose value each new row raises, to follow it.")
        return RisingRows(Reader(self), self.rising, position or {})
