"""Bind one dataset: how many rows, how it knows time, its keys, what its process brings, its contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from sandbox.contract.model import Column as ContractColumn
from sandbox.contract.model import Contract, Expectation, ForeignKey
from sandbox.contract.problems import contract_problems
from sandbox.contract.rules import Rule, rules_of
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.changes import changes_seen, versions_told
from sandbox.scenario.binding.columns import BoundColumn, ColumnBinder
from sandbox.scenario.binding.lives import check_lives
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.binding.pins import bind_pins, place_pins, unproven
from sandbox.scenario.binding.processes import check_correlations, check_processes
from sandbox.scenario.binding.streams import check_lines, check_stream, check_stream_shape, stream_scope
from sandbox.scenario.language import Column, ColumnOptions, Dataset, read_generator
from sandbox.scenario.plan import ChangePlan, DatasetPlan

INSTANT = pa.timestamp("us", tz="UTC")
VALID_FROM, VALID_TO = "valid_from", "valid_to"


def check_shape(name: str, spec: Dataset, notes: Notes) -> None:
    """Judge what a dataset says of its rows and its time, before its columns are looked at."""
    path = ("datasets", name)
    if notes.beside(path, "columns"):  # a key that is wrong may be the very one that seems to lack
        return
    if sum((spec.static, spec.time is not None, spec.history)) != 1:
        said = "says more than one way" if spec.static or spec.history else "does not say how"
        notes.add(
            path, f"{said} it knows time; write exactly one of `time: <column>`, `history: true`, `static: true`."
        )
    process = [key for key in ("fan_out", "every", "rate", "visits") if getattr(spec, key) is not None]
    if spec.of is None:
        if spec.rows is None:
            notes.add(path, "does not say how many rows; add `rows:`, or `of:` another dataset.")
        for key in process:
            notes.add((*path, key), "needs `of:`, the dataset that the rows belong to.")
    else:
        if spec.rows is not None:
            notes.add((*path, "rows"), "the rows of a child follow from its parent; take `rows` or `of` out.")
        if len(process) != 1:
            notes.add(
                (*path, "of"), "say how many rows each parent has: exactly one of `fan_out`, `every`, `rate`, `visits`."
            )
        if spec.history:
            notes.add((*path, "history"), "a child cannot be a history; write `time:` or `static: true`.")
    if {"every", "rate"} & set(process) and spec.time is None and not spec.static:
        notes.add((*path, process[0]), "gives each row a time; name its column with `time:`.")
    for key in ("sign_ups", "leave", "returns", "transitions"):
        if getattr(spec, key) and not spec.history:
            notes.add((*path, key), "only a history has versions; add `history: true`.")
    check_stream_shape(path, spec, notes)


def bind_dataset(
    name: str,
    spec: Dataset,
    rows: int,
    contracts: Mapping[str, Contract],
    plans: Mapping[str, DatasetPlan],
    changes: Mapping[str, ChangePlan],
    folder: str,
    notes: Notes,
) -> DatasetPlan | None:
    """The dataset's plan, or None where problems were noted. `contracts` and `plans` hold what it may need."""
    path = ("datasets", name)
    parent = plans.get(spec.of) if spec.of else None
    outer = {f"parent.{column.name}": column.type for column in parent.columns} if parent else {}
    if parent is not None and parent.contract.valid_from:
        outer |= {f"parent.{VALID_FROM}": INSTANT, f"parent.{VALID_TO}": INSTANT}
    if parent is not None and parent.spec.time:
        outer.setdefault(f"parent.{parent.spec.time}", INSTANT)
    columns = {**_brought_along(name, spec, parent), **spec.columns}
    placed = place_pins(name, spec, rows, notes)
    rows += len(placed.added)
    check_lines((*path, "of"), spec, parent, plans, notes)
    is_told = any(notes.below((*path, key)) for key in ("visits", "journey"))
    stream = stream_scope(spec, parent, plans, changes_seen(changes, spec.of), is_told)
    binder = ColumnBinder(name, spec, columns, contracts, {**outer, **stream.process}, rows, folder, notes)
    binder.process, binder.process_facts = stream.process, stream.facts
    binder.unsure = ("item.", "visit.") if is_told else ()
    if _brings_time(spec):
        assert spec.time is not None
        binder.types[spec.time] = INSTANT
        if spec.time in columns:
            notes.add((*path, "columns", spec.time), "arises from the process of this dataset; take the column out.")
    if spec.history:
        binder.types.update({column: INSTANT for column in (VALID_FROM, VALID_TO) if column not in columns})
    bound = binder.bind()
    check_processes(spec, binder)
    check_stream(spec, binder, stream, contracts)
    check_lives(spec, binder, bound)
    check_correlations(spec, binder, bound)
    if notes.below(path):
        return None
    contract = _contract(name, spec, columns, bound, contracts, changes, notes)
    if notes.below(path):
        return None
    pins = bind_pins(placed, name, spec, contract, bound, plans, notes)
    if notes.below(path):
        return None
    needs = [spec.of] if spec.of else []
    needs += [stream.items] if stream.items else []
    for column in columns.values():
        needs += column.generator.datasets()
    return DatasetPlan(
        name=name,
        spec=spec,
        contract=contract,
        columns=tuple(column.plan for column in bound.values()),
        rows=rows,
        parent=spec.of,
        pins=pins,
        proven=_proven(contract, spec, bound) - unproven(contract, placed) - _at_fault(name, changes),
        needs=tuple(dict.fromkeys(needs)),
        process=stream.process,
        under_way=stream.journey,
        items=stream.items,
    )


def _at_fault(name: str, changes: Mapping[str, ChangePlan]) -> frozenset[str]:
    """Rules that the world keeps and the feed may break: values of some columns come as null."""
    return frozenset(f"{column}.not_null" for change in changes.values() for column in change.nulls.get(name, ()))


def _brings_time(spec: Dataset) -> bool:
    """Whether the time of the rows arises with them, not from a column."""
    process = (spec.every, spec.rate, spec.visits)
    return spec.time is not None and any(each is not None for each in process)


def _brought_along(name: str, spec: Dataset, parent: DatasetPlan | None) -> dict[str, Column]:
    """The parent's key as columns of a child, unless a column says otherwise."""
    if parent is None:
        return {}
    kept = {getattr(column.generator, "column", None) for column in spec.columns.values() if column.kind == "parent"}
    if any(getattr(column.generator, "what", None) == "customer" for column in spec.columns.values()):
        return {}
    brought = {}
    for key in parent.contract.primary_key:
        if key not in kept and key not in spec.columns:
            _, generator = read_generator({"parent": key})
            pii = key in parent.contract.pii
            brought[key] = Column.model_construct(
                kind="parent", key="parent", generator=generator, options=ColumnOptions(pii=pii)
            )
    return brought


def _contract(
    name: str,
    spec: Dataset,
    columns: Mapping[str, Column],
    bound: Mapping[str, BoundColumn],
    contracts: Mapping[str, Contract],
    changes: Mapping[str, ChangePlan],
    notes: Notes,
) -> Contract:
    path = ("datasets", name)
    listed = [made.contract for key in columns if (made := bound.get(key)) and made.contract]
    if spec.time is not None and _brings_time(spec):
        listed.insert(
            len(listed) - len([key for key in spec.columns if bound[key].contract]),
            ContractColumn(spec.time, "timestamp"),
        )
    if spec.history:
        ends = {
            VALID_FROM: ContractColumn(VALID_FROM, "timestamp"),
            VALID_TO: ContractColumn(VALID_TO, "timestamp", nullable=True),
        }
        listed += [column for key, column in ends.items() if key not in columns]
    keys = (spec.key,) if isinstance(spec.key, str) else tuple(spec.key or ())
    known = [column.name for column in listed]
    named: list[tuple[tuple[Any, ...], str]] = [(("key",), key) for key in keys]
    named += [(("unique", i, j), key) for i, group in enumerate(spec.unique) for j, key in enumerate(group)]
    named += [(("partition_by", i), key) for i, key in enumerate(spec.partition_by)]
    named += [(("time",), spec.time)] if spec.time else []
    for below, key in named:
        if key not in known:
            said = f"unknown column '{key}'.{did_you_mean(key, known)}"
            hidden = f"'{key}' is hidden and never lands; name a column that does."
            notes.add((*path, *below), hidden if key in bound else said)
    foreign = tuple(
        ForeignKey((key,), made.references, contracts[made.references].primary_key)
        for key, made in bound.items()
        if made.contract and made.references and made.references in contracts
    )
    versions = versions_told(name, changes)
    contract = Contract(
        dataset=name,
        columns=tuple(replace(column, since=versions.since.get(column.name, 1)) for column in listed),
        primary_key=keys,
        foreign_keys=foreign,
        unique=tuple(tuple(group) for group in spec.unique),
        expectations=_expectations(spec, {key: made.plan.type for key, made in bound.items()}, known),
        time=spec.time,
        valid_from=VALID_FROM if spec.history else None,
        valid_to=VALID_TO if spec.history else None,
        static=spec.static,
        version=len(versions.begins) + 1,
        versions=versions.begins,
        about=spec.about,
        owner=spec.owner,
        contact=spec.contact,
    )
    if spec.history and not keys:
        notes.add(path, "a history must say which column names the entity; add `key:`.")
    for problem in contract_problems(contract):
        steps = problem.path.replace("primary_key", "key").split(".") if problem.path else []
        if len(steps) == 3 and steps[0] == "columns" and steps[2] not in ("type", "default", "values"):
            steps.insert(2, "check")
        if not notes.below((*path, *steps)):
            notes.add((*path, *steps), problem.message)
    return contract


def _expectations(spec: Dataset, types: Mapping[str, pa.DataType], known: list[str]) -> tuple[Expectation, ...]:
    """The conditions of `expect:`, judged already, as the SQL that runs; those noted as wrong are left out."""
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    own = {name: types.get(name, INSTANT) for name in known}
    made = []
    for rule, text in spec.expect.items():
        try:
            compiled = compile_expression(text, own)
        except ExpressionError:
            continue
        made.append(Expectation(rule, compiled.sql, compiled.columns_used, f"satisfies {text}"))
    return tuple(made)


def _proven(contract: Contract, spec: Dataset, bound: Mapping[str, BoundColumn]) -> frozenset[str]:
    """Rules that a generated dataset keeps by its making: checking them again would only take time."""

    def holds(rule: Rule) -> bool:
        if rule.kind in ("type", "version"):
            return True
        made = [bound[column] for column in rule.columns if column in bound]
        if len(made) < len(rule.columns):  # the process's own columns: never null, ordered by their making
            return rule.kind in ("not_null", "order")
        if rule.kind in ("unique", "primary_key"):
            return any("unique" in column.proves for column in made)
        return rule.kind != "expect" and all(rule.kind in column.proves for column in made)

    return frozenset(rule.name for rule in rules_of(contract) if holds(rule))


def without_hidden(contract: Contract, hidden: set[str]) -> Contract:
    """The contract without foreign keys to datasets that never land."""
    return replace(contract, foreign_keys=tuple(key for key in contract.foreign_keys if key.dataset not in hidden))
