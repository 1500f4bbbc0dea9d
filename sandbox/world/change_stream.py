"""A history as the stream of its changes: who came, changed or left, with the row before and after.

Folded in the order of time and sequence up to any moment, it gives the table as of that moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.contract.envelope import ENVELOPE_FIELD, envelope
from sandbox.contract.model import Contract
from sandbox.scenario import forms
from sandbox.world.finish import plain
from sandbox.world.history import OPEN, Versions
from sandbox.world.recipe import INSTANT
from sandbox.world.rowsets import Whole, identities_of
from sandbox.world.world import World

INSERT, UPDATE, DELETE = range(3)


@dataclass(frozen=True, eq=False)
class ChangeLog:
    """Changes of some entities, by time; all int64, shape (n,).

    `operation` is a place in `forms.OPERATIONS`, `at` microseconds UTC; `sequence` counts each entity's changes from
    0; `before` and `after` are rows of the versions, -1 where there is none.
    """

    operation: Whole
    at: Whole
    sequence: Whole
    before: Whole
    after: Whole

    def __len__(self) -> int:
        return len(self.at)


def change_batches(world: World, contract: Contract, flat: bool, start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """The changes of the entities [start, stop): by time within each block of 65,536 of them, at most so many a batch.

    Args:
        contract: of the change stream, as `forms.contract_of` gives it.
        flat: the row before and after as columns of their own, not as structs.
    Yields:
        The contract's columns, then the envelope, which bears the operation as well.
    """
    columns = tuple(column.name for column in forms.value_columns(world.plan.datasets[contract.dataset].contract))
    for piece in world.slices(contract.dataset, start, stop):
        versions = piece.view
        assert isinstance(versions, Versions)
        versions.make(columns)
        log = changes_of(versions, piece.first, piece.last)
        for first in range(0, len(log), BLOCK_ROWS):
            yield _batch(versions, log, np.arange(first, min(first + BLOCK_ROWS, len(log))), contract, columns, flat)


def changes_of(versions: Versions, first: int, last: int) -> ChangeLog:
    """The changes behind the versions [first, last), which are all those of some entities."""
    rows = np.arange(first, last)
    since, until = versions.since[first:last], versions.until[first:last]
    follows = np.zeros(len(rows), np.bool_)  # joins on to the version before
    follows[1:] = (versions.number[rows[1:]] > 0) & (since[1:] == until[:-1])
    ends = until < OPEN
    ends[:-1] &= ~follows[1:]
    goes = np.flatnonzero(ends)
    opening = np.where(follows, UPDATE, INSERT)
    operation = np.concatenate([opening, np.full(len(goes), DELETE)])
    at = np.concatenate([since, until[goes]])
    before = np.concatenate([np.where(follows, rows - 1, -1), rows[goes]])
    after = np.concatenate([rows, np.full(len(goes), -1)])
    # Version by version, each one's begin before its end: so the changes of an entity stand in their order.
    order = np.argsort(np.maximum(before, after) * 2 + (after < 0), kind="stable")
    entity = versions.entity[np.maximum(before, after)[order]]
    begins = np.flatnonzero(np.diff(entity, prepend=-1))
    counted = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    sequence = np.empty(len(order), np.int64)
    sequence[order] = counted
    by_time = order[np.argsort(at[order], kind="stable")]
    return ChangeLog(*(values[by_time] for values in (operation, at, sequence, before, after)))


def _batch(
    versions: Versions, log: ChangeLog, rows: Whole, contract: Contract, columns: tuple[str, ...], flat: bool
) -> pa.RecordBatch:
    recipe = versions.entities.recipe
    before, after, operation = log.before[rows], log.after[rows], log.operation[rows]
    here = np.maximum(before, after)
    arrays = {
        forms.CHANGED_AT: pa.array(log.at[rows]).cast(INSTANT),
        forms.SEQUENCE: pa.array(log.sequence[rows]),
        forms.OPERATION: pa.DictionaryArray.from_arrays(operation.astype(np.int8), pa.array(forms.OPERATIONS)),
    }
    arrays |= {key: versions.column(key).take(pa.array(here)) for key in recipe.plan.contract.primary_key}
    for side, images in ((forms.BEFORE, before), (forms.AFTER, after)):
        taken = pa.array(images, mask=images < 0)
        values = {name: plain(versions.column(name)).take(taken) for name in columns}
        if flat:
            arrays |= {f"{side}_{name}": array for name, array in values.items()}
        else:
            fields = list(contract.column(side).arrow)
            parts = [_as(array, field.type) for array, field in zip(values.values(), fields, strict=True)]
            arrays[side] = pa.StructArray.from_arrays(parts, fields=fields, mask=pa.array(images < 0))
    schema = contract.schema
    entities = versions.entities.identities[versions.entity[here]]
    ids = identities_of(recipe.process_address("change"), entities, log.sequence[rows]).view(np.uint64)
    enveloped = envelope(ids, log.at[rows], operation=operation.astype(np.int8), offset=int(rows[0]))
    finished = [_as(arrays[field.name], field.type) for field in schema]
    return pa.RecordBatch.from_arrays([*finished, enveloped], schema=schema.append(ENVELOPE_FIELD))


def _as(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    return values if values.type == wanted else plain(values).cast(wanted)
