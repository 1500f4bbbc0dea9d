"""Files that are read one after the other, each whole: what Avro and Arrow files have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import pyarrow as pa

from sandbox.scenario.parts import Share
from sandbox.sources.listing import FoundFile, Listing
from sandbox.sources.shapes import aligned, file_shares, rows_at_once, union_of


class FileByFile(ABC):
    """The raw rows of files; one share a file."""

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
        """The file's rows, in the columns of all files."""
        for batch in self._read(self._listing.files[share.index], rows_at_once(len(self._schema))):
            yield aligned(batch, self._schema)

    def close(self) -> None:
        """Nothing is held open."""
        return

    @abstractmethod
    def _read_schema(self, file: FoundFile) -> pa.Schema:
        """A file's columns. Raises OutsideError: it is none of its kind."""

    @abstractmethod
    def _read(self, file: FoundFile, most: int) -> Iterator[pa.RecordBatch]:
        """A file's rows, about `most` at once at most. Raises OutsideError: it cannot be read."""
