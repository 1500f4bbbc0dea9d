"""What is set aside: the row as its source wrote it, its envelope, and every reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD
from sandbox.contract.model import Contract
from sandbox.contract.read_column import plain_text
from sandbox.contract.readings import Mask

REASONS = "_reasons"
_REASONS_FIELD = pa.field(REASONS, pa.list_(pa.string()), nullable=False)


def rejected_schema(contract: Contract) -> pa.Schema:
    """Every data column as text, since what was refused may be of any type; then the envelope and the reasons."""
    columns = [pa.field(name, pa.string()) for name in contract.names]
    return pa.schema([*columns, ENVELOPE_FIELD.with_nullable(True), _REASONS_FIELD])


def refuse(
    contract: Contract, batch: pa.RecordBatch, rows: npt.NDArray[np.int64], reasons: pa.ListArray
) -> pa.RecordBatch:
    """Some rows of a batch in rejected form.

    Args:
        contract: names the columns; one that the batch lacks is null.
        batch: raw or typed rows, with or without the envelope.
        rows: which, shape (n,).
        reasons: list<string>, shape (n,).
    """
    wanted = {*contract.names, ENVELOPE}
    known = [name for name in batch.schema.names if name in wanted]
    taken = batch.select(known).take(pa.array(rows))
    schema = rejected_schema(contract)
    columns = [_column(taken, name) for name in (*contract.names, ENVELOPE)]
    columns = [plain_text(column) for column in columns[:-1]] + columns[-1:]
    given = [column.cast(field.type) for column, field in zip(columns, schema, strict=False)]
    return pa.RecordBatch.from_arrays([*given, reasons], schema=schema)


def reasons_of(broken: Sequence[tuple[str, Mask]], rows: npt.NDArray[np.int64]) -> pa.ListArray:
    """For each of these rows, the names of what it breaks, in the order given; list<string>, shape (n,)."""
    matrix = np.stack([mask[rows] for _, mask in broken], axis=1)
    names = pa.array([name for name, _ in broken], pa.string())
    offsets = np.concatenate([[0], np.cumsum(matrix.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(np.nonzero(matrix)[1])))


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    at = batch.schema.get_field_index(name)
    return pa.nulls(len(batch)) if at < 0 else batch.column(at)
