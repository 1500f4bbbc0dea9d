"""Run compiled SQL over columns in memory: one query for many expressions, one locked DuckDB a thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.errors import InputError, Problem
from sandbox.scenario.expressions import Expression
from sandbox.scenario.locked import evaluate, locked_connection, quoted
from sandbox.world.finish import one_array

if TYPE_CHECKING:
    import duckdb

MEMORY_MIB = 512

_own = threading.local()


def evaluated(
    expressions: Mapping[str, Expression], column: Callable[[str], pa.Array], rows: int, path: str
) -> dict[str, pa.Array]:
    """The values of expressions over some rows.

    Args:
        expressions: by a name for each, which errors bear.
        column: gives the values of a column that an expression uses.
        rows: how many rows there are.
        path: where the expressions stand, for errors: `datasets.customers.columns`.
    Returns:
        By the expression's text, an array of shape (rows,).
    Raises:
        InputError: a row does not go through an expression, which is named.
    """
    made: dict[str, pa.Array] = {}
    to_run: dict[str, Expression] = {}
    for name, expression in expressions.items():
        if len(expression.columns_used) == 1 and expression.sql == quoted(expression.columns_used[0]):
            made[expression.text] = column(expression.columns_used[0])
        else:
            to_run[name] = expression
    if to_run:
        used = dict.fromkeys(used for expression in to_run.values() for used in expression.columns_used)
        arrays = {name: column(name) for name in used} or {"_": pa.nulls(rows)}
        batch = pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
        result = _run(to_run, batch, path)
        made |= {expression.text: result[name] for name, expression in to_run.items()}
    return made


def _run(expressions: Mapping[str, Expression], batch: pa.RecordBatch, path: str) -> dict[str, pa.Array]:
    try:
        result = evaluate(_connection(), {name: expression.sql for name, expression in expressions.items()}, batch)
    except InputError as error:
        if len(expressions) > 1:  # alone, the one that fails can be named
            for name, expression in expressions.items():
                _run({name: expression}, batch, path)
        raise InputError([_below(path, problem) for problem in error.problems]) from None
    return {name: one_array(result.column(place)) for place, name in enumerate(expressions)}


def _below(path: str, problem: Problem) -> Problem:
    return replace(problem, path=f"{path}.{problem.path}" if problem.path else path)


def _connection() -> duckdb.DuckDBPyConnection:
    held: tuple[int, duckdb.DuckDBPyConnection] | None = getattr(_own, "held", None)
    if held is None or held[0] != os.getpid():  # a forked process must not go on with its parent's
        held = _own.held = (os.getpid(), locked_connection(MEMORY_MIB))
    return held[1]
