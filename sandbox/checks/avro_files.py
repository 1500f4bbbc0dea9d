"""Avro files read back, record by record, to hold the sink that writes them to what all sinks promise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa

from sandbox.contract.imports.avro import read_avro
from sandbox.contract.imports.json_text import read_json
from sandbox.contract.imports.notes import Notes
from sandbox.contract.model import Column
from sandbox.registry import from_extra
from sandbox.scenario.parts import RawSource, Share, SourcePart


class AvroFiles(SourcePart):
    """An Avro file, or those in a folder."""

    path: str

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The files."""
        return {"file": [self.path]}

    def open(self, folder: str) -> RawSource:
        """List the files."""
        path = Path(folder, self.path)
        return _AvroRows(sorted(path.rglob("*.avro")) if path.is_dir() else [path])


class _AvroRows:
    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def schema(self) -> pa.Schema:
        """Of the first file."""
        return next(self.batches(Share(0, ""))).schema

    def shares(self) -> Sequence[Share]:
        """A file each."""
        return [Share(at, path.name) for at, path in enumerate(self._files)]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The rows of a file, in one batch."""
        with self._files[share.index].open("rb") as file:
            reader = from_extra("fastavro", "kafka").reader(file)
            written, rows = reader.writer_schema, list(reader)
        (contract,) = read_avro(read_json(json.dumps(written), "avro"), Notes("avro")).contracts
        columns = [
            _array([row[field["name"]] for row in rows], column)
            for field, column in zip(written["fields"], contract.columns, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, names=list(contract.names))

    def close(self) -> None:
        """Nothing is held open."""


def _array(values: Sequence[Any], column: Column) -> pa.Array:
    if column.parsed.name == "enum":
        return pa.array(values, pa.string())
    if column.parsed.name == "map":
        return pa.array([None if value is None else list(value.items()) for value in values], column.arrow)
    return pa.array([str(value) if isinstance(value, UUID) else value for value in values], column.arrow)
