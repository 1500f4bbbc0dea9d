"""Avro files as rows: each file in the schema that it begins with, one record at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from sandbox import registry
from sandbox.errors import OutsideError
from sandbox.sources.avro_records import Written, written
from sandbox.sources.file_by_file import FileByFile
from sandbox.sources.listing import FoundFile, unreadable


class AvroContainers(FileByFile):
    """The raw rows of Avro files."""

    def _read(self, file: FoundFile, most: int) -> Iterator[pa.RecordBatch]:
        """As many blocks at once as make a batch."""
        with _told(file), self._listing.open_file(file) as opened:
            schema, blocks = _begun(opened, file)
            rows: list[dict[str, Any]] = []
            for block in blocks:
                rows += _records(block, schema)
                if len(rows) >= most:
                    yield schema.batch(rows)
                    rows = []
            if rows:
                yield schema.batch(rows)

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
