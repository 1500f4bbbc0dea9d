"""Rows that break exactly one rule of a contract, to try the validation of whoever takes the data."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.contract import RowCheck, Rule, rules_of
from sandbox.contract.literals import literal
from sandbox.contract.model import Column, Contract
from sandbox.contract.rules import foreign_key_name
from sandbox.edges.boundaries import boundaries
from sandbox.edges.templates import new_rows, own_rows
from sandbox.scenario.plan import Plan
from sandbox.world.finish import plain
from sandbox.world.world import World

_TEMPLATES = 200
"""New rows that are tried, one after the other, until enough break a rule."""
_NO_VALUE = "not a value of this type"


@dataclass(frozen=True)
class Invalid:
    """Rows that each break one rule and no other. Their columns may be of other types than the contract's."""

    rule: Rule
    rows: pa.Table


@dataclass(frozen=True)
class InvalidRows:
    """What could be broken of a dataset, and the rules that could not be, alone, with the reason."""

    broken: tuple[Invalid, ...]
    unbroken: dict[str, str]


def invalid_rows(plan: Plan, world: World, dataset: str, count: int) -> InvalidRows:
    """Up to `count` rows of a dataset, each breaking one rule of its contract, spread evenly over the rules.

    A row breaks a rule across rows beside the dataset's own: it repeats a key, or refers to what is not there.
    """
    contract = plan.datasets[dataset].contract
    templates = new_rows(plan, world, dataset, _TEMPLATES)
    if not len(templates):
        return InvalidRows((), {rule.name: "there is no row to begin with" for rule in rules_of(contract)})
    breaker = _Breaker(plan, world, contract, templates, own_rows(world, dataset, _TEMPLATES), RowCheck(contract))
    rules = rules_of(contract)
    first = {rule.name: breaker.rows(rule, 1) for rule in rules}
    can = [rule for rule in rules if first[rule.name]]
    broken = []
    for place, rule in enumerate(can):
        wanted = count // len(can) + (1 if place < count % len(can) else 0)
        if wanted:
            found = breaker.rows(rule, wanted)
            broken.append(Invalid(rule, pa.concat_tables(found).combine_chunks()))
    return InvalidRows(tuple(broken), {rule.name: "no row breaks it alone" for rule in rules if not first[rule.name]})


@dataclass(frozen=True)
class _Breaker:
    plan: Plan
    world: World
    contract: Contract
    templates: pa.Table
    own: pa.Table
    check: RowCheck

    def rows(self, rule: Rule, most: int) -> list[pa.Table]:
        """Up to so many rows that break the rule and nothing else."""
        found: list[pa.Table] = []
        for place in range(len(self.templates)):
            found += self._of(rule, place, set() if rule.across else {key for row in found for key in self._keys(row)})
            if len(found) >= most or (place >= 20 and not found):
                break
        return found

    def _keys(self, row: pa.Table) -> list[str]:
        """The keys of a row: no two rows that break a rule of their own may share one."""
        keys = {group: row.select(list(group)).to_pylist() for group in self.contract.keys}
        return [repr((group, key)) for group, key in keys.items() if None not in key[0].values()]

    def _of(self, rule: Rule, place: int, taken: set[str]) -> list[pa.Table]:
        template = self.templates.slice(place, 1)
        for changes in self._changes(rule, place):
            row = template
            for name, made in changes.items():
                row = row.set_column(row.schema.get_field_index(name), pa.field(name, made.type), made)
            if taken.intersection(self._keys(row)):
                continue
            if self._breaks(row) == (set() if rule.across else {rule.name}):
                return [row]
        return []

    def _breaks(self, row: pa.Table) -> set[str]:
        """The rules that a row breaks by itself."""
        batch = row.combine_chunks().to_batches()[0]
        return set(self.check(batch).counts)

    def _changes(self, rule: Rule, place: int) -> Iterator[dict[str, pa.Array]]:
        """What may be written into a row so that it breaks the rule; whether it does, and no other, is tried."""
        column = self.contract.column(rule.columns[0])
        if rule.kind in ("unique", "primary_key"):
            own = self.own.slice(place % max(len(self.own), 1), 1)
            if len(own) and all(own.column(name)[0].is_valid for name in rule.columns):
                yield {name: own.column(name).combine_chunks() for name in rule.columns}
        elif rule.kind == "foreign_key":
            yield from self._leading_nowhere(rule)
        elif rule.kind == "order":
            start = self.templates.column(rule.columns[0])[place].as_py()
            yield {rule.columns[1]: pa.array([start - datetime.timedelta(days=1)], column.arrow)}
        elif rule.kind == "expect":
            for name in rule.columns:
                for _, value in boundaries(self.contract.column(name)):
                    yield {name: _array(value)}
            for name in rule.columns:
                for other in range(len(self.templates)):
                    yield {name: self.templates.column(name).slice(other, 1).combine_chunks()}
        else:
            for value in _wrong(rule, column, self.templates.column(column.name)[place].as_py()):
                yield {column.name: value}

    def _leading_nowhere(self, rule: Rule) -> Iterator[dict[str, pa.Array]]:
        key = next(key for key in self.contract.foreign_keys if foreign_key_name(key) == rule.name)
        strangers = new_rows(self.plan, self.world, key.dataset, 50)
        for other in range(len(strangers)):
            pairs = zip(key.columns, key.references, strict=True)
            yield {name: plain(strangers.column(there).slice(other, 1).combine_chunks()) for name, there in pairs}


def _wrong(rule: Rule, column: Column, value: Any) -> Iterator[pa.Array]:
    """Values that may break a rule of one column; of a `type` rule, of another type."""
    arrow = pa.string() if column.parsed.name == "enum" else column.arrow
    if rule.kind == "type":
        yield pa.array([_NO_VALUE])
    elif rule.kind == "not_null":
        yield pa.nulls(1, arrow)
    elif rule.kind == "nested":
        yield from _hollow(value, column, arrow)
    elif rule.kind == "range":
        yield from _array_each(_beyond(column), arrow)
    elif rule.kind == "length":
        yield from _array_each(_of_wrong_length(column, value), arrow)
    elif column.parsed.is_text or column.parsed.name in ("enum", "uuid"):
        length = len(value) if isinstance(value, str) else 8
        words = [
            "?" * length,
            f"{value}?",
            f"?{str(value)[1:]}",
            "",
            "~",
            str(value)[:-1],
            str(value).swapcase(),
            "0" * length,
        ]
        yield from _array_each(words, arrow)
    else:
        yield from (_array(scalar) for _, scalar in boundaries(_without_values(column)) if scalar.is_valid)


def _beyond(column: Column) -> Iterator[Any]:
    """Values just beyond the bounds of a column."""
    step: Any = 1
    if column.parsed.is_time:
        step = datetime.timedelta(days=1)
    elif column.parsed.name == "decimal":
        step = decimal.Decimal(1).scaleb(-column.arrow.scale)
    for bound, sign in ((column.lt, 0), (column.gt, 0), (column.le, 1), (column.ge, -1)):
        if bound is not None:
            end = literal(bound, column).as_py()
            yield end + sign * step if sign else end
            if isinstance(end, float):
                yield float(np.nextafter(end, np.inf * sign)) if sign else end


def _of_wrong_length(column: Column, value: Any) -> Iterator[Any]:
    """The value, shortened and drawn out."""
    blank: Any = value if value else {"bytes": b"\x00", "list": [None]}.get(column.parsed.name, "a")
    if column.max_length is not None and len(blank):
        times = column.max_length // len(blank) + 2
        yield (blank * times)[: column.max_length + 1]
        last = blank[-1:]
        yield (blank + last * (column.max_length + 1))[: column.max_length + 1]
    if column.min_length:
        yield blank[: column.min_length - 1]


def _hollow(value: Any, column: Column, arrow: pa.DataType) -> Iterator[pa.Array]:
    """The value with a required part left out."""
    kind = column.parsed
    if kind.name == "list":
        yield from _array_each([[None]], arrow)
    elif isinstance(value, dict):
        for part in kind.parts:
            yield from _array_each([{**value, part.name: None}], arrow)


def _array_each(values: Any, arrow: pa.DataType) -> Iterator[pa.Array]:
    for value in values:
        try:
            yield pa.array([value], _lenient(arrow))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            continue


def _lenient(arrow: pa.DataType) -> pa.DataType:
    """The type, with all of its parts nullable."""
    if pa.types.is_struct(arrow):
        return pa.struct([pa.field(part.name, _lenient(part.type)) for part in arrow.fields])
    return pa.list_(_lenient(arrow.value_type)) if pa.types.is_list(arrow) else arrow


def _array(value: pa.Scalar) -> pa.Array:
    return pa.array([value.as_py()], value.type)


def _without_values(column: Column) -> Column:
    from dataclasses import replace

    return replace(column, values=None)
