"""Who is who on the other side: entities of the dummy and of the real data matched by how much they do.

An id is a name, and names of the two sides have nothing to do with each other. So that rows of one side may stand in
tables of the other, the entity that is busier than a third of its side is taken for the one that is so on the other.
Whatever refers to an entity, in any table, follows the same match, so joins stay whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address
from sandbox.gap.belonging import entity_of
from sandbox.models.split import hash_entities
from sandbox.scenario.plan import Plan

Rows = npt.NDArray[np.int64]
_TIES = Address(("gap", "identities"))


@dataclass(frozen=True, eq=False)
class Entities:
    """The entities of one kind on one side, the least busy first."""

    ids: pa.Array
    """Each once, shape (entities,), no nulls."""

    def numbers(self, values: pa.Array) -> Rows:
        """The number of each value's entity; -1 for null and for who is not known."""
        found = pc.index_in(values, self.ids)
        return np.asarray(found.fill_null(-1), np.int64)

    def match(self, others: Entities) -> Rows:
        """For each entity here, the number of the one that stands where it does among others; shape (entities,)."""
        place = (np.arange(len(self.ids)) + 0.5) / max(len(self.ids), 1)
        return (place * len(others.ids)).astype(np.int64)

    def among(self, values: pa.Array, others: Entities) -> pa.Array:
        """The numbers that stand among others where the values' entities do here; int64, null for who is not known."""
        number = self.numbers(values)
        unknown = number < 0
        if not len(others.ids):
            return pa.nulls(len(values), pa.int64())
        return pa.array(self.match(others)[np.where(unknown, 0, number)] if len(self.ids) else number, mask=unknown)


def kinds_of(plan: Plan, dataset: str) -> dict[str, str]:
    """The columns of a dataset that name entities, each with the kind: the dataset that has them, or its own name."""
    contract = plan.datasets[dataset].contract
    found = {key.columns[0]: key.dataset for key in contract.foreign_keys if len(key.columns) == 1}
    if len(contract.primary_key) == 1:
        found.setdefault(contract.primary_key[0], dataset)
    entity = entity_of(plan, dataset)
    named = [model.entity for model in plan.models.values() if model.of == dataset and model.entity]
    for column in (*([entity] if entity else []), *named):
        found.setdefault(column, column)
    return found


def leading(plan: Plan, dataset: str) -> str | None:
    """The column that rows of a dataset are matched by: whose they are, or else what they are."""
    entity = entity_of(plan, dataset)
    key = plan.datasets[dataset].contract.primary_key
    return entity or (key[0] if len(key) == 1 else None)


def entities_of(plan: Plan, tables: Mapping[str, pa.Table]) -> dict[str, Entities]:
    """The entities of each kind that any of the tables names; who is named by more rows of others comes later."""
    named: dict[str, list[tuple[pa.Array, int]]] = {}
    for dataset, table in tables.items():
        contract = plan.datasets[dataset].contract
        for column, kind in kinds_of(plan, dataset).items():
            weight = 0 if (column,) in contract.keys or contract.valid_from else 1
            named.setdefault(kind, []).append((_flat(table[column]), weight))
    return {kind: Entities(_in_order(parts)) for kind, parts in named.items()}


def _in_order(parts: list[tuple[pa.Array, int]]) -> pa.Array:
    type_ = parts[0][0].type
    whole = pa.concat_arrays([values.cast(type_) for values, _ in parts])
    weight = np.repeat([weight for _, weight in parts], [len(values) for values, _ in parts])
    there = np.asarray(pc.is_valid(whole))
    coded = whole.filter(pa.array(there)).dictionary_encode()
    rows = np.bincount(np.asarray(coded.indices, np.int64), weight[there], len(coded.dictionary))
    return coded.dictionary.take(pa.array(np.lexsort((hash_entities(_TIES, coded.dictionary), rows))))


def _flat(values: pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks()
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole
