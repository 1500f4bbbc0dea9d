"""What a table looks like that holds the rows of a contract, and a batch's rows as that table has them.

A stream of changes does not lie in its table as it is: the table mirrors what the changes are of, a row a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from sandbox.contract.arrow_types import type_of
from sandbox.contract.envelope import ENVELOPE, ENVELOPE_TYPE, split_envelope
from sandbox.contract.model import Contract
from sandbox.contract.types import Type
from sandbox.errors import InputError
from sandbox.scenario.forms import AFTER, OPERATION, OPERATIONS, SEQUENCE

Writing = Literal["auto", "append", "upsert"]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table."""

    name: str
    type: Type
    required: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's columns, and the key by which rows replace each other: empty where each row is one of its own."""

    columns: tuple[TableColumn, ...]
    key: tuple[str, ...]
    mirrored: tuple[str, ...] = ()
    """Of a stream of changes: where each column that is no key comes from, `after` itself or flat `after_…`."""

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    @property
    def values(self) -> list[str]:
        """The names of those that are no key."""
        return [name for name in self.names if name not in self.key]


def shape_of(contract: Contract, writing: Writing, with_envelope: bool) -> Shape:
    """The table for a contract's rows.

    Args:
        writing: `append` gives every row a place of its own; `upsert` one for each key, which needs one;
            `auto` is `upsert` where there is a key.
        with_envelope: whether a column `_sandbox` tells of each row which event it is.
    Raises:
        InputError: rows shall replace each other and have no key.
    """
    if writing == "upsert" and not contract.primary_key:
        raise InputError(f"{contract.dataset}: has no key by which a row could replace another; say write=append.")
    envelope = (TableColumn(ENVELOPE, type_of(ENVELOPE_TYPE), True),) if with_envelope else ()
    own = tuple(TableColumn(column.name, column.parsed, not column.field.nullable) for column in contract.columns)
    if writing == "append" or not contract.primary_key:
        return Shape((*own, *envelope), ())
    if is_of_changes(contract):
        return _mirror(contract, envelope)
    return Shape((*own, *envelope), contract.keys[0])


def is_of_changes(contract: Contract) -> bool:
    """Whether rows tell changes of other rows: with an operation, a place in their key's order, and the row after."""
    words = next((column.values for column in contract.columns if column.name == OPERATION), None)
    return SEQUENCE in contract.primary_key and words is not None and set(words) <= set(OPERATIONS)


def rows_of(batch: pa.RecordBatch, shape: Shape) -> pa.RecordBatch:
    """A batch's rows in the columns of its table; nothing is copied."""
    data, envelope = split_envelope(batch)
    arrays = []
    for column in shape.columns:
        if column.name == ENVELOPE:
            arrays.append(envelope)
        elif column.name in shape.key or not shape.mirrored:
            arrays.append(data.column(column.name))
        elif AFTER in data.schema.names:
            arrays.append(_field(data.column(AFTER), column.name))
        else:
            arrays.append(data.column(f"{AFTER}_{column.name}"))
    return pa.RecordBatch.from_arrays(arrays, names=shape.names)


def _field(structs: pa.StructArray, name: str) -> pa.Array:
    """A field of each struct, null where the struct is."""
    at = structs.type.get_field_index(name)
    return structs.flatten()[at]


def _mirror(contract: Contract, envelope: tuple[TableColumn, ...]) -> Shape:
    keys = tuple(name for name in contract.primary_key if name != SEQUENCE)
    columns = [TableColumn(name, contract.column(name).parsed, True) for name in keys]
    if AFTER in contract.names:
        after = [(part.name, part.type) for part in contract.column(AFTER).parsed.parts]
    else:
        flat = [column for column in contract.columns if column.name.startswith(f"{AFTER}_")]
        after = [(column.name.removeprefix(f"{AFTER}_"), column.parsed) for column in flat]
    columns += [TableColumn(name, kind, False) for name, kind in after if name not in keys]
    return Shape((*columns, *envelope), keys, tuple(name for name, _ in after))
