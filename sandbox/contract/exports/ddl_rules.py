"""Rules of columns as conditions of SQL, and literals in it."""

from __future__ import annotations

import datetime
import decimal
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.contract.exports.ddl_types import sql_type
from sandbox.contract.imports.patterns import anywhere
from sandbox.contract.model import Column

if TYPE_CHECKING:
    from sqlglot import exp

_COMPARED = {"ge": "GTE", "gt": "GT", "le": "LTE", "lt": "LT"}
# Groups that are more than groups; databases spell them in ways of their own.
_FLAGS = re.compile(r"\(\?(?!:)")


def conditions_of(column: Column, dialect: str) -> Iterator[exp.Expr]:
    """What a row must keep, as far as the dialect can ask it; a null keeps all."""
    from sqlglot import exp

    name = exp.column(exp.to_identifier(column.name, quoted=True))
    kind = column.parsed
    if column.values is not None and kind.name != "bytes":
        yield exp.In(this=name, expressions=[literal_in_sql(value, column, dialect) for value in column.values])
    for key, operator in _COMPARED.items():
        bound = getattr(column, key)
        if bound is not None:
            yield getattr(exp, operator)(this=name.copy(), expression=literal_in_sql(bound, column, dialect))
    if kind.name in ("string", "bytes"):
        length = exp.Length(this=name.copy())
        if column.min_length is not None:
            yield exp.GTE(this=length, expression=exp.Literal.number(column.min_length))
        if column.max_length is not None and (kind.name == "bytes" or dialect in ("sqlite", "duckdb")):
            yield exp.LTE(this=length.copy(), expression=exp.Literal.number(column.max_length))
    if column.pattern is not None and kind.name == "string" and dialect != "sqlite":
        pattern = anywhere(column.pattern)
        if not _FLAGS.search(pattern):
            yield exp.RegexpLike(this=name.copy(), expression=exp.Literal.string(pattern))


def literal_in_sql(value: Any, column: Column, dialect: str) -> exp.Expr:
    """A literal, as `plain_value` gives it; times are texts cast to their type."""
    from sqlglot import exp

    if isinstance(value, bool):
        return exp.Literal.number(int(value)) if dialect == "sqlite" else exp.Boolean(this=value)
    if isinstance(value, int | float | decimal.Decimal):
        text = format(value, "f") if isinstance(value, decimal.Decimal) else repr(value)
        number = exp.Literal.number(text.removeprefix("-"))
        return exp.Neg(this=number) if text.startswith("-") else number
    if isinstance(value, datetime.date | datetime.time):
        written = exp.Literal.string(value.isoformat())
        return written if dialect == "sqlite" else exp.cast(written, sql_type(column.parsed, dialect))
    return exp.Literal.string(str(value))
