"""Events as they come out of visits: plain arrays, sorted by time, ties by customer, day and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Words
from sandbox.world.rowsets import Whole

Chances = NDArray[np.float32]

_INDEX_BITS = 24
_INDEX = np.uint64((1 << _INDEX_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Events:
    """What happened, one element an event.

    `times` and `starts` (of the visit) are microseconds UTC; `packed` numbers the event, and tells its visit and its
    step (see `identities`), so that with `states` it tells what was emitted; `rows` are rows of people, `items` of the
    catalogue (-1: none). `chances` are the true probabilities of the choice made in it (NaN: none was made; None where
    no journey is about items), `click_chances` those of a click on anything that was shown then (NaN: nothing was;
    None where nothing ever is).
    """

    times: Whole
    packed: Words
    rows: NDArray[np.int32]
    starts: Whole
    states: NDArray[np.int8]
    items: NDArray[np.int32]
    known: NDArray[np.bool_]
    chances: Chances | None
    click_chances: Chances | None

    def __len__(self) -> int:
        return len(self.times)

    def take(self, which: NDArray[np.intp]) -> Events:
        """Some of them."""
        taken: list[Any] = [None if values is None else values[which] for values in self._columns()]
        return Events(*taken)

    @classmethod
    def none(cls) -> Events:
        """No events."""
        kinds = (np.int64, np.uint64, np.int32, np.int64, np.int8, np.int32, np.bool_)
        empty: list[Any] = [*(np.zeros(0, kind) for kind in kinds), None, None]
        return cls(*empty)

    @classmethod
    def together(cls, pieces: Sequence[Events]) -> Events:
        """One after the other."""
        some = [piece for piece in pieces if len(piece)]
        if len(some) < 2:
            return some[0] if some else cls.none()
        columns = zip(*(piece._columns() for piece in some), strict=True)
        joined: list[Any] = [None if values[0] is None else np.concatenate(values) for values in columns]
        return cls(*joined)

    def in_order(self, begin_us: int, end_us: int) -> InOrder:
        """Those of a span, sorted by time, then by packed number."""
        inside = np.flatnonzero((self.times >= begin_us) & (self.times < end_us))
        return InOrder(self, order_of(self.times, self.packed, inside) if len(inside) else inside)

    def _columns(self) -> list[Any]:
        return [getattr(self, each.name) for each in fields(self)]


@dataclass(frozen=True, eq=False)
class InOrder:
    """Some events in an order of their own. A column is gathered when it is first asked for: few ask for all."""

    events: Events
    order: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def times(self) -> Whole:
        """As of `Events`, and so are the others."""
        return self.events.times.take(self.order)

    @cached_property
    def packed(self) -> Words:
        return self.events.packed.take(self.order)

    @cached_property
    def rows(self) -> NDArray[np.int32]:
        return self.events.rows.take(self.order)

    @cached_property
    def starts(self) -> Whole:
        return self.events.starts.take(self.order)

    @cached_property
    def states(self) -> NDArray[np.int8]:
        return self.events.states.take(self.order)

    @cached_property
    def items(self) -> NDArray[np.int32]:
        return self.events.items.take(self.order)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        return self.events.known.take(self.order)

    @cached_property
    def chances(self) -> Chances | None:
        return None if self.events.chances is None else self.events.chances.take(self.order)

    @cached_property
    def click_chances(self) -> Chances | None:
        return None if self.events.click_chances is None else self.events.click_chances.take(self.order)


Told: TypeAlias = Events | InOrder


def order_of(times: Whole, packed: Words, places: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
    """Places (all by default, one at least) in the order of time and, where times are equal, of packed number."""
    order = stable_order(times, places)
    ordered = times.take(order)
    tied = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(tied):
        group = np.unique(np.concatenate([tied, tied + 1]))
        members = order[group]
        order[group] = members[np.lexsort((packed[members], ordered[group]))]
    return order


def stable_order(times: Whole, places: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
    """Places (all by default, one at least; rising) in the order of time; where times are equal, as they were.

    Time and place are sorted as one number of 64 bits, which takes a third of an indirect sort.
    """
    there = times if places is None else times.take(places)
    low = there.min()
    if len(times) >= 1 << _INDEX_BITS or int(there.max() - low) >= 1 << (64 - _INDEX_BITS):
        order = np.argsort(there, kind="stable")
        return order if places is None else places.take(order)
    both: Words = (there - low).view(np.uint64)
    both <<= np.uint64(_INDEX_BITS)
    both |= (np.arange(len(times)) if places is None else places).view(np.uint64)
    both.sort()
    both &= _INDEX
    return both.view(np.int64)
