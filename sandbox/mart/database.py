"""A DuckDB that is filled and then locked: nothing outside of it can be reached any more, whatever the SQL tries."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.errors import InputError, OutsideError
from sandbox.mart.faults import fault, masked, message_of, one_line
from sandbox.mart.sql_text import Sql
from sandbox.scenario.time_limits import broken_off_after

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Limits:
    """What the mart may take: memory before it spills to the folder `spill` (None: the system's), seconds a query."""

    memory_mb: int = 800
    seconds: float = 300.0
    spill: Path | None = None


@contextmanager
def opened(limits: Limits, zone: str = "UTC") -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory that spills into a folder of its own, which goes when it is closed.

    It works with one thread: sums of floats, `first` and `list` depend on the order of rows, and with one thread, over
    tables that are laid out alike, that order is the same in every run.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="sandbox-mart-", dir=limits.spill) as spill:
        connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": f"{limits.memory_mb}MB",
                "python_enable_replacements": False,  # a table that is not there must not be a variable of ours
                "temp_directory": spill,
                "threads": 1,
            }
        )
        try:
            connection.execute("SET enable_progress_bar = false; SET errors_as_json = true")
            connection.execute(f"SET TimeZone = {literal(zone)}")
            yield connection
        finally:
            connection.close()


def fill(connection: duckdb.DuckDBPyConnection, dataset: str, rows: str) -> None:
    """Fill a dataset's table with the rows of a SELECT of ours.

    Raises:
        OutsideError: a landed file or the disk does not serve.
    """
    import duckdb

    try:
        connection.execute(f"INSERT INTO {name(dataset)} {rows}")
        # While rows are inserted DuckDB samples them, and how it samples depends on the files that they come from.
        # From its estimates follow plans, from plans the order in which floats are added up: here it counts anew.
        connection.execute(f"ANALYZE {name(dataset)}")
    except duckdb.Error as error:
        message = message_of(error)
        shown = one_line(message) if isinstance(error, duckdb.IOException) else masked(message)
        raise OutsideError(f"the mart cannot read what has landed of {dataset}: {shown}") from None


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Take away files, network, extensions and settings for good: what is in the database is all there is."""
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")


def describe(
    connection: duckdb.DuckDBPyConnection,
    sql: Sql,
    parameters: Mapping[str, Any],
    limits: Limits,
    columns: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Names and DuckDB types of what a SELECT gives, without running it; `columns` are offered for unknown ones.

    Raises:
        InputError: the SQL does not bind; one line with its place.
    """
    prefix = "DESCRIBE "
    with _within(connection, limits, sql, len(prefix), columns):
        rows = connection.execute(prefix + sql.text, dict(parameters) or None).fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]


def select(connection: duckdb.DuckDBPyConnection, sql: Sql, parameters: Mapping[str, Any], limits: Limits) -> pa.Table:
    """The rows of one SELECT.

    Raises:
        InputError: the SQL fails on a value, takes too long or too much memory; one line with its place.
        OutsideError: the disk that it spills to fails.
    """
    with _within(connection, limits, sql):
        # `sql` rather than `execute`, whose Arrow is copied once more.
        table: pa.Table = connection.sql(sql.text, params=dict(parameters) or None).to_arrow_table()
    return table


@contextmanager
def _within(
    connection: duckdb.DuckDBPyConnection,
    limits: Limits,
    sql: Sql,
    prefix_bytes: int = 0,
    columns: Collection[str] = (),
) -> Iterator[None]:
    """Interrupt what takes longer than the limit, and tell what goes wrong in our words."""
    import duckdb

    try:
        with broken_off_after(connection, limits.seconds):
            yield
    except duckdb.InterruptException:
        told = f"took longer than {limits.seconds:g} s; aggregate before joining."
        raise InputError(sql.problem(told)) from None
    except duckdb.OutOfMemoryException:
        raise InputError(sql.problem(f"needs more than {limits.memory_mb} MB; aggregate before joining.")) from None
    except duckdb.IOException as error:
        raise OutsideError(f"the mart cannot use its disk: {one_line(message_of(error))}") from None
    except duckdb.Error as error:
        raise fault(error, sql, prefix_bytes, columns) from None


def literal(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A name in SQL, whatever letters it has."""
    return '"' + identifier.replace('"', '""') + '"'
