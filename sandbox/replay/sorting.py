"""A stream that does not come in order is sorted first: runs on disk, each sorted, which are merged as they are read.

Memory holds one run while they are made, and the beginning of each while they are merged. Rows stay as Arrow has them,
so no type loses anything on the way. The runs lie in the replay's folder until it is done: going on, nothing is sorted
again, and a source that has changed meanwhile changes nothing in the middle of a replay.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from sandbox.contract.model import Contract
from sandbox.replay.moments import Moments, Order, knows_time, moments_of
from sandbox.replay.order import Window, merged, places_in_order
from sandbox.replay.reading import Reading, SetAside
from sandbox.replay.stream import Mark, Stretch

RUN_ROWS = 1 << 20
RUN_BYTES = 128 << 20
_PIECE_ROWS = 4_096
"""Rows of a run that lie in memory while runs are merged, be they hundreds."""
_MOMENT = "_moment"
_DONE = "runs.json"


@dataclass(frozen=True, slots=True)
class _Runs:
    """How many there are, and from when to when their rows are, microseconds UTC, [begin, end)."""

    count: int
    begin_us: int
    end_us: int


@dataclass(frozen=True)
class Sorted:
    """A source whose rows are sorted by moment, ties as the source gave them. A mark is a moment."""

    reading: Reading
    order: Order
    zone: str
    folder: Path
    span: tuple[int, int] | None = None
    """Of a source that cannot be asked for a span: which moments count, [since, until)."""

    @property
    def contract(self) -> Contract:
        """Of the rows."""
        return self.reading.source.contract

    @property
    def aside(self) -> SetAside:
        """What is not sent."""
        return self.reading.aside

    def extent(self) -> tuple[int, int] | None:
        """From the first moment to just after the last one."""
        runs = self._runs
        return (runs.begin_us, runs.end_us) if knows_time(self.contract) and runs.count else None

    def stretches(self, mark: Mark) -> Iterator[Stretch]:
        """Merge the runs from a moment on."""
        since = int(mark.at) if mark.at else None
        runs = [_read(self.folder / f"run-{number:05d}.arrow", since) for number in range(self._runs.count)]
        rows, last = mark.rows, None
        for window in merged(runs):
            first = int(window.moments[0])
            if first != last:
                mark = Mark(rows, str(first))
            batch = _together(window)
            yield Stretch(batch, window.moments, mark)
            rows, last = rows + batch.num_rows, int(window.moments[-1])

    def close(self) -> None:
        """Close the source."""
        self.reading.source.close()

    @cached_property
    def _runs(self) -> _Runs:
        """What is known of the runs, which are made where they are not there yet."""
        try:
            return _Runs(**json.loads((self.folder / _DONE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return self._sort()

    def _sort(self) -> _Runs:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        pending: list[Stretch] = []
        runs, ends = 0, list[tuple[int, int]]()
        for stretch in self._unsorted():
            pending.append(stretch)
            rows = sum(len(each.moments) for each in pending)
            if rows >= RUN_ROWS or sum(each.batch.nbytes for each in pending) >= RUN_BYTES:
                ends.append(_write(self.folder / f"run-{runs:05d}.arrow", pending))
                pending, runs = [], runs + 1
        if pending:
            ends.append(_write(self.folder / f"run-{runs:05d}.arrow", pending))
            runs += 1
        found = _Runs(runs, min((begin for begin, _ in ends), default=0), max((end for _, end in ends), default=0))
        aside = self.folder / f"{_DONE}.new"
        aside.write_text(json.dumps(asdict(found)), encoding="utf-8")
        aside.replace(self.folder / _DONE)
        return found

    def _unsorted(self) -> Iterator[Stretch]:
        for share in self.reading.source.shares():
            for batch, _ in self.reading.batches(share):
                moments = moments_of(batch, self.contract, self.order, self.zone)
                if self.span is not None:
                    inside = (moments >= self.span[0]) & (moments < self.span[1])
                    batch, moments = batch.filter(pa.array(inside)), moments[inside]
                if len(moments):
                    yield Stretch(batch, moments, Mark())


def _write(path: Path, pending: Sequence[Stretch]) -> tuple[int, int]:
    """Write a run, and give its first moment and the one after its last."""
    whole = pa.concat_batches([stretch.batch for stretch in pending])
    moments = np.concatenate([stretch.moments for stretch in pending])
    order = np.argsort(moments, kind="stable")
    moments = moments[order]
    ordered = whole.take(pa.array(order))
    columns = [*ordered.columns, pa.array(moments)]
    schema = ordered.schema.append(pa.field(_MOMENT, pa.int64(), nullable=False))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        batch = pa.RecordBatch.from_arrays(columns, schema=schema)
        for first in range(0, batch.num_rows, _PIECE_ROWS):
            writer.write_batch(batch.slice(first, _PIECE_ROWS))
    return int(moments[0]), int(moments[-1]) + 1


def _read(path: Path, since: int | None) -> Iterator[Stretch]:
    with pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            moments: Moments = batch.column(_MOMENT).to_numpy()
            if since is not None and moments[-1] < since:
                continue
            start = 0 if since is None else int(np.searchsorted(moments, since, "left"))
            rows = batch.remove_column(batch.num_columns - 1)
            yield Stretch(rows.slice(start), moments[start:], Mark())


def _together(window: Window) -> pa.RecordBatch:
    batches = [run.batch for run in window.runs if run is not None]
    if len(batches) == 1:
        return batches[0]
    return pa.concat_batches(batches).take(pa.array(places_in_order(window.stream)))
