"""Histories whose hazards listen to what happened of late: lives and events go on together, local day by local day.

Within a day hazards hold still and know what happened up to the midnight before; what each entity has left to live
through before a move comes is drawn once, and used up day by day. So a hazard that listens to nothing gives the same
lives as `history.versions_of`, and events follow from lives as if these had been there before.
Source: inversion of the cumulative hazard; Ross, Simulation (2013), 5.5.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pyarrow as pa

from sandbox.addresses import hash_columns
from sandbox.world.block import Block
from sandbox.world.draws import Floats, exponential
from sandbox.world.finish import Mask
from sandbox.world.history import Versions, in_versions, of_its_share
from sandbox.world.moves import moves_of, moving_columns
from sandbox.world.periods import DAY_US, period_starts
from sandbox.world.recent import Happenings, Tally
from sandbox.world.recipe import VALID_FROM, Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.states import NEVER, Entities, State, together
from sandbox.world.views import moments

_STANDARD = exponential()


@dataclass(frozen=True, eq=False)
class Hearing:
    """Entities whose columns include what happened to them of late; in all else they are as they were."""

    those: Entities
    tally: Tally

    @property
    def recipe(self) -> Recipe:
        """Of the history."""
        return self.those.recipe

    @property
    def identities(self) -> Whole:
        """Of the entities."""
        return self.those.identities

    @property
    def selves(self) -> Whole:
        """What lasting traits of the entities are addressed by."""
        return self.those.selves

    @property
    def missing(self) -> Mapping[str, Mask]:
        """Where columns were made null."""
        return self.those.missing

    @property
    def nbytes(self) -> int:
        """What the columns hold."""
        return self.those.nbytes

    def __len__(self) -> int:
        return len(self.those)

    def make(self, names: Collection[str]) -> None:
        """Make columns of the entities; counts are there."""
        self.those.make([name for name in names if name not in self.recipe.plan.spec.recent])

    def column(self, name: str) -> pa.Array:
        """A column of the entities, or a count of today."""
        return self.tally.column(name) if name in self.recipe.plan.spec.recent else self.those.column(name)

    def with_pins(self, name: str, values: pa.Array, who: Whole) -> pa.Array:
        """Values of a column for some of them, with those that are pinned."""
        return self.those.with_pins(name, values, who)


@dataclass(eq=False)
class Lives:
    """Lives under way: the state of each entity that may still go on, its number, and what is left of each move.

    `left` is what must still be lived through before a move comes, in units of its mean: float64, shape (moves, n).
    """

    state: State
    number: Whole
    left: Floats
    ended: list[tuple[State, Whole]] = field(default_factory=list)
    """What is over, with its ends."""

    @classmethod
    def begun(cls, state: State) -> Self:
        """Lives in their first states."""
        number = np.zeros(len(state), np.int64)
        return cls(state, number, _fresh(state, number))

    def live(self, start_us: int, end_us: int) -> list[tuple[State, Whole]]:
        """Let all live through a span; what held in it, with its ends (`NEVER` where it goes on)."""
        state, number, left = self.state, self.number, self.left
        begins = np.maximum(start_us, state.since)
        today: list[tuple[State, Whole]] = []
        resting: list[tuple[State, Whole, Floats]] = []
        while len(state):
            which, at, left = self._next(state, left, begins, end_us)
            moved = at < end_us
            today.append((state, np.where(moved, at, NEVER)))
            stays, gone = np.flatnonzero(~moved), np.flatnonzero(moved)
            resting.append((state.taken(stays), number[stays], left[:, stays]))
            self.ended.append((state.taken(gone), at[gone]))
            opened = []
            for place in np.unique(which[moved]):
                rows = np.flatnonzero(moved & (which == place))
                before = state.taken(rows)
                after = before.moved(int(place), at[rows])
                self.saw(before, after)
                if after.away.all() and not self._come_back:
                    today.append((after, np.full(len(after), NEVER)))
                else:
                    opened.append((after, number[rows] + 1))
            if not opened:
                break
            state = together([each for each, _ in opened], state.recipe)
            number = np.concatenate([each for _, each in opened])
            begins, left = state.since, _fresh(state, number)
        self.state = together([each for each, _, _ in resting], self.state.recipe)
        self.number = np.concatenate([each for _, each, _ in resting])
        self.left = np.concatenate([each for _, _, each in resting], axis=1)
        return today

    def free(self, state: State, rates_per_day: Floats) -> Floats:
        """The rates of the moves that may come by chance; shape (moves, n)."""
        return rates_per_day

    def passed(self, state: State, rates_per_day: Floats, days: Floats) -> None:
        """So many days have been lived through in these states, at these rates of all moves."""

    def saw(self, before: State, after: State) -> None:
        """These states followed these."""

    @property
    def _come_back(self) -> bool:
        return any(move.kind == "return" for move in moves_of(self.state.recipe))

    def _next(self, state: State, left: Floats, begins: Whole, end_us: int) -> tuple[Whole, Whole, Floats]:
        """Which way each state goes and when (`NEVER`: not before the end), and what is left of each move then."""
        moves = moves_of(state.recipe)
        ways = state.ways(np.maximum(state.since, state.recipe.clock.start_us - 1))
        free = np.maximum(begins, state.since + (ways.delay_days * DAY_US).astype(np.int64))
        days = np.maximum(end_us - free, 0) / DAY_US
        rates = self.free(state, ways.rates_per_day)
        which, at = np.zeros(len(state), np.int64), np.full(len(state), NEVER)
        if len(moves):
            waits = np.divide(left, rates, out=np.full_like(left, np.inf), where=rates > 0)
            which = waits.argmin(axis=0)
            wait = waits[which, np.arange(len(state))]
            comes = wait < days
            wait_us = np.where(comes, wait * DAY_US, 0.0).astype(np.int64)
            # A version lasts for a microsecond at least, so that entity and valid_from are a key.
            at = np.where(comes, np.maximum(free + wait_us, state.since + 1), NEVER)
        if len(ways.due_us):
            timed = [(place, move) for place, move in enumerate(moves) if move.timed is not None]
            due = np.stack([of_its_share(state, move, ways.due_us[place]) for place, move in timed])
            due = np.where(due >= begins, due, NEVER)
            soonest = due.min(axis=0)
            first = (soonest <= at) & (soonest < end_us)
            which, at = np.where(first, due.argmin(axis=0), which), np.where(first, soonest, at)
        self.passed(state, ways.rates_per_day, np.maximum(np.minimum(at, end_us) - free, 0) / DAY_US)
        return which, at, np.maximum(left - rates * days, 0.0)


def lived(entities: Block, happenings: Happenings) -> Versions:
    """Let each of some entities live through the clock, listening to what happens to it."""
    clock = entities.recipe.clock
    tally = Tally.of(entities.recipe, len(entities))
    lives = Lives.begun(first_states(entities, tally))
    go_on(lives, happenings, tally, clock.start_us, clock.end_us)
    whole = [*lives.ended, (lives.state, np.full(len(lives.state), NEVER))]
    return in_versions([(replace(state, entities=entities), ends) for state, ends in whole])


@dataclass(frozen=True, eq=False)
class Alive:
    """Those who are there at a moment, by entity; what they have heard by then, and what will still come of visits."""

    state: State
    tally: Tally
    happenings: Happenings

    @property
    def nbytes(self) -> int:
        """What the states hold, and the counts of each day."""
        moving = sum(values.nbytes for values in self.state.moving.values())
        counts = sum(each.nbytes for days in self.tally.days.values() for each in days)
        return int(moving + counts + 3 * self.state.who.nbytes)


def alive(entities: Block, happenings: Happenings, at_us: int) -> Alive:
    """Let each of some entities live up to a moment."""
    tally = Tally.of(entities.recipe, len(entities))
    lives = Lives.begun(first_states(entities, tally))
    go_on(lives, happenings, tally, entities.recipe.clock.start_us, at_us)
    there = lives.state.taken(np.flatnonzero((lives.state.since <= at_us) & ~lives.state.away))
    return Alive(there.taken(np.argsort(there.who, kind="stable")), tally, happenings)


def first_states(entities: Block, tally: Tally) -> State:
    """Entities as they are at first, who hear what a tally tells."""
    recipe = entities.recipe
    moving = moving_columns(recipe)
    entities.make([VALID_FROM, *moving] if VALID_FROM in recipe.own else moving)
    since = moments(entities.column(VALID_FROM), recipe)
    columns = {name: entities.column(name) for name in moving}
    hearing = Hearing(entities, tally)
    return State.in_force(hearing, np.arange(len(entities), dtype=np.int64), since, columns)


def go_on(lives: Lives, happenings: Happenings, tally: Tally, start_us: int, end_us: int) -> None:
    """Let lives and events go on, from one moment to another, midnight after midnight of the zone."""
    midnights = period_starts("day", start_us, end_us, lives.state.recipe.clock.zone)
    edges = np.unique(np.concatenate([[start_us], midnights, [end_us]])).tolist()
    turns = set(midnights.tolist())
    for first, last in itertools.pairwise(edges):
        if first in turns:
            tally.turn()
        tally.add(happenings.counts(lives.live(first, last), first, last))


def _fresh(state: State, number: Whole) -> Floats:
    """What is to be lived through before each move, drawn by entity, number of the state and move."""
    moves = moves_of(state.recipe)
    left = np.full((len(moves), len(state)), np.inf)
    who = state.entities.identities[state.who]
    for place, move in enumerate(moves):
        if move.timed is None:
            left[place] = _STANDARD.from_words(hash_columns(state.recipe.process_address(*move.names), who, number))
    return left
