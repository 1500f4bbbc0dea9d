"""A stream again and again: each time its moments, and where times are moved its rows, come a whole span later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from sandbox.contract.model import Contract
from sandbox.replay.reading import SetAside
from sandbox.replay.redating import moved
from sandbox.replay.stream import Mark, Ordered, Stretch


@dataclass(frozen=True)
class Looped:
    """`loops` times the stream, or for ever with 0. A mark tells the loop, and where the stream was in it."""

    stream: Ordered
    loops: int
    span_us: int
    """From the beginning of one loop to that of the next."""
    shift_us: int | None
    """By how much times are moved in the first loop; None: they stay, in all of them."""

    @property
    def contract(self) -> Contract:
        """Of the rows."""
        return self.stream.contract

    @property
    def aside(self) -> SetAside:
        """What is not sent."""
        return self.stream.aside

    def extent(self) -> tuple[int, int] | None:
        """Of the first loop."""
        return self.stream.extent()

    def stretches(self, mark: Mark) -> Iterator[Stretch]:
        """Everything from a mark on."""
        began, _, at = mark.at.partition(":")
        rows = mark.rows
        for loop in count(int(began or 0)):
            if self.loops and loop >= self.loops:
                return
            before = rows
            for stretch in self.stream.stretches(Mark(rows, at)):
                yield self._in_loop(stretch, loop)
                rows = rows + len(stretch)
            if rows == before and not at:  # a stream without rows would go round for ever
                return
            at = ""

    def close(self) -> None:
        """Close the stream."""
        self.stream.close()

    def _in_loop(self, stretch: Stretch, loop: int) -> Stretch:
        later_us = loop * self.span_us
        batch = stretch.batch
        if self.shift_us is not None:
            batch = moved(batch, self.contract, self.shift_us + later_us)
        return replace(
            stretch,
            batch=batch,
            moments=stretch.moments + later_us,
            mark=Mark(stretch.mark.rows, f"{loop}:{stretch.mark.at}"),
        )
