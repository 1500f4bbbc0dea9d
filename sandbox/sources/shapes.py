"""Files of one dataset that differ a little: their columns together, and each batch brought to them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.scenario.parts import Share
from sandbox.sources.listing import FoundFile

BATCH_ROWS = 65_536
_BATCH_VALUES = 1 << 22


def union_of(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Every column of any schema in the order of its first appearance; where types differ, the wider one, or text."""
    schemas = [pa.schema([(field.name, _settled(field.type)) for field in schema]) for schema in schemas]
    if all(schema.equals(schemas[0]) for schema in schemas[1:]):
        return schemas[0]
    fields: dict[str, pa.Field] = {}
    for schema in schemas:
        for field in schema:
            known = fields.get(field.name)
            fields[field.name] = field if known is None else pa.field(field.name, _wider(known.type, field.type))
    return pa.schema([pa.field(name, field.type) for name, field in fields.items()])


def aligned(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with every column of the schema, in its order; what it lacks is null.

    Types stay as they came, but for layouts that few of Arrow's kernels know.
    """
    if batch.schema.names == schema.names and all(_settled(kind) == kind for kind in batch.schema.types):
        return batch
    at = {name: place for place, name in enumerate(batch.schema.names)}
    columns = [
        _settle(batch.column(at[field.name])) if field.name in at else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, names=schema.names)


def file_shares(files: Sequence[FoundFile], rows: Sequence[int]) -> list[Share]:
    """One share a file; `rows` are known or guessed, -1 where neither."""
    return [
        Share(index, file.name, rows=count, fingerprint=file.fingerprint, size=file.size)
        for index, (file, count) in enumerate(zip(files, rows, strict=True))
    ]


def estimated_rows(file: FoundFile, start: bytes) -> int:
    """About how many lines a file has, from its beginning; of a small file, nearly just as many."""
    if not start:
        return 0
    return max(1, start.count(b"\n") * max(file.size, len(start)) // len(start))


def rows_at_once(columns: int) -> int:
    """Rows of a batch: fewer of a wide table, so that a batch stays within some ten megabytes."""
    return max(256, min(BATCH_ROWS, _BATCH_VALUES // max(columns, 1)))


def _settled(kind: pa.DataType) -> pa.DataType:
    """The type of the same values without views and run ends."""
    if pa.types.is_run_end_encoded(kind):
        return _settled(kind.value_type)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return pa.large_list(kind.value_field)
    return {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}.get(kind, kind)


def _settle(column: pa.Array) -> pa.Array:
    if pa.types.is_run_end_encoded(column.type):
        column = pc.run_end_decode(column)
    kind = _settled(column.type)
    return column if kind == column.type else column.cast(kind)


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one == other:
        return one
    try:
        pair = [pa.schema([("x", one)]), pa.schema([("x", other)])]
        return pa.unify_schemas(pair, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return pa.string()
