"""The gap of keys: how many rows refer to each entity, how many to none that is there, and how many keys come again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address, hash_columns
from sandbox.gap.columns import ColumnGap
from sandbox.gap.derived import Derived, derived_gaps, repeated
from sandbox.gap.side import Side
from sandbox.gap.sides import Sides
from sandbox.landing.reading import accepted_batches
from sandbox.scenario.plan import Plan
from sandbox.verify.lacking import without_lacking

Parents = Mapping[str, pa.Array]
"""By foreign key of one column, the keys that are there to refer to."""


def key_gaps(plan: Plan, dummy_plan: Plan, sides: Sides, seed: int) -> tuple[list[ColumnGap], list[str]]:
    """Measure keys, and say what could not be measured.

    Args:
        plan: the target's; rows that refer to a dataset which is not real in it have nothing real to resolve to.
        dummy_plan: the same with nothing real.
        sides: dummy and real.
        seed: of the halves.
    """
    contract, entity = sides.contract, sides.entity
    links = {key.columns[0]: key for key in contract.foreign_keys if len(key.columns) == 1}
    plan, lacking = without_lacking(plan, [key.dataset for key in links.values() if key.dataset in plan.bindings])
    real = {
        name: key
        for name, key in links.items()
        if key.dataset in plan.bindings and key.references[0] not in lacking.get(key.dataset, ())
    }
    told = [f"{name} resolves: {key.dataset} has no real keys" for name, key in links.items() if name not in real]
    sampled = not (sides.dummy.is_whole and sides.real.is_whole)
    named = dict.fromkeys([*links, *([entity] if entity else [])])
    counted = [name for name in named if not sampled or name == entity]
    told += [f"rows of a {name}: a sample of whole {entity} does not tell" for name in named if name not in counted]
    if contract.time is not None and (sampled or entity not in real):
        # Without entities that have no row, these are the events of an entity, which behaviour has measured.
        counted = [name for name in counted if name != entity]
    both = []
    for side, each in ((sides.dummy, dummy_plan), (sides.real, plan)):
        parents = {name: _keys(each, key.dataset, key.references[0]) for name, key in real.items()}
        both.append(_derived(side, parents, counted, contract.keys, sampled))
    return derived_gaps(both[0], both[1], seed), told


def _keys(plan: Plan, dataset: str, column: str) -> pa.Array:
    """The different keys of a dataset."""
    type_ = plan.datasets[dataset].contract.column(column).arrow
    parts = [_flat(batch.column(column)) for batch in accepted_batches(plan, dataset)]
    return pa.chunked_array(parts, type_).unique().drop_null()


def _derived(
    side: Side, parents: Parents, counted: Sequence[str], keys: Sequence[Sequence[str]], sampled: bool
) -> Iterator[Derived]:
    for name in counted:
        counts = _fan_out(_flat(side.table[name]), None if sampled else parents.get(name))
        yield Derived(f"rows of a {name}", pa.array(counts), np.arange(len(counts), dtype=np.int32))
    for name, known in parents.items():
        yield Derived(f"{name} resolves", _resolves(_flat(side.table[name]), known), side.entities)
    for key in keys:
        yield Derived(f"{', '.join(key)} came before", _again(side.table, key), side.entities)
    if not keys and side.table.num_columns:
        yield Derived("the whole row came before", _again(side.table, side.table.column_names, False), side.entities)


def _fan_out(values: pa.Array, parents: pa.Array | None) -> npt.NDArray[np.int64]:
    """Rows of each entity; entities without rows among them where it is known who there is."""
    counts = np.asarray(values.drop_null().value_counts().field("counts"), np.int64)
    if parents is None:
        return counts
    without = len(parents) - int(pc.sum(pc.is_in(parents, values.unique())).as_py() or 0)
    return np.append(counts, np.zeros(without, np.int64))


def _resolves(values: pa.Array, parents: pa.Array) -> pa.Array:
    there = pc.if_else(pc.is_in(values, parents), "yes", "no")
    return pc.if_else(pc.is_valid(values), there, pa.scalar(None, pa.string()))


def _again(table: pa.Table, key: Sequence[str], is_key: bool = True) -> pa.Array:
    """Whether what these columns hold in each row has come before; a key with a null in it is no key."""
    codes, whole = [], np.ones(table.num_rows, np.bool_)
    for name in key:
        values = _flat(table[name])
        if is_key:
            whole &= np.asarray(pc.is_valid(values))
        codes.append(np.asarray(values.dictionary_encode().indices.fill_null(-1), np.int64))
    ids = codes[0].view(np.uint64) if len(codes) == 1 else hash_columns(Address(("gap", "key")), *codes)
    return repeated(ids, whole)


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole.dictionary_decode() if kinds.is_dictionary(whole.type) else whole
