"""A DuckDB that reads and writes nothing outside, and runs the expressions of a scenario over batches."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.errors import InputError, Problem
from sandbox.scenario.time_limits import broken_off_after

if TYPE_CHECKING:
    import duckdb

BLOCK = "_sandbox_block"
"""The name under which a batch stands while expressions run over it."""

_SETTINGS = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL python_enable_replacements = false",
    "SET GLOBAL error_on_division_by_zero = false",
    "SET GLOBAL lock_configuration = true",
)
_of_thread = threading.local()


def thread_connection() -> duckdb.DuckDBPyConnection:
    """This thread's own way into the one locked database of the process: opening another would take 20 ms."""
    process = os.getpid()
    held: tuple[int, duckdb.DuckDBPyConnection] | None = getattr(_of_thread, "held", None)
    if held is None or held[0] != process:  # a forked process must not go on with its parent's
        held = _of_thread.held = (process, _database(process).cursor())
    return held[1]


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    return locked_connection()


def locked_connection(memory_mib: int = 512, threads: int = 1) -> duckdb.DuckDBPyConnection:
    """Open an empty database in memory: no files, network, extensions, variables of the caller, or settings to change.

    Args:
        memory_mib: most memory for what DuckDB holds, in MiB.
        threads: one keeps rows in their order at no cost.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "temp_directory": "",
        "memory_limit": f"{memory_mib}MiB",
        "threads": threads,
    }
    connection = duckdb.connect(":memory:", config=config)
    for setting in _SETTINGS:
        try:
            connection.execute(setting)
        except duckdb.CatalogException:
            continue  # a setting that this version of DuckDB does not know, nor needs
    return connection


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    expressions: Mapping[str, str],
    batch: pa.RecordBatch | pa.Table,
    time_limit_s: float = 60.0,
) -> pa.Table:
    """Run compiled expressions over a batch, all in one query.

    Args:
        expressions: SQL of `compile_expression` by the name that its result gets.
        batch: the columns that the expressions use; at least one.
        time_limit_s: the query is broken off after so many seconds.
    Returns:
        One column for each expression, rows in the order of the batch.
    Raises:
        InputError: a row does not go through an expression (an overflow, a text that is no number), or time is over.
            The message says what failed without the value, which may be personal.
    """
    import duckdb

    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    listing = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in expressions.items())
    connection.register(BLOCK, table)
    try:
        with broken_off_after(connection, time_limit_s):
            return connection.sql(f"SELECT {listing} FROM {BLOCK}").to_arrow_table()
    except duckdb.InterruptException:
        limit = f"takes more than {time_limit_s:g} s for {table.num_rows} rows; make it simpler."
        raise InputError(Problem(limit, _whole(expressions))) from None
    except (duckdb.Error, pa.ArrowException) as error:
        raise InputError(Problem(f"fails on a row: {without_values(one_line(error))}.", _whole(expressions))) from None
    finally:
        connection.unregister(BLOCK)


def quoted(name: str) -> str:
    """A name as SQL writes it whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def one_line(error: Exception) -> str:
    """What DuckDB says in its first line, without the kind of error before it."""
    first = str(error).strip().split("\n", 1)[0]
    return re.sub(r"^[A-Z][A-Za-z -]*Error: ", "", first).strip(" .!")[:300]


def without_values(message: str) -> str:
    """The beginning of a message of DuckDB, up to the first value of a row that it may quote."""
    return re.split(r"['\"(]|(?<![A-Za-z0-9])-?\d", message, maxsplit=1)[0].strip(" :,")


def _whole(expressions: Mapping[str, str]) -> str:
    return ", ".join(expressions)
