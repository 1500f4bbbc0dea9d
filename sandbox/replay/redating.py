"""Times moved: every timestamp of a row by the same length, so that what lies between them stays as it is."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.errors import InputError, Problem, did_you_mean

Redate: TypeAlias = Literal["begin", "end"]
_DAY_US = 86_400_000_000
_A_MICROSECOND = {"s": 1e-6, "ms": 1e-3, "us": 1, "ns": 1_000}


def redate_of(written: str | None, is_paced: bool) -> Redate | None:
    """Whether times are moved so that the first is now, or the last; `now`: the first if paced, else the last.

    Raises:
        InputError: it is none of these words.
    """
    if written is None:
        return None
    if written not in ("now", "begin", "end"):
        raise InputError(
            Problem(f"unknown word '{written}'.{did_you_mean(written, ('now', 'begin', 'end'))}", "redate")
        )
    return "begin" if written == "begin" or (written == "now" and is_paced) else "end"


def moved(batch: pa.RecordBatch, contract: Contract, by_us: int) -> pa.RecordBatch:
    """The rows with all timestamps moved, those inside structs too; a date only where it is the rows' own time."""
    if not by_us:
        return batch
    own = {contract.time, contract.valid_from, contract.valid_to}
    columns = [
        _moved_days(column, by_us)
        if field.name in own and pa.types.is_date(field.type)
        else column
        if field.name == ENVELOPE
        else _moved(column, by_us)
        for field, column in zip(batch.schema, batch.columns, strict=True)
    ]
    at = batch.schema.get_field_index(ENVELOPE)
    columns[at] = _moved(columns[at], by_us)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def moved_columns(contract: Contract) -> list[str]:
    """The columns that `moved` changes."""
    own = {contract.time, contract.valid_from, contract.valid_to}
    return [
        column.name
        for column in contract.columns
        if pa.types.is_timestamp(column.arrow)
        or (pa.types.is_struct(column.arrow) and any(pa.types.is_timestamp(child.type) for child in column.arrow))
        or (column.name in own and pa.types.is_date(column.arrow))
    ]


def _moved(array: pa.Array, by_us: int) -> pa.Array:
    if pa.types.is_timestamp(array.type):
        by = round(by_us * _A_MICROSECOND[array.type.unit])
        return pc.add(array.view(pa.int64()), by).view(array.type)
    if pa.types.is_struct(array.type):
        children = [_moved(child, by_us) for child in array.flatten()]
        mask = pa.array(np.asarray(array.is_null())) if array.null_count else None
        return pa.StructArray.from_arrays(children, fields=list(array.type), mask=mask)
    return array


def _moved_days(array: pa.Array, by_us: int) -> pa.Array:
    return pc.add(array.cast(pa.int32()), round(by_us / _DAY_US)).cast(pa.date32()).cast(array.type)
