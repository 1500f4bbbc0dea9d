"""A contract written in one way: what it promises decides whether two are equal, not how a bound or a type is spelt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from sandbox.contract.literals import literal
from sandbox.contract.model import Column, Contract
from sandbox.contract.versions import begins_us, moment_text

BOUNDS = ("ge", "gt", "le", "lt")


def canonical(contract: Contract) -> Contract:
    """The same contract with each literal as a Python value of its column's type, and each type's text as `str` writes
    it. The contract must be free of problems; of what a condition looks at, the contract's order counts.
    """
    return replace(
        contract,
        columns=tuple(_column(column) for column in contract.columns),
        expectations=tuple(
            replace(each, columns=tuple(name for name in contract.names if name in each.columns))
            for each in contract.expectations
        ),
        versions=tuple(moment_text(int(begin)) for begin in begins_us(contract)),
    )


def plain_value(value: Any, column: Column) -> Any:
    """A literal as the Python value of its column's type: a decimal with its digits, a moment with its zone.

    Raises:
        ValueError: it is not a value of that type.
    """
    scalar = literal(value, column)
    if pa.types.is_timestamp(scalar.type) and scalar.type.unit == "ns":  # only pandas has these as objects
        scalar = scalar.cast(pa.timestamp("us", scalar.type.tz), safe=False)
    return scalar.as_py()


def _column(column: Column) -> Column:
    given = {key: getattr(column, key) for key in (*BOUNDS, "default") if getattr(column, key) is not None}
    read: dict[str, Any] = {key: plain_value(value, column) for key, value in given.items()}
    if column.values is not None:
        read["values"] = tuple(plain_value(value, column) for value in column.values)
    return replace(column, type=str(column.parsed), nullable=column.nullable or column.since > 1, **read)
