"""Rows to make others of: as the dataset's own, with keys that it does not have yet."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, hash_columns
from sandbox.contract.checks import RowCheck
from sandbox.contract.envelope import split_envelope
from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.scenario.plan import Plan
from sandbox.world.world import World


def new_rows(plan: Plan, world: World, dataset: str, count: int) -> pa.Table:
    """So many rows that the dataset could have had, keys unlike its own; fewer, or none, where it cannot be.

    A table's are those that would follow if it were longer; of a history, the first version of entities that would.
    Children are those that are there, with keys of their own.
    """
    own = plan.datasets[dataset]
    if own.parent is not None:
        return _with_new_keys(plan, world, dataset, _first(world, dataset, count), count)
    start = max([own.rows, *(number + 1 for number in (own.pins.added if own.pins else ()))])
    longer = replace(own, rows=start + count, pins=None)
    beyond = World(replace(plan, datasets={**plan.datasets, dataset: longer}))
    try:
        rows = _table(own.contract, list(beyond.batches(dataset, start, start + count)))
    except InputError:  # as many rows as there are values: no further key can be had
        return own.contract.schema.empty_table()
    if not own.spec.history:
        return rows
    keys = rows.select(list(own.contract.primary_key)).to_pylist()
    first = [place for place, key in enumerate(keys) if not place or key != keys[place - 1]]
    return rows.take(pa.array(first, pa.int64()))


def own_rows(world: World, dataset: str, count: int) -> pa.Table:
    """The dataset's first rows."""
    return _first(world, dataset, count)


def _first(world: World, dataset: str, count: int) -> pa.Table:
    contract = world.recipe(dataset).plan.contract
    batches: list[pa.RecordBatch] = []
    for batch in world.batches(dataset, 0, min(world.first_units(dataset, count), world.units(dataset))):
        batches.append(batch)
        if sum(len(each) for each in batches) >= count:
            break
    return _table(contract, batches).slice(0, count)


def _table(contract: Contract, batches: Sequence[pa.RecordBatch]) -> pa.Table:
    """Rows in the contract's types, without the envelope, in one chunk a column; those that break it are left out."""
    check = RowCheck(contract)
    accepted = [split_envelope(check(batch).accepted)[0].cast(contract.schema) for batch in batches]
    whole = pa.Table.from_batches(accepted, contract.schema)
    return whole.combine_chunks()


def _with_new_keys(plan: Plan, world: World, dataset: str, rows: pa.Table, count: int) -> pa.Table:
    contract = plan.datasets[dataset].contract
    if not len(rows):
        return rows
    rows = rows.take(pa.array(np.arange(count) % len(rows))).combine_chunks()
    for group in contract.keys:
        column = next((name for name in group if _is_numbered(plan, dataset, name)), None)
        if column is None:
            return rows.slice(0, 0)
        at = getattr(plan.datasets[dataset].column(column).generator, "at", None)
        if at is not None:
            total = world.rows(dataset)
            fresh = at(np.arange(total, total + count)).cast(contract.column(column).arrow)
        elif pa.types.is_int64(contract.column(column).arrow):  # ids of events, which are hashes as well
            words = hash_columns(Address((plan.seed, dataset, column, "fresh"), plan.engine), np.arange(count))
            fresh = pa.array(words.view(np.int64))
        else:
            space = uuid.UUID(int=0)
            fresh = pa.array([str(uuid.uuid5(space, f"{plan.seed}/{dataset}/{column}/{row}")) for row in range(count)])
        rows = rows.set_column(rows.schema.get_field_index(column), contract.column(column).field, fresh)
    return rows


def _is_numbered(plan: Plan, dataset: str, column: str) -> bool:
    if column not in plan.scenario.datasets[dataset].columns:
        return False
    generator = plan.datasets[dataset].column(column).generator
    is_event_id = getattr(generator, "what", None) == "event_id"
    return hasattr(generator, "at") or is_event_id or type(generator).__name__ == "Uuid"
