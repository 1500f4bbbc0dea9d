"""Rows that were handed to a sink with books of its own, kept until these say that it has them.

A source may give the same rows in another order when it is asked again. So what is under way is kept here, with where
the source stood: whoever goes on sends exactly what the sink's books lack.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from sandbox.pipe.checkpoint import Mark

_MARK = b"sandbox.mark"
_ENDING = ".arrow"


@dataclass(frozen=True)
class Spool:
    """A folder with a file for each batch under way, by the number of its first row."""

    folder: Path

    def keep(self, first: int, batch: pa.RecordBatch, mark: Mark) -> None:
        """Keep a batch before it is sent; `mark` is where things stand when it is. Raises OSError."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        schema = batch.schema.with_metadata({_MARK: json.dumps(asdict(mark))})
        aside = self.folder / "new"
        with aside.open("wb") as file:
            with pa.ipc.new_file(file, schema) as writer:
                writer.write_batch(batch.cast(schema))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.folder / f"{first:020d}{_ENDING}")

    def forget(self, settled: int) -> None:
        """Remove what the sink has."""
        files = self._files()
        for file, after in zip(files, [*map(_first, files[1:]), None], strict=True):
            if after is not None and after <= settled:
                file.unlink()

    def kept(self) -> Iterator[tuple[int, pa.RecordBatch, Mark]]:
        """First row, batch and mark of each, in order."""
        for file in self._files():
            with pa.OSFile(str(file)) as opened, pa.ipc.open_file(opened) as reader:
                batch = reader.get_batch(0)
                yield _first(file), batch, Mark(**json.loads(reader.schema.metadata[_MARK]))

    def clear(self) -> None:
        """Remove everything."""
        for file in self._files():
            file.unlink()

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{_ENDING}"))


def _first(file: Path) -> int:
    return int(file.name.removesuffix(_ENDING))
