"""What real rows tell of datasets that never land: of their parents, and of what they refer to.

A column that only hands on the parent's (`parent: country`, `sql: parent.country`) tells it; so does a `ref` the key,
and a `look_up` the column of what is referred to. What is made from the parent's in another way says so itself, by
`told_by`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.calibrate.observed import Observed
from sandbox.scenario.expressions import ExpressionError
from sandbox.scenario.language import Column
from sandbox.scenario.plan import DatasetPlan, Plan
from sandbox.world.evaluation import evaluated
from sandbox.world.formulas import formula_of

Told = Mapping[str, pa.Array]
"""Columns of one dataset as its teller's rows have them, by name; each of shape (rows of the teller,)."""

_HANDED_ON = re.compile(r"""\s*(?:date_trunc\(\s*'[a-z]+'\s*,\s*)?parent\.(\w+)\s*\)?\s*""")


def with_own(plan: Plan, dataset: str, seen: Observed) -> Observed:
    """What was seen of a dataset, with its own hidden columns that are told; rows of nobody are their parent's."""
    planned = plan.datasets[dataset]
    table = seen.table
    for name, values in _said(planned, table, planned.contract.dataset).items():
        if name not in table.column_names:
            table = table.append_column(name, values)
    return replace(seen, table=table, entities=_whose(plan, dataset, seen))


def hidden_behind(plan: Plan, dataset: str, seen: Observed) -> dict[str, Observed]:
    """The datasets that never land and of which the rows of one tell: rows for each key that is told, by name.

    Args:
        plan: knows how they hang together.
        dataset: the one that was read.
        seen: its rows.
    """
    found: dict[str, Observed] = {}
    told = dict(_told(plan, dataset, seen.table))
    for name, columns in told.items():
        planned = plan.datasets[name]
        key = planned.spec.key
        if planned.spec.hidden and isinstance(key, str) and key in columns:
            found[name] = _rows_of(planned, columns, columns[key], seen)
    return found


def keys_of(plan: Plan, dataset: str, seen: Observed) -> dict[str, pa.Array]:
    """For each dataset that the rows of one tell of: the key that each row is of; shape (rows,)."""
    told = _told(plan, dataset, seen.table)
    keys = {name: plan.datasets[name].spec.key for name, _ in _told(plan, dataset, seen.table)}
    return {name: columns[keys[name]] for name, columns in told if keys[name] in columns}  # type: ignore[index]


def told_of(plan: Plan, dataset: str, table: pa.Table, other: str) -> Told:
    """The columns of another dataset as the rows of one tell them; none where they tell nothing of it."""
    return dict(_told(plan, dataset, table)).get(other, {})


def with_looked_up(plan: Plan, dataset: str, seen: Observed, behind: Mapping[str, Observed]) -> Observed:
    """Rows with what their hidden columns look up in the datasets behind them, and what is told by that in turn."""
    planned, table = plan.datasets[dataset], seen.table
    for name, column in planned.spec.columns.items():
        if column.kind != "look_up" or name in table.column_names:
            continue
        by, wanted = column.generator.by, column.generator.column  # type: ignore[attr-defined]
        referred = getattr(planned.spec.columns[by].generator, "dataset", None) if by in planned.spec.columns else None
        if referred is None or referred not in behind or by not in table.column_names:
            continue
        theirs, key = behind[referred].table, plan.datasets[referred].spec.key
        if wanted in theirs.column_names and isinstance(key, str):
            rows = pc.index_in(_texts(table[by].combine_chunks()), _texts(theirs[key].combine_chunks()))
            table = table.append_column(name, theirs[wanted].combine_chunks().take(rows))
    for name, values in _said(planned, table, dataset).items():
        if name not in table.column_names:
            table = table.append_column(name, values)
    return replace(seen, table=table)


def _texts(values: pa.Array) -> pa.Array:
    return _plain(values).cast(pa.string())


def _told(plan: Plan, dataset: str, table: pa.Table) -> Iterator[tuple[str, Told]]:
    """The datasets above one and beside it, each with its columns as the rows tell them."""
    name, columns = dataset, {each: table[each].combine_chunks() for each in table.column_names}
    while True:
        planned = plan.datasets[name]
        yield from _referred(plan, planned, columns, table)
        above = planned.parent
        if above is None:
            return
        handed = {}
        for column, values in columns.items():
            tells = _tells_of_parent(planned.spec.columns.get(column), column, plan.datasets[above])
            if tells is not None:
                handed[tells] = values
        columns = {**handed, **_said(plan.datasets[above], table, dataset)}
        yield above, columns
        name = above


def _tells_of_parent(column: Column | None, name: str, parent: DatasetPlan) -> str | None:
    """The parent's column that a column hands on."""
    if column is None:  # the parent's key comes along by itself
        return name if name == parent.spec.key else None
    if column.kind == "parent":
        return str(column.generator.column)  # type: ignore[attr-defined]
    found = _HANDED_ON.fullmatch(column.generator.text) if column.kind == "sql" else None  # type: ignore[attr-defined]
    return found[1] if found else None


def _referred(plan: Plan, planned: DatasetPlan, columns: Told, table: pa.Table) -> Iterator[tuple[str, Told]]:
    """What is referred to: its key by the reference, its columns by what is looked up."""
    for name, column in planned.spec.columns.items():
        if column.kind != "ref" or name not in columns:
            continue
        referred = plan.datasets[column.generator.dataset]  # type: ignore[attr-defined]
        looked_up = {
            other.generator.column: columns[each]  # type: ignore[attr-defined]
            for each, other in planned.spec.columns.items()
            if other.kind == "look_up" and other.generator.by == name and each in columns  # type: ignore[attr-defined]
        }
        key = {referred.spec.key: columns[name]} if isinstance(referred.spec.key, str) else {}
        yield referred.name, {**looked_up, **_said(referred, table, planned.name), **key}


def _said(planned: DatasetPlan, table: pa.Table, teller: str) -> dict[str, pa.Array]:
    """Columns that say themselves how they are told, where these words are about this table."""
    columns = {field.name: table[field.name].combine_chunks() for field in table.schema}
    found: dict[str, pa.Array] = {}
    for name, column in planned.spec.columns.items():
        text = column.options.told_by
        if text is None:
            continue
        try:
            formula = formula_of(text, {each: values.type for each, values in columns.items()})
        except ExpressionError:  # it is told by the rows of another dataset, or by what is looked up
            continue
        path = f"datasets.{planned.name}.columns.{name}.told_by"
        found[name] = evaluated({"": formula}, columns.__getitem__, table.num_rows, path)[text]
        if planned.name == teller:  # what comes after it may be told by it
            columns[name] = found[name]
    return found


def _rows_of(planned: DatasetPlan, columns: Told, keys: pa.Array, seen: Observed) -> Observed:
    """One row for each key, with the commonest of what its rows tell of each column."""
    encoded = _plain(keys).dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1), np.int64)
    there = codes >= 0
    first = np.full(len(encoded.dictionary), -1, np.int64)
    rows = np.flatnonzero(there)
    first[codes[rows[::-1]]] = rows[::-1]
    table = {name: _commonest(_plain(values), codes, len(first)) for name, values in columns.items()}
    count = round(len(first) * seen.rows / max(seen.table.num_rows, 1))
    people = seen.entities[first]
    return Observed(pa.table(table), people.astype(np.int32), seen.entity, count)


def _commonest(values: pa.Array, codes: Any, groups: int) -> pa.Array:
    """For each group the value that most of its rows have, the first of them where several do; null where none has."""
    encoded = values.dictionary_encode()
    there = np.flatnonzero((codes >= 0) & np.asarray(pc.is_valid(values)))
    size = max(len(encoded.dictionary), 1)
    value = np.asarray(encoded.indices.fill_null(0), np.int64)
    pairs, times = np.unique(codes[there] * size + value[there], return_counts=True)
    order = np.lexsort((-times, pairs // size))
    best = order[np.unique((pairs // size)[order], return_index=True)[1]]
    chosen = np.full(groups, -1, np.int64)
    chosen[pairs[best] // size] = pairs[best] % size
    return encoded.dictionary.take(pa.array(chosen, mask=chosen < 0))


def _whose(plan: Plan, dataset: str, seen: Observed) -> Any:
    """Whom each row is of; a row of nobody known is of whom the rows of the same parent are of."""
    if seen.entity is None or not seen.table[seen.entity].null_count:
        return seen.entities
    above = plan.datasets[dataset].parent
    key = plan.datasets[above].spec.key if above is not None else None
    told = dict(_told(plan, dataset, seen.table)).get(above or "", {})
    if not isinstance(key, str) or key not in told:
        return seen.entities
    codes = np.asarray(_plain(told[key]).dictionary_encode().indices.fill_null(-1), np.int64)
    alone = np.asarray(pc.is_null(seen.table[seen.entity].combine_chunks())) & (codes >= 0)
    people = np.where(alone, int(seen.entities.max(initial=0)) + 1 + codes, seen.entities)
    return np.unique(people, return_inverse=True)[1].astype(np.int32)


def _plain(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
