"""A contract as rules: each has a name that reports count by, and a sentence that says it plainly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.contract.model import Column, Contract, ForeignKey
from sandbox.contract.types import Type


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise; `across` rules need all rows of a dataset, the others are decided row by row.

    `kind` is one of type, version, not_null, format, values, pattern, length, range, nested, order, expect (row by row)
    and unique, primary_key, foreign_key (across).
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    about: str
    across: bool = False


def rules_of(contract: Contract) -> tuple[Rule, ...]:
    """Every rule of a contract: its columns' in their order, then those between columns, keys last."""
    between = [*_order_rules(contract), *_expected_rules(contract), *_key_rules(contract)]
    between += [_foreign_rule(key) for key in contract.foreign_keys]
    return tuple([rule for column in contract.columns for rule in _column_rules(column)] + between)


def foreign_key_name(key: ForeignKey) -> str:
    """How a foreign key is named: `customer_id → customers.customer_id`."""
    return f"{_group(key.columns)} → {key.dataset}.{_group(key.references)}"


def _expected_rules(contract: Contract) -> Iterator[Rule]:
    for condition in contract.expectations:
        yield Rule(condition.name, "expect", condition.columns, condition.about or f"satisfies {condition.sql}")


def _column_rules(column: Column) -> Iterator[Rule]:
    def rule(kind: str, promise: str) -> Rule:
        return Rule(f"{column.name}.{kind}", kind, (column.name,), f"{column.name} {promise}")

    yield rule("type", f"reads as {column.type}")
    later = f" from version {column.since} on" if column.since > 1 else ""
    if later:
        yield rule("version", f"is there only{later}")
    if not column.nullable:
        yield rule("not_null", f"is never null{later}")
    if column.parsed.name == "uuid":
        yield rule("format", "is a UUID in its hyphenated form")
    if column.values is not None:
        yield rule("values", f"is one of {_listed(column.values)}")
    if column.pattern is not None:
        yield rule("pattern", f"matches {column.pattern}")
    if column.min_length is not None or column.max_length is not None:
        yield rule("length", _length_promise(column))
    if bounded(column):
        yield rule("range", f"is {_range_promise(column)}")
    if judged_inside(column.parsed):
        yield rule("nested", "has its required parts, one branch a union, and well-formed UUIDs")


def bounded(column: Column) -> bool:
    """Whether the column has a lower or upper bound."""
    return any(bound is not None for bound in (column.ge, column.gt, column.le, column.lt))


def judged_inside(kind: Type) -> bool:
    """Whether a nested type has parts that can break a promise."""
    return kind.name == "union" or any(
        not part.nullable or part.type.name == "uuid" or judged_inside(part.type) for part in kind.parts
    )


def _order_rules(contract: Contract) -> Iterator[Rule]:
    if contract.valid_from and contract.valid_to:
        pair = (contract.valid_from, contract.valid_to)
        yield Rule(f"{pair[1]}.order", "order", pair, f"{pair[1]} is open or not before {pair[0]}")


def _key_rules(contract: Contract) -> Iterator[Rule]:
    if contract.primary_key:
        columns = contract.keys[0]
        yield Rule("primary_key", "primary_key", columns, f"{_spoken(columns)} never comes twice", across=True)
    alone = tuple((column.name,) for column in contract.columns if column.unique)
    for group in (*alone, *contract.unique):
        yield Rule(f"{_group(group)}.unique", "unique", group, f"{_spoken(group)} never comes twice", across=True)


def _foreign_rule(key: ForeignKey) -> Rule:
    about = f"{_spoken(key.columns)} is null or is found in {key.dataset} as {_spoken(key.references)}"
    return Rule(foreign_key_name(key), "foreign_key", key.columns, about, across=True)


def _group(columns: tuple[str, ...]) -> str:
    return columns[0] if len(columns) == 1 else f"({', '.join(columns)})"


def _spoken(columns: tuple[str, ...]) -> str:
    return columns[0] if len(columns) == 1 else f"{', '.join(columns[:-1])} with {columns[-1]}"


def _listed(values: tuple[object, ...], most: int = 12) -> str:
    shown = ", ".join(str(value) for value in values[:most])
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"


def _length_promise(column: Column) -> str:
    what = {"bytes": "bytes", "list": "elements"}.get(column.parsed.name, "characters")
    if column.min_length == column.max_length:
        return f"has {column.min_length} {what}"
    bounds = [
        f"at least {column.min_length}" if column.min_length is not None else "",
        f"at most {column.max_length}" if column.max_length is not None else "",
    ]
    return f"has {' and '.join(bound for bound in bounds if bound)} {what}"


def _range_promise(column: Column) -> str:
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return " and ".join(
        f"{said} {getattr(column, key)}" for key, said in words.items() if getattr(column, key) is not None
    )
