"""Parquet, the default: row groups of fixed size, and dictionary pages only where values already come as a dictionary.

Trying dictionaries on every column, as writers do by default, costs a third of the time and gains nothing on keys,
times and amounts. Whole numbers and times are written as packed differences: half the time and two thirds of the size
of what snappy makes of them, and nothing left to compress; every reader of the format's second version (2013) knows it.
Statistics of text would be gathered value by value, and help no reader to skip rows that come in no order.
A file's bytes depend on its rows alone, not on the batches that they came in.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as kinds

from sandbox.addresses import BLOCK_ROWS
from sandbox.scenario.parts import SinkPart, Writer

GROUP_ROWS = 8 * BLOCK_ROWS
_GROUP_VALUES = 64 * GROUP_ROWS
_PACKED = "DELTA_BINARY_PACKED"


class ParquetFile(SinkPart):
    """Parquet files, compressed by snappy unless told otherwise."""

    compression: Literal["snappy", "zstd", "none"] = "snappy"

    def open(self, path: str, schema: pa.Schema) -> Writer:
        """A writer of one Parquet file that reads back as `schema`."""
        return _ParquetWriter(path, schema, self.compression)

    def suffix(self) -> str:
        """`.parquet`."""
        return ".parquet"


class _ParquetWriter:
    """Gathers rows to whole row groups; the first group settles which columns are dictionaries."""

    def __init__(self, path: str, schema: pa.Schema, compression: str) -> None:
        self._path = path
        self._schema = schema
        self._compression = compression
        # Wide tables get shorter groups, so that a group's size stays bounded; it follows from the schema alone.
        self._group_rows = max(1024, min(GROUP_ROWS, _GROUP_VALUES // max(len(schema), 1) // 1024 * 1024))
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0
        self._writer: pq.ParquetWriter | None = None
        self._closed = False

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows; a text column may be a dictionary of texts."""
        while self._pending_rows + batch.num_rows >= self._group_rows:
            room = self._group_rows - self._pending_rows
            self._pending.append(batch.slice(0, room))
            self._write_group()
            batch = batch.slice(room)
        if batch.num_rows:
            self._pending.append(batch)
            self._pending_rows += batch.num_rows

    def close(self) -> None:
        """Write what is left and the footer; a file without rows is a whole file too."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._pending or self._writer is None:
                self._write_group()
        finally:
            if self._writer is not None:
                types = base64.b64encode(self._schema.serialize()).decode()
                self._writer.add_key_value_metadata({"ARROW:schema": types})
                self._writer.close()

    def _write_group(self) -> None:
        columns = [
            pa.chunked_array(_alike([_wide_index(batch.column(at)) for batch in self._pending]))
            if self._pending
            else pa.chunked_array([], field.type)
            for at, field in enumerate(self._schema)
        ]
        if self._writer is None:
            self._writer = self._opened(columns)
        table = pa.Table.from_arrays(
            [_as_type(column, field.type) for column, field in zip(columns, self._writer.schema, strict=True)],
            schema=self._writer.schema,
        )
        self._writer.write_table(table, row_group_size=self._group_rows)
        self._pending, self._pending_rows = [], 0

    def _opened(self, columns: list[pa.ChunkedArray]) -> pq.ParquetWriter:
        """The columns' own encodings, the schema's names, and its types where no dictionary of them came."""
        written = pa.schema(
            [
                field.with_type(column.type if kinds.is_dictionary(column.type) else field.type)
                for field, column in zip(self._schema, columns, strict=True)
            ]
        )
        leaves = dict(leaf for field in written for leaf in _leaves(field.name, field.type))
        # The types to read back stand in the file's metadata, added when it is closed.
        return pq.ParquetWriter(
            self._path,
            written,
            compression={path: "none" if _is_packed(type_) else self._compression for path, type_ in leaves.items()},
            use_dictionary=[path for path, type_ in leaves.items() if kinds.is_dictionary(type_)],
            column_encoding={path: _PACKED for path, type_ in leaves.items() if _is_packed(type_)} or None,
            write_statistics=[path for path, type_ in leaves.items() if _is_ordered(type_)],
            write_batch_size=BLOCK_ROWS,
            store_schema=False,
        )


def _leaves(path: str, type_: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    """The columns that Parquet makes of one: its paths, and their types."""
    if kinds.is_struct(type_):
        for child in type_:
            yield from _leaves(f"{path}.{child.name}", child.type)
    elif kinds.is_map(type_):
        yield from _leaves(f"{path}.key_value.key", type_.key_type)
        yield from _leaves(f"{path}.key_value.value", type_.item_type)
    elif kinds.is_list(type_):
        yield from _leaves(f"{path}.list.element", type_.value_type)
    else:
        yield path, type_


def _is_packed(type_: pa.DataType) -> bool:
    return bool(kinds.is_integer(type_) or kinds.is_date(type_) or kinds.is_time(type_) or kinds.is_timestamp(type_))


def _is_ordered(type_: pa.DataType) -> bool:
    """Whether the least and the greatest value of a row group are worth writing down."""
    return _is_packed(type_) or bool(kinds.is_floating(type_) or kinds.is_decimal(type_))


def _wide_index(array: pa.Array) -> pa.Array:
    """Dictionaries with indices of one width, so that batches of a group fit each other."""
    if not kinds.is_dictionary(array.type) or array.type.index_type == pa.int32():
        return array
    return pa.DictionaryArray.from_arrays(array.indices.cast(pa.int32()), array.dictionary)


def _alike(arrays: list[pa.Array]) -> list[pa.Array]:
    """Of a text that came with a dictionary in some batches only, each as plain text."""
    if len({kinds.is_dictionary(array.type) for array in arrays}) == 1:
        return arrays
    return [array.dictionary_decode() if kinds.is_dictionary(array.type) else array for array in arrays]


def _as_type(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if kinds.is_dictionary(kind) and not kinds.is_dictionary(column.type):
        return column.cast(kind.value_type).dictionary_encode().cast(kind)
    return column.cast(kind)
