"""A part of a dataset in folders by the values of some columns: `plan=basic/part-00000.parquet`, as Hive lays it out.

The columns that name the folders are left out of the files, as every reader of such folders expects.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.errors import InputError
from sandbox.scenario.parts import SinkPart, Writer
from sandbox.sinks.pieces import Piece, joined
from sandbox.sinks.texts import plain_text

NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"
MOST_FOLDERS = 1_000
_GATHERED_ROWS = 1_048_576


class HiveWriter:
    """Splits one part over folders; gathers rows first, so that each folder is opened for more than a handful."""

    def __init__(self, sink: SinkPart, root: Path, name: str, schema: pa.Schema, by: Sequence[str]) -> None:
        self._sink = sink
        self._root = root
        self._name = name
        self._by = tuple(by)
        self._schema = pa.schema([field for field in schema if field.name not in by])
        self._writers: dict[str, Writer] = {}
        self._rows: dict[str, int] = {}
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0

    @property
    def rows(self) -> dict[str, int]:
        """The files, relative to the root, in the order of their names, and the rows of each."""
        return {f"{folder}/{self._name}": self._rows[folder] for folder in sorted(self._rows)}

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows; batches may be of any size."""
        self._pending.append(batch)
        self._pending_rows += batch.num_rows
        if self._pending_rows >= _GATHERED_ROWS:
            self._scatter()

    def close(self) -> None:
        """Write what is left and finish all files."""
        try:
            if self._pending_rows:
                self._scatter()
        finally:
            for writer in self._writers.values():
                writer.close()

    def _scatter(self) -> None:
        rows = pa.concat_batches([_decoded(batch) for batch in self._pending])
        self._pending, self._pending_rows = [], 0
        names = folder_names([rows.column(name) for name in self._by], self._by).dictionary_encode()
        data = rows.select(self._schema.names)
        codes = names.indices.to_numpy()
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(names.dictionary) + 1))
        for code, folder in enumerate(names.dictionary.to_pylist()):
            taken = order[edges[code] : edges[code + 1]]
            self._writer(folder).write(data.take(pa.array(taken)))
            self._rows[folder] = self._rows.get(folder, 0) + len(taken)

    def _writer(self, folder: str) -> Writer:
        if folder not in self._writers:
            if len(self._writers) == MOST_FOLDERS:
                raise InputError(
                    f"partition_by {', '.join(self._by)}: one part has more than {MOST_FOLDERS} different values; "
                    "choose a column with fewer."
                )
            (self._root / folder).mkdir(parents=True, exist_ok=True)
            self._writers[folder] = self._sink.open(str(self._root / folder / self._name), self._schema)
        return self._writers[folder]


def folder_names(columns: Sequence[pa.Array], names: Sequence[str]) -> pa.StringArray:
    """The folder of each row, `plan=basic/day=2026-01-01`, its values quoted as in a URL; shape (n,)."""
    pieces: list[Piece] = []
    for name, column in zip(names, columns, strict=True):
        texts = pc.fill_null(plain_text(column), NULL_FOLDER).dictionary_encode()
        safe = pa.array([quote(text, safe="") or NULL_FOLDER for text in texts.dictionary.to_pylist()], pa.string())
        pieces += [f"/{quote(name, safe='')}=", safe.take(texts.indices)]
    pieces[0] = str(pieces[0]).removeprefix("/")
    return joined(pieces, len(columns[0]))


def _decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Batches may differ in their dictionaries; taken together they are plain."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
