"""Versions of a contract: each is valid from a moment of the rows' own time on, and knows the columns that exist then.

A row is judged by the version that its envelope names. What its version does not know yet must be null in it.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract

Numbers = NDArray[np.int32]

_MOMENT = pa.timestamp("us", tz="UTC")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


def moment_text(moment_us: int) -> str:
    """A moment as contracts write the beginning of a version: ISO 8601, UTC."""
    return (_EPOCH + moment_us * _MICROSECOND).isoformat()


def begins_us(contract: Contract) -> NDArray[np.int64]:
    """From when on each version after the first is valid, microseconds UTC, rising; int64, shape (versions - 1,)."""
    moments = [datetime.datetime.fromisoformat(text) for text in contract.versions]
    return np.array([(moment - _EPOCH) // _MICROSECOND for moment in moments], np.int64)


def versions_at(contract: Contract, moments: pa.Array) -> Numbers:
    """The version that is valid at each moment; a row without one is of the first. int32, shape (n,)."""
    if not contract.versions:
        return np.full(len(moments), contract.version, np.int32)
    begins = begins_us(contract)
    times = pc.fill_null(moments.cast(_MOMENT, safe=False).cast(pa.int64()), int(begins[0]) - 1)
    after = np.searchsorted(begins, times.to_numpy(zero_copy_only=False), side="right")
    return np.asarray(after + 1, np.int32)


def versions_of(contract: Contract, batch: pa.RecordBatch) -> Numbers:
    """The version that each row names in its envelope; without one, that of the row's own time, or the latest."""
    if ENVELOPE in batch.schema.names:
        return np.asarray(batch.column(ENVELOPE).field("contract_version"), np.int32)
    if contract.time is not None and contract.time in batch.schema.names:
        return versions_at(contract, batch.column(contract.time))
    return np.full(batch.num_rows, contract.version, np.int32)


def as_of_version(contract: Contract, version: int) -> Contract:
    """A contract as one version of it had it: with the columns that existed then, and what is said of them.

    Args:
        version: from 1 to `contract.version`.
    """
    columns = tuple(replace(column, since=1) for column in contract.columns if column.since <= version)
    known = {column.name for column in columns}
    return replace(
        contract,
        columns=columns,
        foreign_keys=tuple(key for key in contract.foreign_keys if known.issuperset(key.columns)),
        unique=tuple(group for group in contract.unique if known.issuperset(group)),
        expectations=tuple(each for each in contract.expectations if known.issuperset(each.columns)),
        version=version,
        versions=(),
    )
