"""Both sides of a dataset: rows of the dummy and of the real data, of as many entities as there is room for.

Whether an entity is in the sample follows from its name alone, so all of its rows are in or out together, on both sides
and at every reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address, hash_columns
from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.landing.reading import accepted_batches
from sandbox.models.split import hash_entities
from sandbox.scenario.plan import Plan

MOST_ROWS = 1_000_000
_WORDS = 2.0**64


@dataclass(frozen=True, eq=False)
class Side:
    """Rows of one side, and how many of all these are."""

    table: pa.Table
    entities: npt.NDArray[np.int32]
    """Which entity each row is of, numbered from 0; shape (rows,)."""
    known: npt.NDArray[np.bool_]
    """Whether it is told of a row whose it is; shape (rows,)."""
    rows: int
    """Rows that the side has in all."""

    @property
    def sampled(self) -> float:
        """The share of its rows that are looked at."""
        return self.table.num_rows / self.rows if self.rows else 1.0


@dataclass(frozen=True, eq=False)
class Sides:
    """A dataset, twice."""

    contract: Contract
    entity: str | None
    """The column whose equal values make rows belong together; None: each row is alone."""
    dummy: Side
    real: Side


def sides_of(plan: Plan, dataset: str, most_rows: int = MOST_ROWS, dummy: Side | None = None) -> Sides:
    """Read a dataset from its real source, and make it anew as the dummy.

    Args:
        plan: binds the dataset to a real source.
        dataset: which.
        most_rows: of each side; beyond it entities are left out.
        dummy: of `dummy_side`, where it was made before.
    Raises:
        InputError: the dataset is not real in this plan, or no real row keeps the contract.
        OutsideError: the source cannot be read.
    """
    if dataset not in plan.bindings:
        raise InputError(f"'{dataset}' is not real in the target '{plan.target}': there is nothing to compare it with.")
    entity = entity_of(plan, dataset)
    contract = plan.datasets[dataset].contract
    real_side = side_of(accepted_batches(plan, dataset), contract, entity, most_rows)
    if not real_side.rows:
        raise InputError(f"no row of the real {dataset} keeps the contract; see `sandbox verify`.")
    return Sides(contract, entity, dummy or dummy_side(plan, dataset, most_rows), real_side)


def dummy_side(plan: Plan, dataset: str, most_rows: int = MOST_ROWS) -> Side:
    """The side that the scenario makes, whatever stands in its place."""
    rows = accepted_batches(replace(plan, bindings={}, target=None), dataset)
    return side_of(rows, plan.datasets[dataset].contract, entity_of(plan, dataset), most_rows)


def entity_of(plan: Plan, dataset: str) -> str | None:
    """The column that says whose a row is.

    The key of the parent, or the entity that a model of this dataset names, or the only foreign key.
    """
    found = plan.datasets[dataset]
    keys = [key for key in found.contract.foreign_keys if len(key.columns) == 1]
    of_parent = [key.columns[0] for key in keys if key.dataset == found.parent]
    of_models = [model.entity for model in plan.models.values() if model.of == dataset and model.entity]
    of_history = [found.contract.primary_key[0]] if found.contract.valid_from and found.contract.primary_key else []
    only = [keys[0].columns[0]] if len(keys) == 1 else []
    return next(iter([*of_parent, *of_models, *of_history, *only]), None)


def side_of(batches: Iterator[pa.RecordBatch], contract: Contract, entity: str | None, most_rows: int) -> Side:
    """Rows of a source, whole entities, as many as there is room for.

    Args:
        batches: in the contract's columns and types.
        contract: of the dataset.
        entity: the column whose equal values make rows belong together.
        most_rows: beyond it entities are left out.
    """
    kept: list[tuple[pa.RecordBatch, npt.NDArray[np.uint64]]] = []
    rows = held = 0
    limit = _WORDS
    for batch in batches:
        hashes = _hashes(batch, entity, rows)
        rows += batch.num_rows
        inside = hashes < limit
        kept.append((batch.filter(pa.array(inside)), hashes[inside]))
        held += int(inside.sum())
        while held > most_rows:
            limit /= 2
            kept = [_thinned(*part, limit) for part in kept]
            held = sum(len(part_hashes) for _, part_hashes in kept)
    table = pa.Table.from_batches([part for part, _ in kept], contract.schema)
    hashes = np.concatenate([part_hashes for _, part_hashes in kept]) if kept else np.zeros(0, np.uint64)
    known = (
        np.ones(table.num_rows, np.bool_) if entity is None else np.asarray(pc.is_valid(table[entity]).combine_chunks())
    )
    return Side(table, np.unique(hashes, return_inverse=True)[1].astype(np.int32), known, rows)


def _thinned(
    batch: pa.RecordBatch, hashes: npt.NDArray[np.uint64], limit: float
) -> tuple[pa.RecordBatch, npt.NDArray[np.uint64]]:
    inside = hashes < limit
    return batch.filter(pa.array(inside)), hashes[inside]


def _hashes(batch: pa.RecordBatch, entity: str | None, first: int) -> npt.NDArray[np.uint64]:
    """A word for the entity of each row; a row without one is alone."""
    alone = hash_columns(Address(("gap", "row")), np.arange(first, first + batch.num_rows))
    if entity is None:
        return alone
    values = batch.column(entity)
    plain = values.dictionary_decode() if kinds.is_dictionary(values.type) else values
    known = np.asarray(pc.is_valid(plain))
    alone[known] = hash_entities(Address(("gap", "entity")), plain.drop_null())
    return alone
