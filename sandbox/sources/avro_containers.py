"""Avro files as rows: each file in the schema that it begins with, one record at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from sandbox import registry
from sandbox.errors import OutsideError
from sandbox.scenario.parts import Share
from sandbox.sources.avro_records import Written, written
from sandbox.sources.listing import FoundFile, Listing, unreadable
from sandbox.sources.shapes import aligned, file_shares, rows_at_once, union_of


class AvroContainers:
    """The raw rows of Avro files; one share a file."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._schema = union_of([self._read_schema(file) for file in listing.files])

    def schema(self) -> pa.Schema:
        """Every column that any file has."""
        return self._schema

    def shares(self) -> list[Share]:
        """One share a file; how many rows it has, only reading tells."""
        return file_shares(self._listing.files, [-1] * len(self._listing.files))

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The file's records, as many blocks at once as make a batch."""
        file, most = self._listing.files[share.index], rows_at_once(len(self._schema))
        with _told(file), self._listing.open_file(file) as opened:
            schema, blocks = _begun(opened, file)
            rows: list[dict[str, Any]] = []
            for block in blocks:
                rows += _records(block, schema)
                if len(rows) >= most:
                    yield aligned(schema.batch(rows), self._schema)
                    rows = []
            if rows:
                yield aligned(schema.batch(rows), self._schema)

    def close(self) -> None:
        """Nothing is held open."""

    def _read_schema(self, file: FoundFile) -> pa.Schema:
        with _told(file), self._listing.open_file(file) as opened:
            return _begun(opened, file)[0].arrow


def _begun(opened: pa.NativeFile, file: FoundFile) -> tuple[Written, Iterator[Any]]:
    """The schema that a file begins with, and its blocks."""
    blocks = registry.from_extra("fastavro", "kafka").block_reader(opened)
    return written(blocks.writer_schema, file.name), blocks


def _records(block: Any, schema: Written) -> list[dict[str, Any]]:
    """The records of a block, read without logical types, as `Written` has them."""
    from fastavro import schemaless_reader

    rows: Any = [schemaless_reader(block.bytes_, schema.parsed, None) for _ in range(block.num_records)]
    return rows  # type: ignore[no-any-return]


@contextmanager
def _told(file: FoundFile) -> Iterator[None]:
    """What goes wrong while a file is read, in the house's words."""
    try:
        yield
    except (OutsideError, GeneratorExit):
        raise
    except OSError as error:
        raise unreadable(file.name, error) from error
    except Exception as error:  # whatever comes of reading bytes that are none of it
        reason = "it is empty" if not file.size else str(error).strip().split("\n", 1)[0][:200] or "it breaks off"
        raise OutsideError(f"{file.name}: is no whole Avro file ({reason}).") from error
