"""A DuckDB that is filled and then locked: nothing outside of it can be reached any more, whatever the SQL tries."""

from __future__ import annotations

import json
import re
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.contract.masking import MASK
from sandbox.errors import InputError, OutsideError, SandboxError, did_you_mean
from sandbox.mart.sql_text import Sql

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Limits:
    """What the mart may take: memory before it spills to the folder `spill` (None: the system's), seconds a query."""

    memory_mb: int = 800
    seconds: float = 300.0
    threads: int = 2
    spill: Path | None = None


@contextmanager
def opened(limits: Limits, zone: str = "UTC") -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory that spills into a folder of its own, which goes when it is closed."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="sandbox-mart-", dir=limits.spill) as spill:
        connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "memory_limit": f"{limits.memory_mb}MB",
                "python_enable_replacements": False,  # a table that is not there must not be a variable of ours
                "temp_directory": spill,
                "threads": limits.threads,
            }
        )
        try:
            connection.execute("SET enable_progress_bar = false; SET errors_as_json = true")
            connection.execute(f"SET TimeZone = {literal(zone)}")
            yield connection
        finally:
            connection.close()


def load(connection: duckdb.DuckDBPyConnection, statement: str, dataset: str) -> None:
    """Run a statement of ours that fills a table. Raises OutsideError: a landed file or the disk does not serve."""
    import duckdb

    try:
        connection.execute(statement)
    except duckdb.Error as error:
        message = _fault(str(error)).get("exception_message", "")
        shown = _one_line(message) if isinstance(error, duckdb.IOException) else _masked(message)
        raise OutsideError(f"the mart cannot read what has landed of {dataset}: {shown}") from None


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Take away files, network, extensions and settings for good; what is in the database is all there is from now on.

    From here on one thread works, over rows in their landed order: sums of floats, `first` and `list` depend on the
    order of rows, and with one thread that order is the same in every run.
    """
    connection.execute("SET threads = 1; SET enable_external_access = false; SET lock_configuration = true")


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
    import duckdb

    prefix = "DESCRIBE "
    try:
        rows = connection.execute(prefix + sql.text, dict(parameters) or None).fetchall()
    except duckdb.Error as error:
        raise told(error, sql, limits, len(prefix), columns) from None
    return [(str(row[0]), str(row[1])) for row in rows]


def select(
    connection: duckdb.DuckDBPyConnection, sql: Sql, parameters: Mapping[str, Any], limits: Limits
) -> pa.Table:
    """The rows of one SELECT.

    Raises:
        InputError: the SQL fails on a value, takes too long or too much memory; one line with its place.
        OutsideError: the disk that it spills to fails.
    """
    import duckdb

    watch = threading.Timer(limits.seconds, connection.interrupt)
    watch.daemon = True
    watch.start()
    try:
        # `sql` rather than `execute`, whose Arrow is copied once more.
        table: pa.Table = connection.sql(sql.text, params=dict(parameters) or None).to_arrow_table()
    except duckdb.Error as error:
        raise told(error, sql, limits) from None
    finally:
        watch.cancel()
    return table


_FAULTS_OF_TEXT = ("Parser", "Binder", "Catalog", "Syntax")
_CANDIDATES = re.compile(r"\n\s*(?:Candidate bindings: ?:?|Did you mean|Candidate functions:)(?P<names>.*)", re.DOTALL)
_MISSING_COLUMN = re.compile(r'(?:Referenced column|does not have a column named) "(?P<name>[^"]+)"')


def told(
    error: duckdb.Error, sql: Sql, limits: Limits, prefix_bytes: int = 0, columns: Collection[str] = ()
) -> SandboxError:
    """What DuckDB says, in one line with its place; values of rows are masked, since any may be personal data."""
    import duckdb

    if isinstance(error, duckdb.InterruptException):
        return InputError(sql.problem(f"took longer than {limits.seconds:g} s; aggregate before joining."))
    if isinstance(error, duckdb.OutOfMemoryException):
        return InputError(sql.problem(f"needs more than {limits.memory_mb} MB; aggregate before joining."))
    fault = _fault(str(error))
    kind, message = fault.get("exception_type", ""), fault.get("exception_message", "")
    if isinstance(error, duckdb.IOException):
        return OutsideError(f"the mart cannot use its disk: {_one_line(message)}")
    message = _with_guess(fault, columns) if kind in _FAULTS_OF_TEXT else _masked(message)
    at = fault.get("position")
    offset = None if at is None else _characters(sql.text, int(at) - prefix_bytes)
    return InputError(sql.problem(f"{message[:1].lower()}{message[1:]}", offset))


def _fault(text: str) -> dict[str, str]:
    start = text.find("{")
    try:
        found: dict[str, str] = json.loads(text[start:])
    except ValueError:
        return {"exception_type": text.partition(" Error")[0], "exception_message": text.partition(": ")[2]}
    return found


def _with_guess(fault: Mapping[str, str], columns: Collection[str]) -> str:
    whole = fault["exception_message"]
    message = _one_line(_CANDIDATES.sub("", whole)).rstrip(".!")
    offered, missing = _CANDIDATES.search(whole), _MISSING_COLUMN.search(whole)
    names = re.findall(r'"([^"]+)"', offered["names"]) if offered else []
    if missing:
        return f"{message}.{did_you_mean(missing['name'], {*names, *columns})}"
    others = [name for name in names if name != fault.get("name")]
    return f"{message}.{did_you_mean(fault['name'], others).split(' Known:')[0] if others and 'name' in fault else ''}"


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _masked(message: str) -> str:
    """Whatever a message quotes, shows below its first line, or has as a number may be a value of somebody's row."""
    quoted = re.sub(r"'[^']*'|\"+[^\"]*\"+", MASK, message.partition("\n")[0])
    return re.sub(r"(?<![A-Za-z_\d])-?\d[\d.,]*", MASK, quoted)


def _characters(text: str, position: int) -> int:
    """DuckDB counts bytes, places count characters."""
    return len(text.encode()[: max(position, 0)].decode(errors="ignore"))


def literal(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A name in SQL, whatever letters it has."""
    return '"' + identifier.replace('"', '""') + '"'
