"""Rows of one key that come together: the last one decides, whether it stays or goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.envelope import ENVELOPE
from sandbox.sinks.sql.shape import Shape, rows_of


@dataclass(frozen=True, slots=True)
class Latest:
    """What a batch comes to, key by key."""

    kept: pa.RecordBatch
    """Rows to be there afterwards, in the table's columns."""
    gone: pa.RecordBatch
    """Keys whose rows are to be gone."""


def are_new(batch: pa.RecordBatch) -> bool:
    """Whether every row says that it is new: such rows may simply be added, if no key of theirs is there."""
    return bool(pc.unique(batch.column(ENVELOPE).field("operation")).to_pylist() == ["insert"])


def latest_of(batch: pa.RecordBatch, shape: Shape) -> Latest:
    """The last row of each key of a batch, in the batch's order."""
    rows = rows_of(batch, shape)
    words = batch.column(ENVELOPE).field("operation")
    operations = np.asarray(pc.cast(words, pa.string()).to_numpy(zero_copy_only=False))
    last = _last(rows.select(list(shape.key)))
    is_gone = operations[last] == "delete"
    kept, gone = (rows.take(pa.array(last[mask])) for mask in (~is_gone, is_gone))
    return Latest(kept, gone.select(list(shape.key)))


def _last(keys: pa.RecordBatch) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The place of the last row of each key, ascending."""
    plain = [column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in keys.columns]
    names = [f"k{at}" for at in range(len(plain))]
    table = pa.table([*plain, pa.array(np.arange(keys.num_rows))], names=[*names, "row"])
    found = table.group_by(names, use_threads=False).aggregate([("row", "max")])
    return np.sort(found.column("row_max").to_numpy())
