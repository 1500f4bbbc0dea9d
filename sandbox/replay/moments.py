"""When each row of a stream is due: by the time that it tells of, or by when it arrived."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.contract.zones import to_utc
from sandbox.errors import InputError, Problem, did_you_mean

Order: TypeAlias = Literal["event", "arrival"]
Moments: TypeAlias = npt.NDArray[np.int64]
_INSTANT = pa.timestamp("us", tz="UTC")


def knows_time(contract: Contract) -> bool:
    """Whether rows tell of a time of their own; those of others are sent before everything else."""
    return (contract.time or contract.valid_from) is not None


def moments_of(batch: pa.RecordBatch, contract: Contract, order: Order, zone: str) -> Moments:
    """Microseconds UTC by which the rows are ordered, shape (n,); local times by `zone`, none: when the row arrived."""
    arrived = batch.column(ENVELOPE).field("arrived_at")
    own = contract.time or contract.valid_from
    if order == "arrival" or own is None:
        return _numbers(arrived)
    written = batch.column(own)
    if not (pa.types.is_timestamp(written.type) and written.type.tz is not None):
        local = written.cast(pa.timestamp("us"), safe=False)
        known = to_utc(_numbers(pc.fill_null(local, pa.scalar(0, local.type))), zone)
        return np.where(np.asarray(local.is_null()), _numbers(arrived), known)
    return _numbers(pc.coalesce(written.cast(_INSTANT, safe=False), arrived))


def _numbers(instants: pa.Array) -> Moments:
    return np.asarray(instants.view(pa.int64()))


def order_of(written: str) -> Order:
    """An order by its name. Raises InputError."""
    if written not in ("event", "arrival"):
        raise InputError(Problem(f"unknown order '{written}'.{did_you_mean(written, ('event', 'arrival'))}", "order"))
    return "event" if written == "event" else "arrival"
