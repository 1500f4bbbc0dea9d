"""SQL in a scenario: one expression over the columns of one row, and nothing else.

An expression is judged three times. Its tokens: every function stands on the list of `functions`. Its tree, as sqlglot
reads it: only forms of this file's list, and no text that grows without bound. And what is written back from the tree,
never the author's own text, is bound by a locked DuckDB, which gives the type of its result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from sandbox.errors import did_you_mean
from sandbox.scenario.locked import BLOCK, one_line, thread_connection
from sandbox.scenario.parsing import (
    Fault,
    ParsingError,
    Tree,
    columns_of,
    constant_casts,
    parsed,
    word_faults,
    written_back,
)

MAX_CHARACTERS = 10_000


class ExpressionError(ValueError):
    """An expression that may not stand, with each of its faults; `offset` is where the first is, in characters."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        self.offset = faults[0].offset
        super().__init__(faults[0].message)


@dataclass(frozen=True, slots=True)
class Expression:
    """A judged expression.

    `sql` is what DuckDB runs: names in quotes, no comments, one line. `columns_used` are in the order of their first
    use. `type` is the Arrow type of its result.
    """

    text: str
    sql: str
    columns_used: tuple[str, ...]
    type: pa.DataType


def compile_expression(text: str, columns: Mapping[str, pa.DataType]) -> Expression:
    """Judge an expression and bind it to columns.

    Args:
        text: SQL in DuckDB's dialect, such as `lower(name) || '@example.com'`.
        columns: the columns that may be used, by name; case matters.
    Raises:
        ExpressionError: it is no expression, uses what is not allowed or not there, or its types do not fit.
    """
    tree = _judged(text)
    used = columns_of(tree)
    faults = [_unknown(name, offset, columns) for name, offset in used.items() if name not in columns]
    if faults:
        raise ExpressionError(faults)
    if clash := next((name for name in used if _clashes(name, columns)), None):
        raise ExpressionError([Fault(f"SQL cannot tell '{clash}' from '{_clashes(clash, columns)}'; rename one.")])
    sql, constants = written_back(tree), tuple(written_back(node) for node in constant_casts(tree))
    made = _result_type(sql, constants, tuple((name, columns[name]) for name in used))
    return Expression(text, sql, tuple(used), made)


def columns_in(text: str) -> tuple[str, ...]:
    """The columns that an expression uses, in the order of their first use, whether or not they exist.

    Raises:
        ExpressionError: it is no expression, or uses what is not allowed.
    """
    return tuple(columns_of(_judged(text)))


@lru_cache(maxsize=256)
def _judged(text: str) -> Tree:
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError([Fault(f"has {len(text):_} characters, must have at most {MAX_CHARACTERS:_}.")])
    faults = word_faults(text)
    if faults:
        raise ExpressionError(faults)
    try:
        return parsed(text)
    except ParsingError as error:
        raise ExpressionError(error.faults) from None


def _unknown(name: str, offset: int, columns: Mapping[str, pa.DataType]) -> Fault:
    return Fault(f"unknown column '{name[:60]}'.{did_you_mean(name[:60], columns)}", offset)


def _clashes(name: str, columns: Mapping[str, pa.DataType]) -> str:
    """Another column whose name differs in case only."""
    return next((other for other in columns if other != name and other.lower() == name.lower()), "")


@lru_cache(maxsize=1024)  # the plan and then the world ask the same
def _result_type(sql: str, constants: tuple[str, ...], columns: tuple[tuple[str, pa.DataType], ...]) -> pa.DataType:
    import duckdb

    connection = thread_connection()
    connection.register(BLOCK, pa.schema(columns or [("_", pa.null())]).empty_table())
    try:
        made = connection.sql(f"SELECT {sql} AS result FROM {BLOCK}").to_arrow_table().schema.field(0).type
        if constants:
            connection.sql(f"SELECT {', '.join(constants)}").fetchall()
    except (duckdb.Error, pa.ArrowException) as error:
        raise ExpressionError([Fault(f"does not fit the columns: {one_line(error)}.")]) from None
    finally:
        connection.unregister(BLOCK)
    if pa.types.is_null(made):
        raise ExpressionError([Fault("is always null; give null a type: null::int.")])
    if pa.types.is_interval(made) or pa.types.is_duration(made):
        raise ExpressionError([Fault("gives a length of time, which no column holds; write date_diff('day', a, b).")])
    return made
