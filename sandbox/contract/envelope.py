"""The envelope: one column, `_sandbox`, that says of each row which event it is and when it came.

Its layout is a promise to users. A change of it is a new `ENVELOPE_VERSION`, which stands in the field's
metadata, so that what was landed long ago can still be read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.errors import InputError, did_you_mean

ENVELOPE = "_sandbox"
ENVELOPE_VERSION = 1
OPERATIONS = ("insert", "update", "delete", "read")
ENVELOPE_TYPE = pa.struct(
    [
        pa.field("event_id", pa.uint64(), nullable=False),
        pa.field("operation", pa.dictionary(pa.int8(), pa.string()), nullable=False),
        pa.field("arrived_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("attempt", pa.int32(), nullable=False),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("contract_version", pa.int32(), nullable=False),
    ]
)
ENVELOPE_FIELD = pa.field(ENVELOPE, ENVELOPE_TYPE, nullable=False, metadata={"sandbox.envelope": str(ENVELOPE_VERSION)})
_OPERATION_WORDS = pa.array(OPERATIONS)

Values: TypeAlias = npt.NDArray[Any] | pa.Array


def envelope(
    event_id: Values,
    arrived_at: Values | int,
    *,
    operation: Values | str = "insert",
    attempt: Values | int = 1,
    partition: Values | int = 0,
    offset: Values | int = 0,
    contract_version: Values | int = 1,
) -> pa.StructArray:
    """Build the envelope of n rows; what is one value for all of them costs next to nothing.

    Args:
        event_id: uint64, shape (n,); an event delivered twice has the same id twice.
        arrived_at: microseconds since 1970 UTC as int64, or an Arrow timestamp array, shape (n,), or one int.
        operation: one of `OPERATIONS`, or int8 indices into them, shape (n,).
        attempt: which delivery of the event this is, counted from 1; int32, shape (n,), or one int.
        partition: int32, shape (n,), or one int.
        offset: int64, shape (n,), or the first of a run of consecutive offsets.
        contract_version: version of the contract that each row was written by; int32, shape (n,), or one int.
    Raises:
        InputError: an unknown operation.
    """
    rows = len(event_id)
    consecutive = offset if not isinstance(offset, int) else np.arange(offset, offset + rows, dtype=np.int64)
    children = [
        _column(event_id, rows, pa.uint64()),
        _operations(operation, rows),
        _column(arrived_at, rows, pa.timestamp("us", tz="UTC")),
        _column(attempt, rows, pa.int32()),
        _column(partition, rows, pa.int32()),
        _column(consecutive, rows, pa.int64()),
        _column(contract_version, rows, pa.int32()),
    ]
    return pa.StructArray.from_arrays(children, fields=list(ENVELOPE_TYPE))


def with_envelope(batch: pa.RecordBatch, column: pa.StructArray) -> pa.RecordBatch:
    """The batch with the envelope as its last column, in place of one that is there; nothing is copied."""
    data, _ = split_envelope(batch)
    return pa.RecordBatch.from_arrays([*data.columns, column], schema=landed_schema(data.schema))


def split_envelope(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.StructArray | None]:
    """The data columns, and the envelope where there is one; nothing is copied."""
    at = batch.schema.get_field_index(ENVELOPE)
    return (batch, None) if at < 0 else (batch.remove_column(at), batch.column(at))


def is_envelope(type_: pa.DataType) -> bool:
    """Whether a source's column `_sandbox` is an envelope: a struct with the fields of ours, whatever widths it has."""
    if not pa.types.is_struct(type_):
        return False
    return {field.name for field in ENVELOPE_TYPE} <= {field.name for field in type_}


def restamped(column: pa.StructArray, *, arrived_at: pa.Array | None, contract_version: Values) -> pa.StructArray:
    """The envelope that rows brought along, in our types.

    Args:
        column: an envelope as `is_envelope` knows it, shape (n,).
        arrived_at: timestamp[us, UTC], shape (n,), in place of the times in it; null, or no array: as it was.
        contract_version: int32, shape (n,), where the row does not know its own (0).
    """
    told = {name: column.field(name) for name in ENVELOPE_TYPE.names}
    words = told["operation"].cast(pa.string())
    moments = told["arrived_at"].cast(ENVELOPE_TYPE.field("arrived_at").type)
    versions = np.asarray(told["contract_version"].cast(pa.int32()))
    return envelope(
        told["event_id"].cast(pa.uint64()),
        moments if arrived_at is None else pc.coalesce(arrived_at, moments),
        operation=pc.index_in(words, _OPERATION_WORDS).cast(pa.int8()),
        attempt=told["attempt"].cast(pa.int32()),
        partition=told["partition"].cast(pa.int32()),
        offset=told["offset"].cast(pa.int64()),
        contract_version=np.where(versions > 0, versions, np.asarray(contract_version, np.int32)),
    )


def landed_schema(schema: pa.Schema) -> pa.Schema:
    """The schema that lands on disk: the data columns, then the envelope."""
    return schema.append(ENVELOPE_FIELD)


def _column(values: Values | int, rows: int, arrow: pa.DataType) -> pa.Array:
    if isinstance(values, int):
        return _constant(values, 1 << max(rows - 1, 0).bit_length(), arrow).slice(0, rows)
    if isinstance(values, pa.Array):
        return values if values.type == arrow else values.cast(arrow)
    width = np.dtype(f"u{arrow.bit_width // 8}" if pa.types.is_unsigned_integer(arrow) else f"i{arrow.bit_width // 8}")
    whole = np.ascontiguousarray(values.astype(width, casting="same_kind", copy=False))
    return pa.Array.from_buffers(arrow, len(whole), [None, pa.py_buffer(whole)])


def _operations(operation: Values | str, rows: int) -> pa.DictionaryArray:
    if isinstance(operation, str):
        if operation not in OPERATIONS:
            raise InputError(f"unknown operation '{operation}'.{did_you_mean(operation, OPERATIONS)}")
        codes = _column(OPERATIONS.index(operation), rows, pa.int8())
    else:
        codes = _column(operation, rows, pa.int8())
    return pa.DictionaryArray.from_arrays(codes, _OPERATION_WORDS, safe=False)


# Lengths are rounded up to powers of two, so that the few sizes of a run's batches share a few buffers.
@lru_cache(maxsize=64)
def _constant(value: int, rows: int, arrow: pa.DataType) -> pa.Array:
    return _column(np.full(rows, value, np.uint64 if value > np.iinfo(np.int64).max else np.int64), rows, arrow)
