"""Back-pressure: a stage with a full buffer holds up the one before it.

An event asks for a place in the buffer as soon as it is ready in the stage before, and is taken up there once it has
one; what is behind it in its partition waits with it. A place is given back when the stage is done with an event. So
the k-th to ask waits until the place of the (k - buffer)-th to leave is free.

Who is held and when places are freed hang on each other. The chain begins with nobody held, and goes through again with
the places as they were freed then, until nothing changes: holding only ever delays, so that ends with the least delay.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.delivery.transit import Transit, by_group
from sandbox.world.rowsets import Whole

NOT_YET, NEVER = -1, -2
"""In place of a number in the queue for a place: of who has not asked yet, and of who is lost and needs none."""
AT_ONCE_US, UNKNOWN_US = -(1 << 62), 1 << 62


@dataclass(frozen=True, slots=True)
class Door:
    """Before a stage with a buffer: how many have asked for a place in each partition, and which were freed."""

    asked: tuple[int, ...]
    freed: tuple[int, ...]
    last_us: tuple[Whole, ...]
    """When the last places were freed, as many as the buffer has."""
    held: Transit
    """Who stands before it, ready in the stage before."""
    numbers: Whole
    """The place of each of these in the queue of its partition."""

    @classmethod
    def open(cls, partitions: int, nobody: Transit) -> Door:
        """Before the first event."""
        none = np.zeros(0, np.int64)
        return cls((0,) * partitions, (0,) * partitions, (none,) * partitions, nobody, none)


@dataclass(frozen=True, slots=True)
class Queue:
    """Who stands before a door within a cut, in order, with their numbers and the partitions that they want."""

    events: Transit
    numbers: Whole
    partitions: NDArray[np.int16]
    asked: tuple[int, ...]

    def held_until(self, door: Door, freed: Sequence[Whole] | None, buffer: int) -> Whole:
        """When each has a place, microseconds; `freed` is when places were given back in this cut, None: not asked."""
        until = np.full(len(self.numbers), AT_ONCE_US, np.int64)
        until[self.numbers == NOT_YET] = UNKNOWN_US
        if freed is None:
            return until
        for partition, fresh in enumerate(freed):
            rows = np.flatnonzero((self.partitions == partition) & (self.numbers >= buffer))
            times = np.concatenate([door.last_us[partition], fresh, [UNKNOWN_US]])
            first = door.freed[partition] - len(door.last_us[partition])
            places = self.numbers[rows] - buffer - first
            until[rows] = np.where(places < 0, AT_ONCE_US, times[np.clip(places, 0, len(times) - 1)])
        return until

    def left(self, door: Door, freed: Sequence[Whole], buffer: int, is_taken: NDArray[np.bool_]) -> Door:
        """The door at the end of the cut."""
        last = [np.concatenate([old, fresh])[-buffer:] for old, fresh in zip(door.last_us, freed, strict=True)]
        counts = tuple(old + len(fresh) for old, fresh in zip(door.freed, freed, strict=True))
        return Door(self.asked, counts, tuple(last), self.events.take(~is_taken), self.numbers[~is_taken])


def queue_of(
    door: Door, ready: Transit, is_lost: NDArray[np.bool_], partitions: NDArray[np.int16], until_us: int
) -> Queue:
    """Let those who have become ready before a cut ask for their places, after those who stand there.

    Args:
        ready: those who stood there, and behind them those who came; `is_lost` and `partitions` are of these.
    """
    order = ready.order()
    events, lost, wanted = ready.take(order), is_lost[order], partitions[order]
    numbers = np.concatenate([door.numbers, np.full(len(ready) - len(door.numbers), NOT_YET)])[order]
    numbers[lost] = NEVER
    asking = np.flatnonzero((numbers == NOT_YET) & (events.times < until_us))
    asked = list(door.asked)
    places, edges = by_group(wanted[asking])
    for first, last in itertools.pairwise(edges):
        rows = asking[places[first:last]]
        partition = int(wanted[rows[0]])
        numbers[rows] = np.arange(asked[partition], asked[partition] + len(rows))
        asked[partition] += len(rows)
    return Queue(events, numbers, wanted, tuple(asked))
