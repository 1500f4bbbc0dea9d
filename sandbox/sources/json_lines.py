"""JSON lines as text columns: one key a column, nested values as their JSON text.

A line that is no JSON object is set aside with its text. A key that a line lacks is null, as JSON has it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.errors import OutsideError
from sandbox.scenario.parts import Share, Unread
from sandbox.sources.json_digits import NO_KEYS, Keys
from sandbox.sources.json_objects import BROKEN_TEXT, NO_OBJECT, are_objects, columns_of, keys_of
from sandbox.sources.listing import FoundFile, Listing
from sandbox.sources.octets import MARK, Utf8Stream, marked
from sandbox.sources.shapes import file_shares, rows_at_once, union_of

_BLOCK = 1 << 22
_LONGEST_LINE = 1 << 28


class JsonLines:
    """The raw rows of files with one JSON object a line."""

    def __init__(self, listing: Listing, encoding: str) -> None:
        self._listing = listing
        self._encoding = encoding
        self._exact = NO_KEYS
        begun = [self._begun(file) for file in listing.files]
        self._schema = union_of([schema for schema, _ in begun])
        self._rows = [rows for _, rows in begun]

    def schema(self) -> pa.Schema:
        """Every key in the first lines (about 4 MB) of any file, all text; later lines may bring more."""
        return self._schema

    def shares(self) -> list[Share]:
        """One share a file; how many rows it has is guessed from its beginning."""
        return file_shares(self._listing.files, self._rows)

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Unread]:
        """The rows of a file, and the lines that are no rows."""
        file = self._listing.files[share.index]
        for lines in self._lines(file):
            yield from rows_of_lines(lines, self._schema, self._exact)

    def keep_digits(self, keys: Keys) -> None:
        """Keep numbers under these keys as they are written."""
        self._exact = keys

    def close(self) -> None:
        """Nothing is held open."""

    def _begun(self, file: FoundFile) -> tuple[pa.Schema, int]:
        """The keys of the first lines, and about how many lines there are."""
        for lines in self._lines(file):
            for piece in rows_of_lines(lines, pa.schema([])):
                if isinstance(piece, pa.RecordBatch):
                    return piece.schema, max(1, len(lines) * file.size // max(1, lines.nbytes - 4 * len(lines)))
            raise OutsideError(f"{file.name}: is no JSON lines file; no object in its first {len(lines)} lines.")
        return pa.schema([]), 0

    def _lines(self, file: FoundFile) -> Iterator[pa.StringArray]:
        """The file's lines in blocks, without blank ones; a line keeps its line end, which JSON does not mind."""
        rest = b""
        with Utf8Stream(self._listing.open_stream(file), self._encoding, file.name) as stream:
            while len(block := stream.read(_BLOCK)) == _BLOCK:
                whole, end, begun = (rest + block).rpartition(b"\n")
                rest = begun
                if end:
                    yield from cut_lines(whole + end)
                elif len(rest) > _LONGEST_LINE:
                    raise OutsideError(f"{file.name}: is no JSON lines file; it has a line of more than 256 MB.")
            if rest or block:
                yield from cut_lines(rest + block)


def cut_lines(block: bytes) -> Iterator[pa.StringArray]:
    """The lines of a block, without blank ones; none, or one array."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 0x0A) + 1
    edges = np.unique(np.concatenate([[0], ends, [len(block)]])).astype(np.int32)
    lines = pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(block))
    lines = lines.filter(pc.not_equal(pc.binary_length(pc.ascii_trim_whitespace(lines)), 0))
    if len(lines):
        yield lines


def rows_of_lines(lines: pa.StringArray, schema: pa.Schema, exact: Keys = NO_KEYS) -> Iterator[pa.RecordBatch | Unread]:
    """The objects of some lines as batches that have at least the schema's columns, then what is no object."""
    torn = marked(lines)
    objects = pc.and_not(are_objects(lines), torn)
    good = lines.filter(objects)
    if len(good):
        names = list(dict.fromkeys([*schema.names, *keys_of(good)]))
        rows = rows_at_once(len(names))
        for start in range(0, len(good), rows):
            yield columns_of(good.slice(start, rows), names, exact)
    for rule, wrong in ((BROKEN_TEXT, torn), (NO_OBJECT, pc.and_not(pc.invert(objects), torn))):
        texts = lines.filter(wrong).to_pylist()
        if texts:
            yield Unread(tuple(text.rstrip("\r\n").replace(MARK, "\ufffd") for text in texts), rule)
