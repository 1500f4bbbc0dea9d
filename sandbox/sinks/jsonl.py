"""JSON lines: one object a line with one key a column, nulls included, UTF-8.

Integers, finite floats and booleans are JSON's own; everything else is text as `texts` writes it. The lines are
put together by Arrow's kernels, once a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.scenario.outlets import Faults
from sandbox.scenario.parts import SinkPart, Writer
from sandbox.sinks.damage import damaged
from sandbox.sinks.json_rows import WHOLE, json_rows
from sandbox.sinks.pieces import joined, octets_of, slices
from sandbox.sinks.texts import object_pieces

_LARGEST = 1 << 20
"""Bytes of the largest line that most who read lines would take."""


class JsonLinesFile(SinkPart):
    """One JSON object a line."""

    def open(self, path: str, schema: pa.Schema) -> Writer:
        """A writer of one file of JSON lines."""
        return _JsonLinesWriter(path)

    def suffix(self) -> str:
        """`.jsonl`."""
        return ".jsonl"


class _JsonLinesWriter:
    """Writes lines as they come; nothing is held back between batches."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("wb")  # noqa: SIM115  (closed by `close`)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows, their keys in the order of the batch's columns."""
        for lines in json_lines(batch):
            self._file.write(lines)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def json_lines(batch: pa.RecordBatch, faults: Faults | None = None) -> Iterator[pa.Buffer | bytes]:
    """The bytes of the rows as lines, some thousand rows at a time; damaged where `faults` says so."""
    return map(octets_of, json_texts(batch, faults))


def json_texts(batch: pa.RecordBatch, faults: Faults | None = None) -> Iterator[pa.Array]:
    """The rows as lines, each with its end: arrays of strings, or of bytes where some are damaged."""
    done = 0
    for part in slices(batch):
        whole = WHOLE in part.schema.names
        pieces = [json_rows(part)] if whole else object_pieces(part.schema.names, part.columns)
        wrong = None if faults is None else faults[done : done + part.num_rows]
        if wrong is None or not wrong.any():
            yield joined([*pieces, "\n"], part.num_rows)
        else:
            octets = damaged(joined(pieces, part.num_rows), wrong, _LARGEST).cast(pa.binary())
            yield pc.binary_join_element_wise(octets, b"\n", b"")
        done += part.num_rows
