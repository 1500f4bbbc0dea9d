"""Rows as JSON objects, one text a row, for sinks that send messages."""

from __future__ import annotations

import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE
from sandbox.sinks.texts import joined, object_pieces


def json_rows(batch: pa.RecordBatch, envelope: bool = False) -> pa.StringArray:
    """Each row as one JSON object, its keys in the order of the columns; shape (n,), without nulls.

    Args:
        batch: rows that fit one Arrow array, as `texts.slices` cuts them.
        envelope: whether the envelope is the last key, `_sandbox`; else it is left out.
    """
    names = [name for name in batch.schema.names if envelope or name != ENVELOPE]
    return joined(object_pieces(names, [batch.column(name) for name in names]), batch.num_rows)
