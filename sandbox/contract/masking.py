"""People's data stays unseen: what stands in the place of a `pii` value in a report, a preview, a log, an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from sandbox.contract.model import Contract

MASK = "•••"


def masked(table: pa.Table | pa.RecordBatch, contract: Contract, show_pii: bool = False) -> pa.Table:
    """The rows with every `pii` column's values replaced by a mask; nulls stay nulls.

    The type of a masked column becomes string. Columns that the contract does not know are masked too: nobody has
    said that they hold no personal data. The house's own columns (`_reasons`) stay.
    """
    whole = pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table
    if show_pii:
        return whole
    known, secret = set(contract.names), contract.pii
    for number, name in enumerate(whole.column_names):
        if name in secret or (name not in known and not name.startswith("_")):
            whole = whole.set_column(number, name, _mask(whole.column(number)))
    return whole


def masked_contract(contract: Contract) -> dict[str, Any]:
    """A contract as plain values, for what people read: which values a personal column may have is masked.

    There stay as many of them as there were: a column's Arrow type hangs on that.
    """
    record = contract.to_dict()
    for column in record["columns"]:
        if column.get("pii") and column.get("values"):
            column["values"] = [MASK] * len(column["values"])
        if column.get("pii") and column.get("default") is not None:
            column["default"] = MASK
    return record


def _mask(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_null(column), pa.scalar(None, pa.string()), pa.scalar(MASK))
