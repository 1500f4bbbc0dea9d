"""Databases as live sinks: a table of PostgreSQL, of a SQLite file or of a DuckDB file, made from the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from sandbox.clients.postgresql import PostgresqlServer, server_addressed
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Errand, Outlet, OutletPart
from sandbox.sinks.sql.database import Creating
from sandbox.sinks.sql.shape import Writing

if TYPE_CHECKING:
    from sandbox.sinks.sql.database import Database, Destination


class _Table(OutletPart):
    """A table; rows and the count of those that it holds change in one transaction."""

    guarantee: ClassVar[Literal["exactly-once", "at-least-once"]] = "exactly-once"
    table: str | None = Field(default=None, min_length=1)
    """The table, `name` or `schema.name`; the dataset's name where nothing is said."""
    create: Creating = "if_missing"
    """Whether the table is made from the contract; `replace` drops the one that is there."""
    write: Writing = "auto"
    """`append`: each row is a row. `upsert`: rows of one key replace each other, and deletes delete; a stream of
    changes becomes the table that it is of. `auto`: `upsert` where the contract has a key."""
    envelope: bool = False
    """Whether a column `_sandbox` tells of each row which event it is and when it arrived."""

    def _connect(self, errand: Errand, shown: str, opened: Callable[[Destination, Creating], Database]) -> Outlet:
        from sandbox.sinks.sql.database import Destination
        from sandbox.sinks.sql.outlet import TableOutlet
        from sandbox.sinks.sql.shape import shape_of

        table = tuple((self.table or errand.contract.dataset).split("."))
        to = Destination(table, shape_of(errand.contract, self.write, self.envelope), errand.name, shown)
        return TableOutlet(lambda again: opened(to, "never" if again else self.create), shown, errand.patience_s)


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

        return self._connect(errand, self.shown, partial(Postgresql, self.parameters()))


class _FileTable(_Table):
    """A table of a database in one file."""

    path: str = Field(min_length=1, max_length=4096)
    """The database's file, made where there is none; relative to the scenario's folder."""

    @classmethod
    def shorthand(cls) -> str:
        """`sqlite:shop.db` is the file."""
        return "path"

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The file."""
        return {"file": [self.path]}

    def found(self, errand: Errand) -> Path:
        """The file, which need not be there. Raises OutsideError: its folder cannot be made."""
        path = Path(errand.folder) / Path(self.path).expanduser()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutsideError(f"{self.path}: its folder cannot be made ({error.strerror}).") from error
        return path


class SqliteTable(_FileTable):
    """A table of a SQLite file."""

    def connect(self, errand: Errand) -> Outlet:
        """Open the file, and make the table where it may be made."""
        from sandbox.sinks.sql.sqlite import SqliteFile

        return self._connect(errand, f"sqlite:{self.path}", partial(SqliteFile, self.found(errand)))


class DuckdbTable(_FileTable):
    """A table of a DuckDB file."""

    def connect(self, errand: Errand) -> Outlet:
        """Open the file, and make the table where it may be made."""
        from sandbox.sinks.sql.duckdb import DuckdbFile

        return self._connect(errand, f"duckdb:{self.path}", partial(DuckdbFile, self.found(errand)))
