"""What is referred to, item by item: a catalogue with what everybody can see of each item, and how often it comes.

Items are no people: their names, prices and popularity may be told, of those that ten people or more had to do with.
They stand in a file beside the scenario, since thousands of lines are nothing to read there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.calibrate.columns import NUMERIC
from sandbox.calibrate.families import FEW, nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.popularity import Popularity, popularity_of
from sandbox.calibrate.predictors import predictors_of
from sandbox.calibrate.telling import Told, told_of
from sandbox.scenario.language import Column
from sandbox.scenario.plan import Plan

POPULARITY = "popularity"
_SEEN = ("choice", "fake", "lines", "pattern", "sql")
"""Generators of an item's columns that give way to what was seen, beside the distributions of numbers."""
Ints = npt.NDArray[np.int64]


def fit_catalogues(evidence: Evidence) -> Iterator[Fitted]:
    """A catalogue for every hidden dataset that rows refer to, and how often they refer to each of its items."""
    spec = evidence.planned.spec
    for name, column in spec.columns.items():
        if column.kind != "ref" or name not in evidence.observed.table.column_names or column.options.pii:
            continue
        referred: str = column.generator.dataset  # type: ignore[attr-defined]
        if is_catalogue(evidence.plan, referred):
            yield from _catalogue(evidence, name, column, referred, str(evidence.plan.datasets[referred].spec.key))


def is_catalogue(plan: Plan, dataset: str) -> bool:
    """Whether a dataset never lands, has a key, and is referred to by what is real."""
    spec = plan.datasets[dataset].spec
    refers = [column for name in plan.bindings for column in plan.datasets[name].spec.columns.values()]
    is_referred = any(column.kind == "ref" and dataset in column.generator.datasets() for column in refers)
    return spec.hidden and isinstance(spec.key, str) and spec.rows is not None and is_referred


def _catalogue(evidence: Evidence, name: str, column: Column, referred: str, key: str) -> Iterator[Fitted]:
    told = told_of(evidence.plan, evidence.dataset, evidence.observed.table, referred)
    spec, seen = evidence.plan.datasets[referred].spec, evidence.observed
    codes, items = _items(told[key], seen.entities)
    if not len(items):
        return
    columns = {key: items, **_facts(told, key, codes, len(items), seen.entities)}
    columns = {each: values for each, values in columns.items() if each == key or _may_tell(spec.columns[each])}
    referring = np.flatnonzero(codes >= 0)
    predictors = [predictor.at(referring) for predictor in predictors_of(evidence, name)]
    cases = popularity_of(codes[referring], seen.entities[referring], predictors, len(items))
    shares = np.bincount(codes[referring], minlength=len(items)) / len(referring)
    columns |= _popularity(shares, cases, [each for each in spec.columns if each.startswith(f"{POPULARITY}_")])
    rows, file = int((codes >= 0).sum()), f"{referred}.csv"
    said = f"{seen.told(rows)}; {len(items):,} items that {FEW} people or more had to do with"
    path = ("datasets", referred)
    yield Fitted((*path, "rows"), len(items), said, off=abs((spec.rows or 0) - len(items)) / max(len(items), 1))
    for each, values in columns.items():
        line = {"file": file, "column": each}
        if each not in spec.columns:
            yield Fitted(
                (*path, "columns", each), {"lines": line, "type": "float64"}, said, beside=(file, _text(columns))
            )
            continue
        written = spec.columns[each]
        yield Fitted((*path, "columns", each, written.key), line, said, key="lines", beside=(file, _text(columns)))
        if written.options.type is None and not kinds.is_string(values.type):
            type_ = "int64" if kinds.is_integer(values.type) else "bool" if kinds.is_boolean(values.type) else "float64"
            yield Fitted((*path, "columns", each, "type"), type_, said)
    yield from _how_often(evidence, name, column, referred, cases, said)


def _popularity(shares: npt.NDArray[np.float64], cases: Popularity | None, said: Sequence[str]) -> dict[str, pa.Array]:
    """How often each item comes, by case where it hangs on something; `said` by an earlier calibration stay columns."""
    by_case = {} if cases is None else {f"{POPULARITY}_{case}": each for case, each in cases.weights.items()}
    columns = {POPULARITY: shares, **dict.fromkeys(said, shares), **by_case}
    return {name: pa.array([nice(share, 6) for share in each]) for name, each in columns.items()}


def _how_often(
    evidence: Evidence, name: str, column: Column, referred: str, cases: Popularity | None, said: str
) -> Iterator[Fitted]:
    """The reference by popularity."""
    path = (*evidence.path, "columns")
    if cases is None:
        yield Fitted((*path, name, column.key), {"dataset": referred, "weight": POPULARITY}, said)
        return
    case, said = f"{name}_case", f"{said}; hangs on {', '.join(cases.by)}; {cases.gain:.3f} nats a row"
    yield Fitted((*path, case), {"sql": cases.sql, "hidden": True}, said)
    weight = {each: f"{POPULARITY}_{each}" for each in cases.weights}
    yield Fitted((*path, name, column.key), {"dataset": referred, "given": case, "weight": weight}, said)


def _may_tell(column: Column) -> bool:
    return not column.options.pii and column.key in (*_SEEN, *NUMERIC)


def _items(keys: pa.Array, people: npt.NDArray[np.int32]) -> tuple[Ints, pa.Array]:
    """The items that enough people had to do with, the commonest first; and which of them each row is of, or -1."""
    encoded = _plain(keys).dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1), np.int64)
    times = np.bincount(codes[codes >= 0], minlength=len(encoded.dictionary))
    told = np.flatnonzero(_people(codes, people, len(times)) >= FEW)
    told = told[np.argsort(-times[told], kind="stable")]
    place = np.full(len(times) + 1, -1, np.int64)  # the last is for null
    place[told] = np.arange(len(told))
    return place[codes], encoded.dictionary.take(pa.array(told))


def _facts(told: Told, key: str, codes: Ints, items: int, people: npt.NDArray[np.int32]) -> dict[str, pa.Array]:
    """Of each item, what most of its rows say of each column, where enough people's rows do."""
    return {name: _fact(_plain(values), codes, items, people) for name, values in told.items() if name != key}


def _fact(values: pa.Array, codes: Ints, items: int, people: npt.NDArray[np.int32]) -> pa.Array:
    encoded = values.dictionary_encode()
    there = np.flatnonzero((codes >= 0) & np.asarray(pc.is_valid(values)))
    size = max(len(encoded.dictionary), 1)
    pair = codes[there] * size + np.asarray(encoded.indices.fill_null(0), np.int64)[there]
    pairs, inverse, times = np.unique(pair, return_inverse=True, return_counts=True)
    enough = _people(inverse, people[there], len(pairs)) >= FEW
    pairs, times = pairs[enough], times[enough]
    order = np.lexsort((-times, pairs // size))
    best = order[np.unique((pairs // size)[order], return_index=True)[1]]
    chosen = np.full(items, -1, np.int64)
    chosen[pairs[best] // size] = pairs[best] % size
    facts = encoded.dictionary.take(pa.array(chosen, mask=chosen < 0))
    if not kinds.is_floating(values.type):
        return facts
    return pc.coalesce(facts, _medians(values.take(pa.array(there)), codes[there], items, people[there]))


def _medians(values: pa.Array, codes: Ints, items: int, people: npt.NDArray[np.int32]) -> pa.Array:
    """The middle one of each item's values, where enough people have any: for numbers of which none is common."""
    numbers = np.asarray(values, np.float64)
    order = np.lexsort((numbers, codes))
    count = np.bincount(codes, minlength=items)
    middle = np.cumsum(count) - count + count // 2
    few = _people(codes, people, items) < FEW
    if not len(order):
        return pa.nulls(items, values.type)
    return pa.array(numbers[order[np.minimum(middle, len(order) - 1)]], values.type, mask=few)


def _people(codes: Ints, people: npt.NDArray[np.int32], size: int) -> Ints:
    """How many different people have each code; rows with -1 have none."""
    wide = int(people.max(initial=0)) + 1
    pairs = np.unique(codes[codes >= 0] * wide + people[codes >= 0]) // wide
    return np.bincount(pairs, minlength=size)


def _text(columns: dict[str, pa.Array]) -> str:
    """A catalogue as CSV; what is missing is empty, and text stands in quotes."""
    lists: list[list[Any]] = [values.to_pylist() for values in columns.values()]
    lines = [",".join(_cell(name) for name in columns)]
    lines += [",".join(_cell(value) for value in row) for row in zip(*lists, strict=True)]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(value)


def _plain(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if kinds.is_dictionary(values.type) else values
