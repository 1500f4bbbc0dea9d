"""Parquet and Arrow files: their own types, their own columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.errors import OutsideError
from sandbox.scenario.parts import Share
from sandbox.sources.file_by_file import FileByFile
from sandbox.sources.listing import FoundFile, Listing, unreadable
from sandbox.sources.shapes import aligned, rows_at_once, union_of

SHARE_ROWS = 1_048_576


class ParquetTables:
    """The raw rows of Parquet files; a share is a file, or as many of its row groups as hold about a million rows."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._footers = [self._footer(file) for file in listing.files]
        self._schema = union_of([footer.schema.to_arrow_schema() for footer in self._footers])

    def schema(self) -> pa.Schema:
        """Every column that any file has."""
        return self._schema

    def shares(self) -> list[Share]:
        """`start` and `stop` count row groups; a share's file is told by its name."""
        shares: list[Share] = []
        for file, footer in zip(self._listing.files, self._footers, strict=True):
            sizes = [footer.row_group(at).num_rows for at in range(footer.num_row_groups)]
            runs = _runs(sizes)
            for start, stop in runs:
                name = file.name if len(runs) == 1 else f"{file.name}#{start}"
                rows = sum(sizes[start:stop])
                size = file.size if len(runs) == 1 else -1
                fingerprint = f"{file.fingerprint} {start}-{stop}"
                shares.append(Share(len(shares), name, start, stop, rows, fingerprint, size=size))
        return shares

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The rows of some row groups, in batches of 65,536, fewer if there are many columns."""
        name = share.name.rpartition("#")[0] if share.name not in self._names else share.name
        file = self._names[name]
        schema = self._schema
        with _told(file, "Parquet"), self._listing.open_file(file) as opened, pq.ParquetFile(opened) as parquet:
            groups = list(range(share.start, share.stop))
            for batch in parquet.iter_batches(rows_at_once(len(schema)), row_groups=groups, use_threads=False):
                yield aligned(batch, schema)

    def close(self) -> None:
        """Nothing is held open."""

    @property
    def _names(self) -> dict[str, FoundFile]:
        return {file.name: file for file in self._listing.files}

    def _footer(self, file: FoundFile) -> pq.FileMetaData:
        with _told(file, "Parquet"), self._listing.open_file(file) as opened:
            footer = pq.read_metadata(opened)
            _no_column_twice(file, footer.schema.to_arrow_schema().names)
            return footer


class ArrowTables(FileByFile):
    """The raw rows of Arrow IPC files, or streams."""

    def _read(self, file: FoundFile, most: int) -> Iterator[pa.RecordBatch]:
        """The file's batches, large ones in pieces."""
        with _told(file, "Arrow"), self._listing.open_file(file) as opened:
            for batch in _arrow_batches(opened):
                for start in range(0, batch.num_rows, most):
                    yield batch.slice(start, most)

    def _read_schema(self, file: FoundFile) -> pa.Schema:
        with _told(file, "Arrow"), self._listing.open_file(file) as opened:
            schema = _arrow_reader(opened).schema
            _no_column_twice(file, schema.names)
            return schema


def _arrow_reader(opened: pa.NativeFile) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    magic = opened.read(6)
    opened.seek(0)
    return pa.ipc.open_file(opened) if magic == b"ARROW1" else pa.ipc.open_stream(opened)


def _arrow_batches(opened: pa.NativeFile) -> Iterator[pa.RecordBatch]:
    reader = _arrow_reader(opened)
    if isinstance(reader, pa.RecordBatchFileReader):
        return (reader.get_batch(at) for at in range(reader.num_record_batches))
    return iter(reader)


def _runs(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Cut row groups into runs of about SHARE_ROWS rows: [start, stop) each; one empty run for a file without any."""
    runs, start, rows = [], 0, 0
    for at, size in enumerate(sizes):
        if rows and rows + size > SHARE_ROWS:
            runs.append((start, at))
            start, rows = at, 0
        rows += size
    return [*runs, (start, len(sizes))]


def _no_column_twice(file: FoundFile, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise OutsideError(f"{file.name}: has the column '{twice}' twice; take one out.")


@contextmanager
def _told(file: FoundFile, kind: str) -> Iterator[None]:
    """What goes wrong while a file is read, in the house's words."""
    try:
        yield
    except (pa.ArrowInvalid, EOFError) as error:
        reason = "it is empty" if not file.size else str(error).strip().split("\n", 1)[0][:200]
        raise OutsideError(f"{file.name}: is no whole {kind} file ({reason}).") from error
    except (pa.ArrowException, OSError) as error:
        raise unreadable(file.name, error) from error
