"""Arrow IPC files, to be mapped into memory as they are.

A file holds one dictionary a column, which may only grow; batches that come with other dictionaries are told in
its terms.
"""

from __future__ import annotations

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.scenario.parts import SinkPart, Writer


class ArrowFile(SinkPart):
    """Arrow IPC files, not compressed unless told otherwise."""

    compression: Literal["none", "lz4", "zstd"] = "none"

    def open(self, path: str, schema: pa.Schema) -> Writer:
        """A writer of one Arrow file."""
        return _ArrowWriter(path, schema, self.compression)

    def suffix(self) -> str:
        """`.arrow`."""
        return ".arrow"


class _ArrowWriter:
    """Writes batches of the size that they come in."""

    def __init__(self, path: str, schema: pa.Schema, compression: str) -> None:
        self._schema = schema
        self._words: dict[str, pa.Array] = {}
        self._file = pa.OSFile(path, "wb")
        options = pa.ipc.IpcWriteOptions(
            compression=None if compression == "none" else compression, emit_dictionary_deltas=True
        )
        self._writer = pa.ipc.new_file(self._file, schema, options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch; a text column may be a dictionary of texts."""
        columns = [self._fitting(field, column) for field, column in zip(self._schema, batch.columns, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        if not self._file.closed:
            self._writer.close()
            self._file.close()

    def _fitting(self, field: pa.Field, column: pa.Array) -> pa.Array:
        if not pa.types.is_dictionary(field.type):
            return column if column.type == field.type else column.cast(field.type)
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        words = self._words.get(field.name)
        if words is None or not words.equals(column.dictionary):
            column, words = _in_terms_of(words, column)
            self._words[field.name] = words
        return pa.DictionaryArray.from_arrays(column.indices.cast(field.type.index_type), words)


def _in_terms_of(words: pa.Array | None, column: pa.DictionaryArray) -> tuple[pa.DictionaryArray, pa.Array]:
    """The column with `words`, grown by what it adds to them, as its dictionary."""
    given = column.dictionary
    if words is None:
        return column, given
    new = given.filter(pc.invert(pc.is_in(given, words)))
    grown = pa.concat_arrays([words, new])
    places = pc.index_in(given, grown)
    return pa.DictionaryArray.from_arrays(places.take(column.indices), grown), grown
