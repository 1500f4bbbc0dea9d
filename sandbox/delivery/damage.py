"""Events that come damaged: what a consumer could read of them, set aside with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.contract.checks import Checked
from sandbox.contract.envelope import split_envelope, with_envelope
from sandbox.contract.model import Contract
from sandbox.contract.rejected import refuse
from sandbox.scenario.language.delivery import FAULTS

TRUNCATED, ENCODING, SCHEMA_ID, OVERSIZED = range(1, len(FAULTS) + 1)
_UNREADABLE: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Rows in the order of their arrival, whole, and what happened to each: `faults` are codes, 0 for nothing.

    A replay has here what was written and how it is to be damaged.
    """

    batch: pa.RecordBatch
    faults: NDArray[np.int8]

    def parted(self, contract: Contract) -> tuple[pa.RecordBatch, Checked | None]:
        """The rows that can be read, and those that cannot as a consumer would set them aside."""
        if not self.faults.any():
            return self.batch, None
        return self.batch.filter(pa.array(self.faults == 0)), set_aside(contract, self.batch, self.faults)


def rule_of(fault: int) -> str:
    """The name of the rule that a damaged row breaks: `message.truncated`."""
    return f"message.{FAULTS[fault - 1]}"


def set_aside(contract: Contract, batch: pa.RecordBatch, faults: NDArray[np.int8]) -> Checked:
    """The damaged rows of a batch, refused, in their order."""
    rows = np.flatnonzero(faults)
    damaged, codes = batch.take(pa.array(rows)), faults[rows]
    data, enveloped = split_envelope(damaged)
    half = len(data.schema.names) // 2
    columns = [_as_read(column, codes, is_lost=place >= half) for place, column in enumerate(data.columns)]
    read = pa.RecordBatch.from_arrays(columns, names=data.schema.names)
    if enveloped is not None:
        read = with_envelope(read, enveloped)
    names = pa.array([rule_of(code) for code in range(1, len(FAULTS) + 1)]).take(pa.array(codes - 1))
    reasons = pa.ListArray.from_arrays(pa.array(np.arange(len(rows) + 1, dtype=np.int32)), names)
    counts = {rule_of(int(code)): int((codes == code).sum()) for code in np.unique(codes)}
    none = pa.RecordBatch.from_arrays([pa.array([], field.type) for field in contract.schema], schema=contract.schema)
    return Checked(none, refuse(contract, read, np.arange(len(rows)), reasons), counts)


def _as_read(column: pa.Array, codes: NDArray[np.int8], is_lost: bool) -> pa.Array:
    """What can be read of a column: no later ones where the end is missing, no text where the bytes are none."""
    from sandbox.contract.read_column import plain_text

    unknown = (codes == SCHEMA_ID) | (codes == OVERSIZED) | ((codes == TRUNCATED) & is_lost)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    texts = plain_text(column)
    if pa.types.is_string(kind):
        broken = pa.array((codes == ENCODING) & ~np.asarray(texts.is_null()))
        texts = pc.if_else(broken, pa.scalar(_UNREADABLE), texts)
    return pc.if_else(pa.array(unknown), pa.scalar(None, pa.string()), texts)
