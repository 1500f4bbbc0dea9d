"""Rows of a clickstream, as a shop would send them: seven columns, about 130 bytes a row as JSON."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sandbox.contract import Column, Contract
from sandbox.contract.envelope import envelope, with_envelope

BATCH_ROWS = 65_536
_KINDS = ("page_view", "product_view", "basket", "purchase")
CONTRACT = Contract(
    "web",
    (
        Column("event_id", "int64"),
        Column("customer_id", "int64"),
        Column("happened_at", "timestamp"),
        Column("kind", "enum", values=_KINDS),
        Column("product_id"),
        Column("page"),
        Column("price", "float64"),
    ),
    time="happened_at",
)


def batches_of(rows: int) -> list[pa.RecordBatch]:
    """So many rows with their envelopes, in batches as a replay sends them."""
    return [batch_of(start, min(BATCH_ROWS, rows - start)) for start in range(0, rows, BATCH_ROWS)]


def batch_of(start: int, rows: int) -> pa.RecordBatch:
    """The rows from one on, always the same."""
    number = np.arange(start, start + rows) + 1
    chance = np.random.default_rng(start)
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array(number),
            pa.array(chance.integers(0, 5_000, rows)),
            pa.array(number * 1_000_003 + 1_767_225_600_000_000, pa.timestamp("us", "UTC")),
            pa.DictionaryArray.from_arrays(chance.integers(0, 4, rows).astype(np.int8), list(_KINDS)),
            pa.array([f"P{at % 400:05d}" for at in number]),
            pa.array([f"/products/{at % 400}" for at in number]),
            pa.array(np.round(chance.random(rows) * 100, 2)),
        ],
        schema=CONTRACT.schema,
    )
    return with_envelope(batch, envelope(number.astype(np.uint64) * 7_919, number * 1_000_003))
