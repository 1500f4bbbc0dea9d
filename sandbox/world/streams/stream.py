"""A stream as the world makes it: events in the order of time, any span of the clock, the same for any cut."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from sandbox.errors import InputError, Problem
from sandbox.scenario.language import Journey, State
from sandbox.world.block import Block
from sandbox.world.columns.serials import numbers_rows
from sandbox.world.draws import stable
from sandbox.world.periods import HOUR_US
from sandbox.world.recipe import INSTANT, Recipe
from sandbox.world.rowsets import Identified
from sandbox.world.streams.arrivals import Arrivals, Comings, comings_of, together
from sandbox.world.streams.catalogue import Catalogue
from sandbox.world.streams.changes import Changes
from sandbox.world.streams.columns import EventColumns
from sandbox.world.streams.events import Events, Told
from sandbox.world.streams.machine import Machine, machine_of
from sandbox.world.streams.people import People, people_of
from sandbox.world.streams.rhythm import rhythm_of
from sandbox.world.streams.shelves import Requests, Shown
from sandbox.world.streams.story import Story, items_of
from sandbox.world.streams.walk import begin, respond
from sandbox.world.views import Maker, Slice, View

SHARE_EVENTS = 1 << 20
SLICE_EVENTS = 1 << 18
FEWEST_SHARES = 4
_VISITS_AT_ONCE = 1 << 17
_PILOT_VISITS = 4_096

Policy = Callable[[Story, Requests], Shown]


@dataclass(frozen=True, eq=False)
class Stream:
    """Makes the events of a stream. A unit is an hour of the clock, counted from its start in UTC."""

    recipe: Recipe
    parents: Maker
    items: Callable[[str], Maker]
    policy: Policy
    most_people: int | None = None
    """Only so many of the parent's rows take part, for a glance."""
    crowd: People | None = None
    """Those who come, where somebody else gathered them."""

    @property
    def units(self) -> int:
        """Hours."""
        clock = self.recipe.clock
        return -(-(clock.end_us - clock.start_us) // HOUR_US)

    def block(self, number: int) -> View:
        """Not to be had: events come by time, and nothing refers to one by its number."""
        raise InputError(Problem("is a stream, and no other dataset can refer to its rows.", self.recipe.path))

    @property
    def rows(self) -> int:
        """Events; all must be made once to be counted."""
        return sum(len(piece.view) for piece in self.slices(0, self.units))

    def rows_of(self, start: int, stop: int) -> int:
        """About how many events an estimate of the rates gives a range of hours."""
        return round(self.expected(self.moment(start), self.moment(stop)))

    def moment(self, unit: int) -> int:
        """Where an hour of the clock begins, microseconds UTC."""
        clock = self.recipe.clock
        return min(clock.start_us + unit * HOUR_US, clock.end_us)

    def ranges(self) -> list[tuple[int, int]]:
        """Hours of the clock in shares of about a million events; of a small stream in quarters, of whole days."""
        hours = np.arange(self.units + 1)
        reached = self.comings.rhythm.at(np.array([self.moment(int(hour)) for hour in hours]))
        whole = self.expected(self.moment(0), self.moment(self.units))
        shares = max(FEWEST_SHARES, -(-_rounded(whole) // SHARE_EVENTS))
        wanted = reached[-1] * np.arange(1, shares) / shares
        cuts = np.searchsorted(reached, wanted)
        if self.units >= 48 * shares:
            cuts = cuts // 24 * 24
        ends = np.unique(np.concatenate([[0], cuts, [self.units]]))
        return [(int(a), int(b)) for a, b in itertools.pairwise(ends)]

    def touches(self, start: int, stop: int, since_us: int, until_us: int) -> bool:
        """Whether a range of hours has something of a span."""
        return self.moment(start) < until_us and self.moment(stop) > since_us

    def of(self, crowd: People) -> Stream:
        """The stream of other people."""
        return replace(self, crowd=crowd)

    def begun(self, start_us: int, end_us: int) -> Events:
        """All events of the visits that begin within a span, in no order."""
        return Events.together(self._made(self.comings.arrivals(start_us, end_us)))

    def expected(self, start_us: int, stop_us: int) -> float:
        """About how many events come within a span."""
        return self.comings.expected(start_us, stop_us) * self.events_a_visit

    def slices(self, start: int, stop: int) -> Iterator[Slice]:
        """The events of a range of hours, sorted by time, a few hundred thousand at a time.

        What began before the range and may still go on is let begin again: a visit lasts no longer than `longest`.
        """
        begin_us, end_us = self.moment(start), self.moment(stop)
        carried, reached = Events.none(), max(begin_us - self.story.longest_us, self.recipe.clock.start_us)
        number = self._before(start)
        for until in self._cuts(begin_us, end_us):
            events = Events.together([carried, *self._made(self.comings.arrivals(reached, until))])
            now = events.in_order(begin_us, until)
            carried, reached = events.take(np.flatnonzero(events.times >= until)), until
            if len(now):
                block = self.block_of(now, number)
                yield Slice(block, 0, len(block))
                number += len(block)

    def _before(self, start: int) -> int:
        """Events before an hour, where some column numbers them: they must be made to be counted."""
        if not start or not numbers_rows(self.recipe.plan.columns):
            return 0
        return self.recipe.once(("before", start), lambda: sum(len(each.view) for each in self.slices(0, start)))

    def _cuts(self, begin_us: int, end_us: int) -> list[int]:
        pieces = max(1, -(-round(self.expected(begin_us, end_us)) // SLICE_EVENTS))
        rhythm = self.comings.rhythm
        low, high = rhythm.at(np.array([begin_us, end_us]))
        levels = low + (high - low) * np.arange(1, pieces) / pieces
        inner = np.interp(levels, rhythm.reached, rhythm.edges).astype(np.int64)
        return [int(cut) for cut in np.unique(inner) if begin_us < cut < end_us] + [end_us]

    def _made(self, visits: Arrivals) -> list[Events]:
        made: list[Events] = []
        for first in range(0, len(visits), _VISITS_AT_ONCE):
            made += walked(self.story, visits.some(first, first + _VISITS_AT_ONCE), self.policy)
        return made

    def block_of(self, events: Told, number: int = 0) -> Block:
        """Events as rows, whose columns can be made; `number` is that of the first."""
        columns = EventColumns(self.story, events)
        rows = Identified(columns.identities, number)
        time = self.recipe.plan.spec.time
        assert time is not None
        return Block(self.recipe, rows, {time: pa.array(events.times).cast(INSTANT)}, columns)

    @cached_property
    def people(self) -> People:
        """Those who come."""
        return people_of(self.recipe, self.parents, self.most_people) if self.crowd is None else self.crowd

    @cached_property
    def changes(self) -> Changes:
        """What changes over time for them."""
        return Changes(self.recipe, self.people)

    @cached_property
    def comings(self) -> Comings:
        """How often they come."""
        visits = self.recipe.plan.spec.visits
        assert visits is not None
        rhythm = self.recipe.once("rhythm", lambda: rhythm_of(visits, self.recipe.clock))
        return comings_of(self.recipe, self.people, rhythm, self.changes)

    @cached_property
    def story(self) -> Story:
        """What their visits are about."""
        return Story(self.recipe, self.people, self.changes, self._machine, self.catalogue)

    @property
    def catalogue(self) -> Catalogue | None:
        """The items that visits meet, which are there before anybody has come; None where there are none."""
        return self.recipe.once("catalogue", self._catalogue)

    def _catalogue(self) -> Catalogue | None:
        items = items_of(self.recipe)
        return Catalogue(self.recipe, items, self.items(items).rows) if items is not None else None

    @property
    def _machine(self) -> Machine:
        written = self.recipe.plan.spec.journey
        single = Journey(states={"event": State(emits=self.recipe.plan.name)})
        return self.recipe.once("machine", lambda: machine_of(written or single))

    @cached_property
    def events_a_visit(self) -> float:
        """Mean number of events of a visit, by letting some thousand visits go."""
        if self.recipe.plan.spec.journey is None:
            return 1.0
        rhythm, pieces, count = self.comings.rhythm, list[Arrivals](), 0
        thinned = self._thinned
        for day in range(len(rhythm.days) - 1):
            pieces.append(thinned.arrivals(int(rhythm.days[day]), int(rhythm.days[day + 1])).some(0, _PILOT_VISITS))
            count += len(pieces[-1])
            if count >= _PILOT_VISITS:
                break
        visits = together(pieces)
        events = sum(len(each) for each in self._made(visits))
        return events / len(visits) if len(visits) else 0.0

    @property
    def _thinned(self) -> Comings:
        """Fewer visits of everybody where a day has very many, so that a pilot costs the same at any rate."""
        a_day = float(self.comings.per_day.sum())
        if a_day <= 4 * _PILOT_VISITS:
            return self.comings
        return replace(self.comings, per_day=stable(self.comings.per_day * (4 * _PILOT_VISITS / a_day)))


def walked(story: Story, visits: Arrivals, policy: Policy, again: int = 0) -> list[Events]:
    """Let visits go to their ends, with a policy for what is shown; `again` as `begin` has it."""
    walk = begin(story, visits, again)
    requests = respond(walk)
    while requests is not None:
        requests = respond(walk, policy(story, requests))
    return walk.events


def best_sellers(story: Story, requests: Requests) -> Shown:
    """The items that come to mind most easily, for everybody: the rules of history."""
    assert story.catalogue is not None
    best = np.full(requests.slots, -1, np.int64)
    found = story.catalogue.best[: requests.slots]
    best[: len(found)] = found
    return np.broadcast_to(best, (len(requests), requests.slots))


def _rounded(count: float) -> int:
    """Three digits of a number: sums of floats differ in their last bits between processors."""
    return round(float(f"{count:.3g}"))
