"""Where a PostgreSQL server is: what an address says of it; libpq's own variables and files say the rest.

A password is never ours: libpq takes it from `PGPASSWORD` or `~/.pgpass` when it connects.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, model_validator

from sandbox.strict import Strict


class PostgresqlServer(Strict):
    """A server and a database on it; what is not said comes from `PGHOST`, `PGPORT`, `PGDATABASE` and `PGUSER`."""

    host: str | None = Field(default=None, min_length=1)
    """The server's name, or the folder of its socket."""
    port: int | None = Field(default=None, ge=1, le=65_535)
    """Its port; 5432 where nothing else is said."""
    database: str | None = Field(default=None, min_length=1)
    """The database on it."""
    user: str | None = Field(default=None, min_length=1)
    """Who connects. The password comes from `PGPASSWORD` or `~/.pgpass`."""

    @model_validator(mode="after")
    def _without_password(self) -> Self:
        # libpq takes a database that holds `=` or begins like an address for a whole connection string.
        if self.database and ("=" in self.database or "://" in self.database):
            raise ValueError("`database` is a name alone; a password is set in PGPASSWORD or ~/.pgpass.")
        return self

    @property
    def shown(self) -> str:
        """The server and database as messages name them."""
        host, port, database = (
            value or os.environ.get(name) or otherwise
            for value, name, otherwise in (
                (self.host, "PGHOST", "localhost"),
                (self.port, "PGPORT", "5432"),
                (self.database, "PGDATABASE", self.user or os.environ.get("PGUSER") or ""),
            )
        )
        return f"postgresql://{host}:{port}/{database}"

    def parameters(self) -> dict[str, str]:
        """What libpq is told, by its own names; the rest it finds in the environment."""
        said = {"host": self.host, "port": self.port, "dbname": self.database, "user": self.user}
        return {name: str(value) for name, value in said.items() if value is not None}


def server_addressed(location: str) -> Mapping[str, Any]:
    """The fields of `//USER@HOST:PORT/DATABASE`, each of which may be missing. Raises ValueError with a mend."""
    if location and not location.startswith("//"):
        raise ValueError("write it as postgresql://USER@HOST:PORT/DATABASE; each part may be left to PGHOST and so on.")
    parts = urlsplit(f"postgresql:{location}")
    if parts.password is not None:
        raise ValueError("an address holds no password; set PGPASSWORD, or write ~/.pgpass.")
    database = unquote(parts.path.strip("/"))
    said = {"host": parts.hostname, "port": parts.port, "database": database, "user": unquote(parts.username or "")}
    return {name: value for name, value in said.items() if value}


def mend_of(said: str) -> str:
    """What to do about an error of PostgreSQL, by its words."""
    if "password" in said or "authentication" in said:
        return "Set PGUSER and PGPASSWORD, or write ~/.pgpass."
    if "does not exist" in said:
        return "Create it, or name another one in the address."
    if "permission denied" in said:
        return "Ask for that right, or name a schema that you may use: table=SCHEMA.NAME."
    if "refused" in said or "not known" in said or "resolve" in said:
        return "Is it running, and is this its address?"
    return "Its log tells more."
