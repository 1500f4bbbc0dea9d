"""Whether a contract makes sense: all of its problems at once, each with the path to it inside the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.literals import literal, literals
from sandbox.contract.model import Column, Contract, ForeignKey
from sandbox.contract.predicates import predicate_of
from sandbox.contract.rejected import REASONS
from sandbox.contract.rules import foreign_key_name, rules_of
from sandbox.contract.type_text import parse_type
from sandbox.contract.versions import begins_us
from sandbox.errors import InputError, Problem, did_you_mean

_RESERVED = (ENVELOPE, REASONS)
_BOUNDS = ("ge", "gt", "le", "lt")


def contract_problems(contract: Contract) -> list[Problem]:
    """Everything that is wrong with one contract; what it says of other datasets is `link_problems`'."""
    problems = list(_name_problems(contract))
    for column in contract.columns:
        path = f"columns.{column.name}"
        problems += [Problem(message, f"{path}.{key}" if key else path) for key, message in _column_problems(column)]
    problems += _key_problems(contract)
    problems += _time_problems(contract)
    problems += _expectation_problems(contract, bool(problems))
    if contract.version < 1:
        problems.append(Problem(f"got {contract.version}, must be >= 1.", "version"))
    return [*problems, *_version_problems(contract)]


def link_problems(contracts: Mapping[str, Contract]) -> list[Problem]:
    """Foreign keys that lead nowhere, or to columns of another type; `contracts` is by dataset."""
    problems = []
    for dataset, contract in contracts.items():
        for key in contract.foreign_keys:
            path = f"{dataset}.foreign_keys.{foreign_key_name(key)}"
            problems += [Problem(message, path) for message in _link_problems(contract, key, contracts)]
    return problems


def _name_problems(contract: Contract) -> Iterator[Problem]:
    if not contract.columns:
        yield Problem("a contract needs at least one column.", "columns")
    for name in sorted({name for name in contract.names if contract.names.count(name) > 1}):
        yield Problem("this name is there twice.", f"columns.{name}")
    for name in contract.names:
        if not name or name in _RESERVED:
            yield Problem(f"'{name}' is reserved; take another name.", f"columns.{name}")


def _version_problems(contract: Contract) -> Iterator[Problem]:
    try:
        begins = list(begins_us(contract))
    except (ValueError, TypeError):
        yield Problem("must be moments such as 2026-02-01T00:00:00+00:00.", "versions")
        return
    if begins and contract.version != len(begins) + 1:
        yield Problem(f"got {contract.version}, and {len(begins) + 1} versions are told.", "version")
    if begins != sorted(set(begins)):
        yield Problem("must be later and later.", "versions")
    named = {*contract.primary_key, contract.time, contract.valid_from, contract.valid_to}
    for column in contract.columns:
        if not 1 <= column.since <= max(contract.version, 1):
            yield Problem(f"there is no version {column.since}.", f"columns.{column.name}.since")
        elif column.since > 1 and column.name in named:
            yield Problem("a key or a time is there in every version.", f"columns.{column.name}.since")


def _expectation_problems(contract: Contract, problems_before: bool) -> Iterator[Problem]:
    """Conditions are judged when the columns and keys are in order: only then do the other rules have names."""
    if not contract.expectations or problems_before:
        return
    taken = {rule.name for rule in rules_of(contract) if rule.kind != "expect"}
    for condition in contract.expectations:
        path = f"expectations.{condition.name}"
        if condition.name in taken:
            yield Problem("a rule has this name already; take another.", path)
        taken.add(condition.name)
        if not condition.columns:
            yield Problem("looks at no column; a condition is about the row.", path)
        for name in condition.columns:
            if name not in contract.names:
                yield Problem(f"unknown column '{name}'.{did_you_mean(name, contract.names)}", path)


def _column_problems(column: Column) -> Iterator[tuple[str, str]]:
    try:
        kind = parse_type(column.type)
    except InputError as error:
        yield from (("type", problem.message) for problem in error.problems)
        return
    yield from _pattern_problems(column)
    if kind.name == "enum" and not column.values:
        yield "values", "an enum must list its values."
    elif column.values is not None and (kind.is_nested or not column.values):
        yield "values", "list at least one value." if not column.values else f"{column.type} cannot list its values."
    if not (kind.is_number or kind.is_time):
        yield from ((key, f"{column.type} has no range.") for key in _BOUNDS if getattr(column, key) is not None)
    if kind.name not in ("string", "bytes", "list"):
        lengths = [key for key in ("min_length", "max_length") if getattr(column, key) is not None]
        yield from ((key, f"{column.type} has no length; only string, bytes and list have.") for key in lengths)
    if kind.is_nested and column.unique:
        yield "unique", f"{column.type} cannot be unique."
    unreadable = list(_literal_problems(column))
    yield from unreadable
    if not unreadable:
        yield from _contradictions(column)


def _pattern_problems(column: Column) -> Iterator[tuple[str, str]]:
    if column.pattern is None:
        return
    if parse_type(column.type).name not in ("string", "enum"):
        yield "pattern", f"{column.type} has no pattern; only string has."
    try:
        pc.match_substring_regex(pa.array([""]), column.pattern)
    except pa.ArrowInvalid as error:
        yield "pattern", f"{str(error).removeprefix('Invalid regular expression: ')} (RE2 syntax: no look-around)."


def _literal_problems(column: Column) -> Iterator[tuple[str, str]]:
    given: list[tuple[str, Any]] = [(key, getattr(column, key)) for key in (*_BOUNDS, "default")]
    if not _are_all_values(column):
        given += [("values", value) for value in column.values or ()]
    for key, value in given:
        if value is None and key == "values":
            yield key, "null cannot be listed; say nullable: true."
        if value is None or (key == "values" and column.parsed.is_nested):
            continue
        try:
            literal(value, column)
        except ValueError as error:
            yield key, f"{error}."


def _are_all_values(column: Column) -> bool:
    """Whether what the column lists is of its type, asked at once: there may be thousands."""
    if column.values is None or column.parsed.is_nested or None in column.values:
        return column.values is None
    try:
        literals(column.values, column)
    except ValueError:
        return False
    return True


def _contradictions(column: Column) -> Iterator[tuple[str, str]]:
    if column.values is not None and len(set(map(repr, column.values))) < len(column.values):
        yield "values", "a value is there twice."
    for key in ("min_length", "max_length"):
        if (getattr(column, key) or 0) < 0:
            yield key, f"got {getattr(column, key)}, must be >= 0."
    if None not in (column.min_length, column.max_length) and (column.min_length or 0) > (column.max_length or 0):
        yield "min_length", f"{column.min_length} is above max_length {column.max_length}; nothing fits."
    for low, high in (("ge", "le"), ("ge", "lt"), ("gt", "le"), ("gt", "lt")):
        if getattr(column, low) is None or getattr(column, high) is None:
            continue
        lowest, highest = (literal(getattr(column, key), column) for key in (low, high))
        fits = pc.less_equal if (low, high) == ("ge", "le") else pc.less
        if not fits(lowest, highest).as_py():
            shown = f"{low} {getattr(column, low)} and {high} {getattr(column, high)}"
            yield low, f"{shown} contradict each other; nothing fits."
    yield from _default_problems(column)


def _default_problems(column: Column) -> Iterator[tuple[str, str]]:
    if column.default is None:
        return
    alone = Contract("", (column,))
    value = pa.array([literal(column.default, column).as_py()], literal(column.default, column).type)
    for rule in rules_of(alone):
        if not rule.across and rule.kind not in ("type", "version") and predicate_of(rule, alone)(value) is not None:
            yield "default", f"{column.default!r} breaks the column's own rule: {rule.about}."


def _key_problems(contract: Contract) -> Iterator[Problem]:
    groups = [("primary_key", contract.primary_key)] if contract.primary_key else []
    groups += [("unique", group) for group in contract.unique]
    groups += [("foreign_keys", key.columns) for key in contract.foreign_keys]
    for path, group in groups:
        yield from (Problem(message, path) for message in _group_problems(contract, group))
    for name in contract.primary_key:
        if name in contract.names and contract.column(name).nullable:
            yield Problem(f"'{name}' is part of the primary key, so it cannot be nullable.", f"columns.{name}.nullable")


def _group_problems(contract: Contract, group: tuple[str, ...]) -> Iterator[str]:
    if not group:
        yield "name at least one column."
    if len(set(group)) < len(group):
        yield f"({', '.join(group)}) names a column twice."
    for name in group:
        if name not in contract.names:
            yield f"no column '{name}'.{did_you_mean(name, contract.names)}"
        elif contract.column(name).type.startswith(("list", "struct", "map", "union")):
            yield f"'{name}' is nested and cannot be part of a key."


def _time_problems(contract: Contract) -> Iterator[Problem]:
    said = [key for key in ("time", "valid_from", "static") if getattr(contract, key)]
    if len(said) > 1:
        yield Problem(f"says {' and '.join(said)}; a dataset knows time in one way.", said[1])
    if contract.valid_to and not contract.valid_from:
        yield Problem("stands without valid_from; say from when a row holds.", "valid_to")
    for key in ("time", "valid_from", "valid_to"):
        name = getattr(contract, key)
        if name is None:
            continue
        if name not in contract.names:
            yield Problem(f"no column '{name}'.{did_you_mean(name, contract.names)}", key)
            continue
        column = contract.column(name)
        if not column.type.startswith(("timestamp", "date")):
            yield Problem(f"'{name}' is {column.type}, must be a timestamp or a date.", key)
        if column.nullable and key != "valid_to":
            yield Problem(f"'{name}' tells the row's time, so it cannot be nullable.", f"columns.{name}.nullable")


def _link_problems(contract: Contract, key: ForeignKey, contracts: Mapping[str, Contract]) -> Iterable[str]:
    if key.dataset not in contracts:
        return [f"no dataset '{key.dataset}'.{did_you_mean(key.dataset, contracts)}"]
    parent = contracts[key.dataset]
    if len(key.columns) != len(key.references):
        return [f"{len(key.columns)} columns cannot point at {len(key.references)}."]
    messages = [
        f"{parent.dataset} has no column '{name}'.{did_you_mean(name, parent.names)}"
        for name in key.references
        if name not in parent.names
    ]
    pairs = [pair for pair in zip(key.columns, key.references, strict=True) if pair[0] in contract.names]
    for child, reference in pairs:
        if reference in parent.names and not _comparable(contract.column(child), parent.column(reference)):
            types = (contract.column(child).type, parent.column(reference).type)
            messages.append(f"'{child}' is {types[0]} but {parent.dataset}.{reference} is {types[1]}.")
    if not messages and not any(set(group) <= set(key.references) for group in _identities(parent)):
        messages.append(f"{parent.dataset}.({', '.join(key.references)}) is not declared unique or primary_key.")
    return messages


def _identities(parent: Contract) -> tuple[tuple[str, ...], ...]:
    # A history repeats its key over time; pointing at the key without a moment is what references do.
    return (*parent.keys, *([parent.primary_key] if parent.primary_key else []))


def _comparable(child: Column, parent: Column) -> bool:
    try:
        first, second = child.parsed, parent.parsed
    except InputError:
        return True
    both = {first.name, second.name}
    return first == second or (first.is_integer and second.is_integer) or both <= {"string", "enum", "uuid"}
