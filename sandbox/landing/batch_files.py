"""Files of a landing that goes on, named by their first and last batch: `0000007-0000007.parquet`.

As they become many they are put together, the last so many at a time: there are never more than a few dozen of one
size, and each row is written again only as often as the number of batches has digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.landing.layout import Layout
from sandbox.sinks.parquet import ParquetFile

FILES_TOGETHER = 64


@dataclass(frozen=True, slots=True, order=True)
class BatchFile:
    """A file, and which batches are in it."""

    first: int
    last: int
    path: Path

    @property
    def level(self) -> int:
        """How often its rows were put together."""
        level, batches = 0, self.last - self.first + 1
        while batches >= FILES_TOGETHER:
            level, batches = level + 1, batches // FILES_TOGETHER
        return level

    def holds(self, other: BatchFile) -> bool:
        """Whether another file's batches are in this one."""
        return self != other and self.first <= other.first and other.last <= self.last


def files(folder: Path) -> list[BatchFile]:
    """The files of a folder in the order of their batches."""
    named = ((path.stem.partition("-"), path) for path in folder.glob("*-*.parquet"))
    return sorted(BatchFile(int(first), int(last), path) for (first, _, last), path in named)


def write(layout: Layout, folder: Path, batch: int, schema: pa.Schema, rows: Sequence[pa.RecordBatch]) -> None:
    """Write the rows of one batch, if there are any; a file that a broken-off try left is replaced."""
    if rows:
        _publish(layout, folder, batch, batch, schema, rows)


def sweep(folder: Path, batches: int) -> None:
    """Take away files of batches beyond those that count, and files whose rows lie in a larger one too."""
    found = files(folder)
    for file in found:
        if file.last > batches or any(other.holds(file) for other in found if other.last <= batches):
            file.path.unlink()


def put_together(layout: Layout, folder: Path) -> None:
    """Make one file of the last ones, where enough of one level have come; rows stay in their order."""
    while len(found := files(folder)) >= FILES_TOGETHER:
        run = found[-FILES_TOGETHER:]
        if len({file.level for file in run}) > 1:
            return
        rows = (batch for file in run for batch in _batches(file.path))
        _publish(layout, folder, run[0].first, run[-1].last, pq.read_schema(run[0].path), rows)
        for file in run:
            file.path.unlink()


def _batches(path: Path) -> Iterable[pa.RecordBatch]:
    with closing(pq.ParquetFile(path)) as file:
        yield from file.iter_batches()


def _publish(
    layout: Layout, folder: Path, first: int, last: int, schema: pa.Schema, rows: Iterable[pa.RecordBatch]
) -> None:
    place = folder / f"{first:07d}-{last:07d}.parquet"
    aside = layout.aside(f"{folder.parent.name}-{folder.name}") / place.name
    writer = ParquetFile().open(str(aside), schema)
    try:
        for batch in rows:
            writer.write(batch)
    finally:
        writer.close()
    layout.publish(aside, place)
