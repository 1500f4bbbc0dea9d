"""Names in SQL: what they are, and where they stand in the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.errors import Place


def in_lower_case(name: str) -> str:
    """Names that are not quoted are the same in any case; files rarely mean two by it."""
    return name.lower()


def name_of(expression: Any) -> str:
    """The name that an identifier, a column or an ordered column bears; empty where it is something else."""
    from sqlglot import exp

    while isinstance(expression, exp.Ordered | exp.Paren):
        expression = expression.this
    return str(expression.name) if isinstance(expression, exp.Identifier | exp.Column) else ""


def columns_of(condition: str, known: Sequence[str]) -> tuple[str, ...]:
    """Those of the known columns that a condition in DuckDB's SQL looks at."""
    import sqlglot
    from sqlglot import exp

    found = {in_lower_case(each.name) for each in sqlglot.parse_one(condition, read="duckdb").find_all(exp.Column)}
    return tuple(name for name in known if in_lower_case(name) in found)


def place_of(expression: Any, text: str, file: str) -> Place:
    """Where the first name of an expression stands; the beginning of the file where it has none."""
    from sqlglot import exp

    found = [each.meta["start"] for each in expression.find_all(exp.Identifier) if "start" in each.meta]
    if not found:
        return Place(file)
    before = text[: min(found)]
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
