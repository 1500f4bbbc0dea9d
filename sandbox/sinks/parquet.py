"""Parquet, the default: row groups of fixed size, and dictionary pages only where values already come as a dictionary.

Trying dictionaries on every column, as writers do by default, costs a third of the time and gains nothing on keys,
times and amounts. A file's bytes depend on its rows alone, not on the batches that they came in.
"""

from __future__ import annotations

import base64
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.scenario.parts import SinkPart, Writer

GROUP_ROWS = 1_048_576
_GROUP_VALUES = 64 * GROUP_ROWS


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
            pa.chunked_array([_wide_index(batch.column(at)) for batch in self._pending])
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
                field.with_type(column.type if pa.types.is_dictionary(column.type) else field.type)
                for field, column in zip(self._schema, columns, strict=True)
            ]
        )
        # The types to read back stand in the file's metadata, added when it is closed.
        return pq.ParquetWriter(
            self._path,
            written,
            compression=self._compression,
            use_dictionary=[path for field in written for path in _dictionary_paths(field)],
            store_schema=False,
        )


def _dictionary_paths(field: pa.Field, above: str = "") -> list[str]:
    """Parquet's paths of the columns that come as dictionaries; inside lists nothing is looked for."""
    path = f"{above}{field.name}"
    if pa.types.is_struct(field.type):
        return [inner for child in field.type for inner in _dictionary_paths(child, f"{path}.")]
    return [path] if pa.types.is_dictionary(field.type) else []


def _wide_index(array: pa.Array) -> pa.Array:
    """Dictionaries with indices of one width, so that batches of a group fit each other."""
    if not pa.types.is_dictionary(array.type) or array.type.index_type == pa.int32():
        return array
    return pa.DictionaryArray.from_arrays(array.indices.cast(pa.int32()), array.dictionary)


def _as_type(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type).dictionary_encode()
    return column.cast(kind)
