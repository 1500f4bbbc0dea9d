"""Bind the pins of a dataset: in which row each stands, and whether the contract allows what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pyarrow as pa

from sandbox.contract import RowCheck, rules_of, type_of
from sandbox.contract.literals import literal
from sandbox.contract.model import Column as ContractColumn
from sandbox.contract.model import Contract
from sandbox.contract.types import Type
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.columns import BoundColumn
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language import Dataset
from sandbox.scenario.plan import DatasetPlan, PinnedColumn, Pins
from sandbox.strict import show

_BY_PROCESS = ("valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Placed:
    """The pins of a dataset with their row numbers, which do not depend on the scale."""

    pins: tuple[Mapping[str, Any], ...] = ()
    numbers: tuple[int, ...] = ()
    generated: int = 0
    numbered: frozenset[str] = frozenset()
    """Pinned columns whose values follow from row numbers, so that whether one comes twice is known."""

    @property
    def added(self) -> tuple[int, ...]:
        """Numbers of the rows that the table is too short for."""
        return tuple(sorted({number for number in self.numbers if number >= self.generated}))


def place_pins(name: str, spec: Dataset, rows: int, notes: Notes) -> Placed:
    """Give each pin its row: the one that has its key by number, else the first that no other pin stands in."""
    if not spec.pin:
        return Placed()
    path = ("datasets", name, "pin")
    if spec.of is not None:
        notes.add(path, "how many rows there are follows from the parent; pin rows of the parent instead.")
        return Placed()
    columns = {column: made.generator for column, made in spec.columns.items()}
    key = spec.key if isinstance(spec.key, str) else None
    numbered = {column for pin in spec.pin for column in pin if hasattr(columns.get(column), "number_of")}
    wanted = [columns[key].number_of(pin[key]) if key in numbered and key in pin else None for pin in spec.pin]  # type: ignore[attr-defined]
    free = (number for number in count() if number not in set(wanted))
    numbers = [next(free) if number is None else number for number in wanted]
    return Placed(tuple(spec.pin), tuple(numbers), rows, frozenset(numbered))


def bind_pins(
    placed: Placed,
    name: str,
    spec: Dataset,
    contract: Contract,
    bound: Mapping[str, BoundColumn],
    plans: Mapping[str, DatasetPlan],
    notes: Notes,
) -> Pins | None:
    """The pins in their rows; None where there are none. What is wrong with one is noted at its place."""
    if not placed.pins:
        return None
    path = ("datasets", name, "pin")
    pins = Pins(placed.generated, placed.added)
    written: dict[str, dict[int, pa.Scalar]] = {}
    for place, (pin, number) in enumerate(zip(placed.pins, placed.numbers, strict=True)):
        if not pin:
            notes.add((*path, place), "names no column; write what is pinned, such as `{plan: max}`.")
        row = pins.row_of(number)
        assert row is not None
        typed: dict[str, pa.Scalar] = {}
        for column, value in pin.items():
            fault, scalar = _typed(column, value, contract, bound, spec)
            if fault:
                notes.add((*path, place, column), fault)
            else:
                typed[column] = scalar
        for column, fault in _breaches(typed, contract, bound, plans):
            notes.add((*path, place, column) if column else (*path, place), fault)
        for column in placed.numbered & set(typed):
            other = spec.columns[column].generator.number_of(pin[column])  # type: ignore[attr-defined]
            if _is_unique(column, spec) and other is not None and other != number and 0 <= other < placed.generated:
                notes.add(
                    (*path, place, column), f"row {other + 1:,} has this value by itself, and it must not come twice."
                )
        for column, scalar in typed.items():
            written.setdefault(column, {})[row] = scalar
    for place, column in _repeats(placed.pins, contract):
        notes.add((*path, place, column), "is pinned in another row already, and must not come twice.")
    columns = {column: _column(values, bound[column].plan.type) for column, values in written.items()}
    return replace(pins, columns=columns)


def unproven(contract: Contract, placed: Placed) -> frozenset[str]:
    """Rules that no longer hold by the making: keys of which a pin writes a part, and the order of written times."""
    pinned = {column for pin in placed.pins for column in pin}
    rules = [rule for rule in rules_of(contract) if pinned.intersection(rule.columns)]
    return frozenset(
        rule.name
        for rule in rules
        if rule.kind == "order"
        or (rule.kind in ("unique", "primary_key") and not pinned.intersection(rule.columns) <= placed.numbered)
    )


def _typed(
    column: str, value: Any, contract: Contract, bound: Mapping[str, BoundColumn], spec: Dataset
) -> tuple[str, pa.Scalar | None]:
    """A value in its column's type, or what is wrong with it."""
    if column not in bound:
        if spec.history and column in _BY_PROCESS:
            return f"'{column}' arises with the history; declare it as a column to pin it.", None
        return f"unknown column '{column}'.{did_you_mean(column, bound)}", None
    described = _described(column, contract, bound)
    if value is None:
        return "", pa.scalar(None, described.arrow if described.parsed.name != "enum" else pa.string())
    try:
        plain = _inside(value, described.parsed)
        return "", literal(plain, described)
    except (ValueError, TypeError):
        shown = "a value" if column in contract.pii or spec.columns[column].options.pii else show(value)
        return f"got {shown}, which is no {described.type}.", None


def _inside(value: Any, kind: Type) -> Any:
    """A value of nested parts as Arrow takes it: maps as pairs, times and decimals read. Raises ValueError."""
    if value is None:
        return None
    if kind.name == "list":
        return [_inside(item, kind.parts[0].type) for item in _of(list, value)]
    if kind.name == "map":
        key, held = kind.parts
        return [(_inside(one, key.type), _inside(item, held.type)) for one, item in _of(dict, value).items()]
    if kind.name in ("struct", "union"):
        known = {part.name: part.type for part in kind.parts}
        if set(_of(dict, value)) - set(known):
            raise ValueError
        return {one: _inside(item, known[one]) for one, item in value.items()}
    if kind.name == "enum":
        return value
    return literal(value, ContractColumn("", str(kind))).as_py()


def _of(shape: type, value: Any) -> Any:
    if not isinstance(value, shape):
        raise ValueError
    return value


def _described(column: str, contract: Contract, bound: Mapping[str, BoundColumn]) -> ContractColumn:
    """What the contract says of a column; of a hidden one, its type."""
    if column in contract.names:
        return contract.column(column)
    made = bound[column].plan.type
    plain = made.value_type if pa.types.is_dictionary(made) else made
    return ContractColumn(column, str(type_of(plain)), nullable=True)


def _breaches(
    typed: Mapping[str, pa.Scalar],
    contract: Contract,
    bound: Mapping[str, BoundColumn],
    plans: Mapping[str, DatasetPlan],
) -> Iterator[tuple[str, str]]:
    """Rules that pinned values break by themselves: the column, or none where several break it; and in words."""
    landing = [column for column in contract.columns if column.name in typed]
    if landing:
        told = tuple(each for each in contract.expectations if set(each.columns) <= set(typed))
        part = Contract(contract.dataset, tuple(landing), expectations=told)
        arrays = [pa.array([typed[column.name].as_py()], typed[column.name].type) for column in landing]
        batch = pa.RecordBatch.from_arrays(arrays, names=[column.name for column in landing])
        broken = RowCheck(part)(batch).counts
        for rule in rules_of(part):
            if rule.name in broken:
                column = rule.columns[0] if len(rule.columns) == 1 and rule.kind != "expect" else ""
                mend = "; `nullable: true` would allow it" if rule.kind == "not_null" else ""
                yield column, f"breaks the rule '{rule.name}': {rule.about}{mend}."
    for column, scalar in typed.items():
        target = plans.get(bound[column].references or "")
        if target is not None and scalar.is_valid and _leads_nowhere(scalar.as_py(), target):
            yield column, f"leads to no row of '{target.name}'; pin that row there too."


def _leads_nowhere(value: Any, target: DatasetPlan) -> bool:
    """Whether no row of a dataset has this key, as far as that is known before it is made."""
    key = target.contract.primary_key[0]
    number_of = getattr(target.column(key).generator, "number_of", None)
    if number_of is None or target.rows < 0:
        return False
    number, pins = number_of(value), target.pins
    if pins is not None and key in pins.columns and value in pins.columns[key].values.to_pylist():
        return False
    generated = target.rows if pins is None else pins.generated
    return number is None or not 0 <= number < generated


def _is_unique(column: str, spec: Dataset) -> bool:
    return spec.columns[column].options.unique or spec.key in (column, [column])


def _repeats(pins: Iterable[Mapping[str, Any]], contract: Contract) -> Iterator[tuple[int, str]]:
    """Pins that repeat a key of another: their place, and the column that tells."""
    groups = [tuple(name for name in group if name != contract.valid_from) for group in contract.keys]
    for group in groups:
        seen = set()
        for place, pin in enumerate(pins):
            if not group or not set(group) <= set(pin) or any(pin[name] is None for name in group):
                continue
            key = repr([pin[name] for name in group])
            if key in seen:
                yield place, group[-1]
            seen.add(key)


def _column(values: Mapping[int, pa.Scalar], kind: pa.DataType) -> PinnedColumn:
    rows = sorted(values)
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    array = pa.array([values[row].as_py() for row in rows], plain)
    return PinnedColumn(tuple(rows), array)
