"""A small DuckDB for the few conversions that Arrow has no kernel for: formats of times, and JSON."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import duckdb
import pyarrow as pa

_of_thread = threading.local()


def connection() -> duckdb.DuckDBPyConnection:
    """This thread's own in-memory database: one worker, zone UTC, no way to files or extensions."""
    opened: duckdb.DuckDBPyConnection | None = getattr(_of_thread, "connection", None)
    if opened is None:
        opened = duckdb.connect(config={"threads": "1", "autoinstall_known_extensions": "false"})
        opened.execute("SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true")
        _of_thread.connection = opened
    return opened


def evaluate(expression: str, x: pa.Array, parameters: list[object] | None = None) -> pa.Array:
    """Evaluate an SQL expression over the column `x`, row by row and in order; shape (n,) to shape (n,)."""
    return evaluate_over(expression, {"x": x}, parameters)


def evaluate_over(expression: str, columns: Mapping[str, pa.Array], parameters: list[object] | None = None) -> pa.Array:
    """Evaluate an SQL expression over columns of one length, row by row and in order; shape (n,) to shape (n,)."""
    opened = connection()
    given = pa.table(dict(columns))
    opened.register("given", given)
    try:
        answer: pa.Table = opened.sql(f"SELECT {expression} AS y FROM given", params=parameters).to_arrow_table()
    finally:
        opened.unregister("given")
    return pa.concat_arrays(answer.column("y").chunks) if len(given) else pa.array([], answer.schema.field("y").type)
