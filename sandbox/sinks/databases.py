"""Databases as live sinks: a table of PostgreSQL, of a SQLite file or of a DuckDB file, made from the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from sandbox.scenario.outlets import Errand, Outlet, OutletPart
from sandbox.scenario.postgresql import PostgresqlServer, server_addressed

if TYPE_CHECKING:
    from sandbox.sinks.sql.database import Database, Destination


Creating = Literal["if_missing", "never", "replace"]


class _Table(OutletPart):
    """A table; rows and the count of those that it holds change in one transaction."""

    guarantee: ClassVar[Literal["exactly-once", "at-least-once"]] = "exactly-once"
    table: str | None = Field(default=None, min_length=1)
    """The table, `name` or `schema.name`; the dataset's name where nothing is said."""
    create: Creating = "if_missing"
    """Whether the table is made from the contract; `replace` drops the one that is there."""
    write: Literal["auto", "append", "upsert"] = "auto"
    """`append`: each row is a row. `upsert`: rows of one key replace each other, and deletes delete; a stream of
    changes becomes the table that it is of. `auto`: `upsert` where the contract has a key."""
    envelope: bool = False
    """Whether a column `_sandbox` tells of each row which event it is and when it arrived."""

    def _connect(self, errand: Errand, shown: str, open_it: Callable[[Destination, Creating], Database]) -> Outlet:
        from sandbox.sinks.sql.database import Destination
        from sandbox.sinks.sql.outlet import TableOutlet
        from sandbox.sinks.sql.shape import shape_of

        table = tuple((self.table or errand.contract.dataset).split("."))
        to = Destination(table, shape_of(errand.contract, self.write, self.envelope), errand.name)
        return TableOutlet(lambda again: open_it(to, "never" if again else self.create), shown, errand.patience_s)


class PostgresqlTable(_Table, PostgresqlServer):
    """A table of a PostgreSQL server, by COPY."""

    needs: ClassVar[str | None] = "sql"

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, Any]:
        """`//USER@HOST:PORT/DATABASE`."""
        return server_addressed(location)

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The server."""
        return {"host": [self.shown]}

    def connect(self, errand: Errand) -> Outlet:
        """Connect, and make the table where it may be made."""
        from sandbox.sinks.sql.postgresql import Postgresql

        return self._connect(
            errand, self.shown, lambda to, creating: Postgresql(self.parameters(), self.shown, to, creating)
        )
