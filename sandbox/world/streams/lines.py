"""The lines of a stream's events: an order has some, an invoice has some; they come in the order of their events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sandbox.errors import InputError, Problem
from sandbox.world.block import Block
from sandbox.world.broods import fanned
from sandbox.world.children import Family, ParentColumns
from sandbox.world.columns.serials import numbers_rows
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Identified, Whole, identities_of
from sandbox.world.streams.stream import Stream
from sandbox.world.views import Slice, View

LINES_AT_ONCE = 1 << 18


@dataclass(frozen=True, eq=False)
class Lines:
    """Makes the children of a stream's events, a fan-out each. A unit is an hour of the clock, as of the stream."""

    recipe: Recipe
    stream: Stream

    @property
    def units(self) -> int:
        """Hours."""
        return self.stream.units

    @property
    def rows(self) -> int:
        """Lines; all must be made once to be counted."""
        return sum(len(piece.view) for piece in self.slices(0, self.units))

    def rows_of(self, start: int, stop: int) -> int:
        """Unknown before the events are made."""
        return -1

    def block(self, number: int) -> View:
        """Not to be had, as of the stream."""
        raise InputError(
            Problem("are lines of a stream, and no other dataset can refer to its rows.", self.recipe.path)
        )

    def ranges(self) -> list[tuple[int, int]]:
        """Those of the stream."""
        return self.stream.ranges()

    def touches(self, start: int, stop: int, since_us: int, until_us: int) -> bool:
        """Whether a range of hours has something of a span."""
        return self.stream.touches(start, stop, since_us, until_us)

    def slices(self, start: int, stop: int) -> Iterator[Slice]:
        """The lines of the events in a range of hours, event after event, some hundred thousand at a time."""
        number = self._before(start)
        for events in self.stream.slices(start, stop):
            for block in self._blocks(events.view, number):
                yield Slice(block, 0, len(block))
                number += len(block)

    def _before(self, start: int) -> int:
        """Lines before an hour, where some column numbers them."""
        if not start or not numbers_rows(self.recipe.plan.columns):
            return 0
        events = self.stream.slices(0, start)
        return self.recipe.once(("before", start), lambda: sum(int(fanned(self.recipe, e.view).sum()) for e in events))

    def _blocks(self, events: View, number: int) -> Iterator[Block]:
        counts = fanned(self.recipe, events)
        ends = np.cumsum(counts)
        cuts = np.searchsorted(ends, np.arange(LINES_AT_ONCE, ends[-1] if len(ends) else 0, LINES_AT_ONCE))
        for owners in np.split(np.arange(len(counts)), np.unique(cuts)):
            block = self._block(events, np.repeat(owners, counts[owners]), counts[owners], number)
            number += len(block)
            if len(block):
                yield block

    def _block(self, events: View, owners: Whole, counts: Whole, start: int) -> Block:
        numbers = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        identities = identities_of(self.recipe.process_address("row"), events.identities[owners], numbers)
        family = Family(events, owners, numbers, None)
        return Block(self.recipe, Identified(identities, start), outer=ParentColumns(self.recipe, [family]))
