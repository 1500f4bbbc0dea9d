"""What happened to entities of late: events of the streams that a history listens to, counted by local day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.world.history import in_versions
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.states import NEVER, State
from sandbox.world.streams.events import Events
from sandbox.world.streams.people import gathered
from sandbox.world.streams.stream import Stream

Counts = NDArray[np.int32]
Day = Sequence[tuple[State, Whole]]
"""States that held on a day, with their ends; `NEVER` where one goes on."""


@dataclass(eq=False)
class Tally:
    """Counts of the last days for each entity, by the name that the history gives them; shape (n,) each.

    `days` holds one array a day, the oldest first; `sums` are theirs together; `today` is not heard of before midnight.
    """

    days: dict[str, list[Counts]]
    sums: dict[str, Counts]
    today: dict[str, Counts]

    @classmethod
    def of(cls, recipe: Recipe, entities: int) -> Tally:
        """Nothing has happened yet."""
        recent = recipe.plan.spec.recent
        empty = np.zeros(entities, np.int32)
        days = {name: [empty] * max(written.within.days, 1) for name, written in recent.items()}
        return cls(days, dict.fromkeys(recent, empty), dict.fromkeys(recent, empty))

    def column(self, name: str) -> pa.Array:
        """How often something happened to each entity, up to the last midnight; int64."""
        return pa.array(self.sums[name].astype(np.int64))

    def add(self, counts: Mapping[str, Counts]) -> None:
        """What happened today, or in a part of it."""
        for name, fresh in counts.items():
            self.today[name] = self.today[name] + fresh

    def turn(self) -> None:
        """Midnight: the counts of today come in, and those of the oldest day go out."""
        for name, fresh in self.today.items():
            oldest = self.days[name].pop(0)
            self.days[name].append(fresh)
            self.sums[name] = self.sums[name] + fresh - oldest
            self.today[name] = np.zeros_like(fresh)

    def taken(self, rows: Whole) -> Tally:
        """The counts of some entities, some perhaps more than once."""
        days = {name: [counts[rows] for counts in each] for name, each in self.days.items()}
        sums, today = ({name: each[rows] for name, each in found.items()} for found in (self.sums, self.today))
        return Tally(days, sums, today)


@dataclass(frozen=True, slots=True)
class Heard:
    """Events that count, of some name: whose (rows of the block's entities) and when, microseconds UTC; shape (n,)."""

    who: Whole
    times: Whole

    def take(self, which: NDArray[np.bool_]) -> Heard:
        """Some of them."""
        return Heard(self.who[which], self.times[which])

    def and_(self, others: Heard) -> Heard:
        """These and others."""
        return Heard(np.concatenate([self.who, others.who]), np.concatenate([self.times, others.times]))


@dataclass(eq=False)
class Happenings:
    """Makes the events of the streams that a history listens to, of some of its entities, a span at a time."""

    recipe: Recipe
    """Of the history."""
    streams: Mapping[str, Stream]
    first: int
    """Row of the first entity."""
    entities: int
    ahead: dict[str, Heard] = field(default_factory=dict)
    """What visits that have begun will still bring."""

    def counts(self, today: Day, start_us: int, end_us: int) -> dict[str, Counts]:
        """How often what is listened to happens in a span, given who was there; by name, shape (entities,)."""
        view = in_versions(today)
        gone = self._gone(today, start_us)
        found: dict[str, Counts] = {}
        for name, stream in self.streams.items():
            people = gathered(stream.recipe, lambda _: view, (0,))
            day = stream.of(replace(people, customer=people.customer + self.first))
            events = day.begun(start_us, end_us)
            for key, written in self.recipe.plan.spec.recent.items():
                if written.count == name:
                    heard = self._heard(day, events, written.where)
                    if key in self.ahead:  # who went away does not do what the visit would still have brought
                        before = self.ahead[key]
                        before = before.take(before.times < gone[before.who])
                        heard = before.and_(heard)
                    now = heard.times < end_us
                    found[key] = np.bincount(heard.who[now], minlength=self.entities).astype(np.int32)
                    self.ahead[key] = heard.take(~now)
        return found

    def _heard(self, stream: Stream, events: Events, where: str | None) -> Heard:
        if where is not None and len(events):
            block, path = stream.block_of(events), f"{self.recipe.path}.recent"
            events = events.take(stream.recipe.numbers(where, block.column, len(events), path) == 1.0)
        return Heard(stream.people.customer[events.rows] - self.first, events.times)

    def _gone(self, today: Day, start_us: int) -> Whole:
        """When each entity went away in the span, `NEVER` where it did not; shape (entities,)."""
        gone = np.full(self.entities, NEVER)
        for state, _ in today:
            left = np.flatnonzero(state.away & (state.since >= start_us))
            np.minimum.at(gone, state.who[left], state.since[left])
        return gone
