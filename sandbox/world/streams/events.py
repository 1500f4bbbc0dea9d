"""Events as they come out of visits: plain arrays, sorted by time, ties by customer, day and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Words
from sandbox.world.rowsets import Whole

_INDEX_BITS = 24


@dataclass(frozen=True, slots=True)
class Events:
    """What happened, one element an event.

    `times` and `starts` (of the visit) are microseconds UTC; `packed` numbers the event and `visits` its visit (see
    `identities`); `rows` are rows of people, `items` of the catalogue (-1: none); `chances` are the true probabilities
    of the choice made in it (NaN: none was made), `click_chances` those of a click on anything that was shown then
    (NaN: nothing was).
    """

    times: Whole
    packed: Words
    rows: NDArray[np.int32]
    starts: Whole
    states: NDArray[np.int8]
    events: NDArray[np.int8]
    steps: NDArray[np.int16]
    items: NDArray[np.int32]
    known: NDArray[np.bool_]
    chances: NDArray[np.float32]
    click_chances: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.times)

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Events:
        """Some of them."""
        return Events(*(getattr(self, each.name)[which] for each in fields(self)))

    @classmethod
    def none(cls) -> Events:
        """No events."""
        kinds = (np.int64, np.uint64, np.int32, np.int64, np.int8, np.int8, np.int16, np.int32, np.bool_)
        return cls(*(np.zeros(0, kind) for kind in (*kinds, np.float32, np.float32)))  # type: ignore[arg-type]

    @classmethod
    def together(cls, pieces: Sequence[Events]) -> Events:
        """One after the other."""
        if len(pieces) == 1:
            return pieces[0]
        if not pieces:
            return cls.none()
        return cls(*(np.concatenate([getattr(piece, each.name) for piece in pieces]) for each in fields(cls)))

    def in_order(self, begin_us: int, end_us: int) -> Events:
        """Those of a span, sorted by time, then by packed number; copied once."""
        inside = np.flatnonzero((self.times >= begin_us) & (self.times < end_us))
        if not len(inside):
            return Events.none()
        return self.take(inside[order_of(self.times[inside], self.packed[inside])])


def order_of(times: Whole, packed: Words) -> NDArray[np.intp]:
    """The order by time and, where times are equal, by packed number.

    Time and position are sorted as one number of 64 bits, which takes a third of an indirect sort.
    """
    rows = len(times)
    low, high = int(times.min()), int(times.max())
    if rows < 1 << _INDEX_BITS and (high - low) < 1 << (64 - _INDEX_BITS):
        both = (times - low).astype(np.uint64)
        both <<= np.uint64(_INDEX_BITS)
        both |= np.arange(rows, dtype=np.uint64)
        both.sort()
        order = (both & np.uint64((1 << _INDEX_BITS) - 1)).view(np.int64)
    else:
        order = np.argsort(times, kind="stable")
    ordered = times[order]
    tied = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(tied):
        group = np.unique(np.concatenate([tied, tied + 1]))
        members = order[group]
        order[group] = members[np.lexsort((packed[members], times[members]))]
    return order
