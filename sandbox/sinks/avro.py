"""Avro object container files, in the schema that `export_avro` writes for the columns.

fastavro takes one record at a time, out of Python values: making these and writing them are the cost, about half each.
A file's bytes depend on its rows alone: what separates its blocks follows from its schema.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

import pyarrow as pa

from sandbox import registry
from sandbox.contract.exports.avro import avro_schema
from sandbox.contract.infer import infer_contract
from sandbox.scenario.parts import SinkPart, Writer
from sandbox.sinks.avro_values import avro_values

_NAME = "row"
_ROWS_AT_ONCE = 8_192
_BLOCK_BYTES = 1 << 16


class AvroFile(SinkPart):
    """Avro files, one record a row. Needs the extra `kafka`."""

    codec: Literal["null", "deflate"] = "null"
    """How blocks are packed."""

    def open(self, path: str, schema: pa.Schema) -> Writer:
        """A writer of one Avro file."""
        return _AvroWriter(path, schema, self.codec)

    def suffix(self) -> str:
        """`.avro`."""
        return ".avro"


class _AvroWriter:
    """Writes rows as they come; `close` writes the last block."""

    def __init__(self, path: str, schema: pa.Schema, codec: str) -> None:
        fastavro = registry.from_extra("fastavro", "kafka")
        from fastavro.write import Writer as Blocks

        self._contract = infer_contract(_NAME, schema)
        written = avro_schema(self._contract)
        self._fields = written["fields"]
        marker = hashlib.blake2b(json.dumps(written, sort_keys=True).encode(), digest_size=16).digest()
        self._file = Path(path).open("wb")  # noqa: SIM115  (closed by `close`)
        parsed = fastavro.parse_schema(written)
        self._blocks = Blocks(self._file, parsed, codec=codec, sync_interval=_BLOCK_BYTES, sync_marker=marker)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows; a text column may be a dictionary of texts."""
        for first in range(0, batch.num_rows, _ROWS_AT_ONCE):
            part = batch.slice(first, _ROWS_AT_ONCE)
            columns = [
                avro_values(
                    array if array.type == column.arrow else array.cast(column.arrow), column.parsed, field["type"]
                )
                for array, column, field in zip(part.columns, self._contract.columns, self._fields, strict=True)
            ]
            names = [field["name"] for field in self._fields]
            for values in zip(*columns, strict=True):
                self._blocks.write(dict(zip(names, values, strict=True)))

    def close(self) -> None:
        """Finish the file."""
        if not self._file.closed:
            try:
                self._blocks.flush()
            finally:
                self._file.close()
