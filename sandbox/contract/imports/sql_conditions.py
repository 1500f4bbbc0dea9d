"""Conditions of SQL as rules of columns, where they are simple: ranges, lists of values, patterns, lengths."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

_FLIPPED = {"ge": "le", "gt": "lt", "le": "ge", "lt": "gt"}


def rules_of(condition: exp.Expr) -> dict[str, dict[str, Any]] | None:
    """Facts of columns that together say the same as a condition, or None where it is not that simple.

    `age >= 18 AND status IN ('new', 'old')` gives `{"age": {"ge": 18}, "status": {"values": ("new", "old")}}`.
    """
    from sqlglot import exp

    rules: dict[str, dict[str, Any]] = {}
    for part in bare(condition).flatten() if isinstance(bare(condition), exp.And) else [condition]:
        found = _rule(bare(part))
        if found is None:
            return None
        column, facts = found
        known = rules.setdefault(column, {})
        if set(known) & set(facts):
            return None
        known.update(facts)
    return rules


def is_simple(sql: str) -> bool:
    """Whether a condition in DuckDB's SQL is one that `rules_of` takes apart."""
    import sqlglot

    return rules_of(sqlglot.parse_one(sql, read="duckdb")) is not None


def bare(expression: Any) -> Any:
    """An expression without the brackets and casts that databases put around it when they print it."""
    from sqlglot import exp

    while isinstance(expression, exp.Paren | exp.Cast):
        expression = expression.this
    return expression


def literal_of(expression: Any) -> Any:
    """The value of a literal. Raises ValueError where it is none."""
    from sqlglot import exp

    expression = bare(expression)
    if isinstance(expression, exp.Neg):
        value = literal_of(expression.this)
        if isinstance(value, int | float | decimal.Decimal):
            return -value
    if isinstance(expression, exp.Boolean):
        return bool(expression.this)
    if isinstance(expression, exp.Literal):
        if expression.is_string:
            return str(expression.this)
        return _number(str(expression.this))
    raise ValueError


def _number(text: str) -> int | float | decimal.Decimal:
    """A number as it stands: as a decimal where a float would round it."""
    if text.isdigit():
        return int(text)
    nearest = float(text)
    exact = decimal.Decimal(text)
    return nearest if decimal.Decimal(repr(nearest)) == exact else exact


def _rule(part: Any) -> tuple[str, dict[str, Any]] | None:
    try:
        return _facts(part)
    except ValueError:
        return None


def _facts(part: Any) -> tuple[str, dict[str, Any]]:
    """Raises ValueError where a condition is none of the simple ones."""
    from sqlglot import exp

    comparisons = {exp.GTE: "ge", exp.GT: "gt", exp.LTE: "le", exp.LT: "lt"}
    if type(part) in comparisons:
        return _compared(bare(part.this), comparisons[type(part)], bare(part.expression))
    if isinstance(part, exp.Between):
        low, high = literal_of(part.args["low"]), literal_of(part.args["high"])
        if isinstance(bare(part.this), exp.Length):
            return _column(bare(part.this).this), {"min_length": low, "max_length": high}
        return _column(part.this), {"ge": low, "le": high}
    if isinstance(part, exp.In) and part.expressions:
        return _column(part.this), {"values": tuple(literal_of(each) for each in part.expressions)}
    if isinstance(part, exp.EQ) and isinstance(bare(part.expression), exp.Any):
        listed = bare(bare(part.expression).this)
        return _column(part.this), {"values": tuple(literal_of(each) for each in listed.expressions)}
    if isinstance(part, exp.EQ):
        return _column(part.this), {"values": (literal_of(part.expression),)}
    if isinstance(part, exp.Or):
        return _listed([_facts(bare(each)) for each in part.flatten()])
    if isinstance(part, exp.RegexpLike) and part.expression is not None:
        return _column(part.this), {"pattern": literal_of(part.expression)}
    if isinstance(part, exp.NEQ) and literal_of(part.expression) == "":
        return _column(part.this), {"min_length": 1}
    if isinstance(part, exp.Not) and isinstance(bare(part.this), exp.Is):
        return _column(bare(part.this).this), {"nullable": False}
    raise ValueError


def _compared(left: Any, key: str, right: Any) -> tuple[str, dict[str, Any]]:
    from sqlglot import exp

    if not isinstance(left, exp.Column | exp.Length):
        left, key, right = right, _FLIPPED[key], left
    value = literal_of(right)
    if isinstance(left, exp.Length):
        if not isinstance(value, int):
            raise ValueError
        sizes = {"ge": ("min_length", 0), "gt": ("min_length", 1), "le": ("max_length", 0), "lt": ("max_length", -1)}
        name, more = sizes[key]
        return _column(left.this), {name: value + more}
    return _column(left), {key: value}


def _listed(rules: list[tuple[str, Mapping[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """`a = 1 OR a = 2`: one column, one of several values. Raises ValueError for anything else."""
    columns = {column for column, _ in rules}
    if len(columns) != 1 or any(set(facts) != {"values"} for _, facts in rules):
        raise ValueError
    return columns.pop(), {"values": tuple(value for _, facts in rules for value in facts["values"])}


def _column(expression: Any) -> str:
    from sqlglot import exp

    expression = bare(expression)
    if not isinstance(expression, exp.Column):
        raise ValueError
    return str(expression.name)
