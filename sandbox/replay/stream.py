"""One stream in its order, from the beginning or from a mark: what a replay sends of it, stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from sandbox.contract.model import Contract
from sandbox.replay.moments import Moments, Order, moments_of
from sandbox.replay.reading import Reading, SetAside
from sandbox.scenario.outlets import Faults


@dataclass(frozen=True, slots=True)
class Mark:
    """Where reading may begin again: `rows` of the stream come before it, and `at` tells the stream where it is."""

    rows: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive rows of a stream in its order."""

    batch: pa.RecordBatch
    """The contract's columns and the envelope."""
    moments: Moments
    """When each row is due, never falling; shape (n,)."""
    mark: Mark
    """The last one at or before the first row."""
    faults: Faults | None = None
    """How the bytes of rows are to be wrong; None: not at all."""

    def __len__(self) -> int:
        return len(self.moments)

    def slice(self, first: int, rows: int | None = None) -> Stretch:
        """Some of the rows."""
        last = len(self) if rows is None else first + rows
        faults = None if self.faults is None else self.faults[first:last]
        return Stretch(self.batch.slice(first, rows), self.moments[first:last], self.mark, faults)


class Ordered(Protocol):
    """A stream in its order: the same rows, at the same places, however often it is read."""

    @property
    def contract(self) -> Contract: ...
    @property
    def aside(self) -> SetAside: ...
    def extent(self) -> tuple[int, int] | None:
        """When it begins and ends, [begin, end), microseconds UTC; None: its rows have no time of their own."""

    def stretches(self, mark: Mark) -> Iterator[Stretch]:
        """Everything from a mark on."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class InTurn:
    """A source whose shares, one after the other, are in order already. A mark is the beginning of a share."""

    reading: Reading
    order: Order
    zone: str
    begin_us: int
    """Where the clock begins."""
    span: tuple[int, int] | None
    """When the rows begin and end; None: they know no time."""

    @property
    def contract(self) -> Contract:
        """Of the rows."""
        return self.reading.source.contract

    @property
    def aside(self) -> SetAside:
        """What is not sent."""
        return self.reading.aside

    def extent(self) -> tuple[int, int] | None:
        """As the plan has it."""
        return self.span

    def stretches(self, mark: Mark) -> Iterator[Stretch]:
        """Read on; shares before the mark are not made."""
        rows, passed = mark.rows, not mark.at
        for share in self.reading.source.shares():
            passed = passed or share.name == mark.at
            if not passed:
                continue
            here = Mark(rows, share.name)
            for batch, faults in self.reading.batches(share):
                yield Stretch(batch, self._moments(batch), here, faults)
                rows += batch.num_rows

    def close(self) -> None:
        """Close the source."""
        self.reading.source.close()

    def _moments(self, batch: pa.RecordBatch) -> Moments:
        if self.span is None:  # rows that know no time come first
            return np.full(batch.num_rows, self.begin_us, np.int64)
        return moments_of(batch, self.contract, self.order, self.zone)


def from_row(stream: Ordered, mark: Mark, row: int) -> Iterator[Stretch]:
    """A stream from a row on: read from the mark, and what comes before the row left out."""
    skipped = row - mark.rows
    for stretch in stream.stretches(mark):
        rows = stretch.batch.num_rows
        if skipped >= rows:
            skipped -= rows
        elif skipped:
            yield stretch.slice(skipped)
            skipped = 0
        else:
            yield stretch
