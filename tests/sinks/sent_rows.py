"""Rows to send: numbered, of a few customers, with an envelope."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sandbox.contract import Column, Contract
from sandbox.contract.envelope import envelope, with_envelope
from sandbox.scenario.outlets import Errand
from sandbox.sinks.opening import outlet_at

CONTRACT = Contract(
    "visits",
    (Column("n", "int64"), Column("customer_id", "int64", nullable=True), Column("page", "string")),
    primary_key=("n",),
)


def numbered(start: int, stop: int, customers: int = 7) -> pa.RecordBatch:
    """Rows `start` to `stop`; row n is of customer n modulo `customers`."""
    n = np.arange(start, stop)
    batch = pa.record_batch(
        {"n": n, "customer_id": n % customers, "page": [f'/sale "{at}" é' for at in n]}, schema=CONTRACT.schema
    )
    return with_envelope(batch, envelope(n.astype(np.uint64), 1_767_225_600_000_000, offset=start))


def errand(patience_s: float = 5.0) -> Errand:
    """What they are sent for."""
    return Errand(CONTRACT, "test", patience_s=patience_s)


def sent(address, *batches, faults=None, patience_s=5.0):
    """Send batches to an address: the account at the end, and what was refused."""
    outlet = outlet_at(address).connect(errand(patience_s))
    try:
        for batch in batches:
            outlet.send(batch, faults)
        outlet.flush()
        return outlet.account(), list(outlet.refusals())
    finally:
        outlet.close()
