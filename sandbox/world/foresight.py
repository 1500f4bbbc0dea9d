"""How likely something comes to entities whose hazards listen: they go on from their state many times, events and all.

What would be the event is held back and its chance summed along each path, as in `continuation`; only what the paths
hear differs between them, so that a few paths tell it well.
Source: conditional Monte Carlo; Asmussen and Glynn, Stochastic Simulation (2007), V.4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import BLOCK_ROWS, hash_columns
from sandbox.world.block import Block
from sandbox.world.continuation import Continuation, Event, Leaves
from sandbox.world.draws import Floats, stable
from sandbox.world.finish import Mask
from sandbox.world.listening import Hearing, Lives, go_on
from sandbox.world.recent import Happenings, Heard, Tally
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.states import Entities, State

if TYPE_CHECKING:
    from sandbox.world.world import World

PATHS = 16
_AT_ONCE = 1 << 12
"""Entities whose paths are followed at a time."""


@dataclass(frozen=True, eq=False)
class Copies:
    """Entities over and over: the same columns, and an identity of its own for each path."""

    those: Entities
    rows: Whole
    paths: Whole

    @property
    def recipe(self) -> Recipe:
        """Of the history."""
        return self.those.recipe

    @property
    def identities(self) -> Whole:
        """A hash of entity and path."""
        address = self.recipe.process_address("truth", "copy")
        return hash_columns(address, self.those.identities[self.rows], self.paths).view(np.int64)

    @property
    def selves(self) -> Whole:
        """Copies have the tastes and habits of those whom they are copied from."""
        return self.those.selves[self.rows]

    @property
    def missing(self) -> Mapping[str, Mask]:
        """Where columns were made null."""
        return {name: mask[self.rows] for name, mask in self.those.missing.items()}

    @property
    def nbytes(self) -> int:
        """What the columns hold of whom they are copied from."""
        return self.those.nbytes

    def __len__(self) -> int:
        return len(self.rows)

    def make(self, names: Collection[str]) -> None:
        """Make columns."""
        self.those.make(names)

    def column(self, name: str) -> pa.Array:
        """A column of the entities."""
        return self.those.column(name).take(pa.array(self.rows))

    def with_pins(self, name: str, values: pa.Array, who: Whole) -> pa.Array:
        """Values of a column for some copies, with those that are pinned."""
        return self.those.with_pins(name, values, self.rows[who])


@dataclass(eq=False)
class Watched(Lives):
    """Lives whose event is held back: `reached` is its chance so far, `weight` that nothing has ended the path."""

    asked: Continuation | None = None
    reached: Floats = field(default_factory=lambda: np.zeros(0))
    weight: Floats = field(default_factory=lambda: np.zeros(0))
    given: Floats = field(default_factory=lambda: np.zeros(0))
    """What the latest move at its time has brought: taken back where another falls on the same moment."""
    was: pa.Array | None = None
    """What the column that is asked about held before that moment."""

    def free(self, state: State, rates_per_day: Floats) -> Floats:
        """Neither the event nor leaving comes by chance."""
        _, _, others = self._split(state, rates_per_day)
        return others

    def passed(self, state: State, rates_per_day: Floats, days: Floats) -> None:
        """The event had its chance meanwhile."""
        event, lost, _ = self._split(state, rates_per_day)
        gone = -np.expm1(-(event + lost) * days)
        share = np.divide(event, event + lost, out=np.zeros_like(event), where=event + lost > 0)
        who = state.who
        self.reached[who] += self.weight[who] * share * gone
        self.weight[who] *= 1.0 - gone

    def saw(self, before: State, after: State) -> None:
        """A move at its time may have been the event, with whatever else came at that moment."""
        assert self.asked is not None
        asked = self.asked.asked_of(before)
        if asked is None:
            return
        who, again = after.who, before.since == after.since
        if again.any():
            assert self.was is not None
            asked = pc.if_else(pa.array(again), self.was.take(pa.array(who)), asked)
            back = np.where(again, self.given[who], 0.0)
            self.reached[who] -= back
            self.weight[who] += back
        self._remember(who, asked)
        self.given[who] = np.where(self.asked.comes_with(asked, after), self.weight[who], 0.0)
        self.reached[who] += self.given[who]
        self.weight[who] -= self.given[who]

    def _remember(self, who: Whole, asked: pa.Array) -> None:
        if self.was is None:
            self.was = pa.nulls(len(self.weight), asked.type)
        place = np.full(len(self.weight), -1)
        place[who] = np.arange(len(who))
        anew = asked.take(pa.array(np.maximum(place, 0)))
        self.was = pc.if_else(pa.array(place >= 0), anew, self.was)

    def over(self) -> None:
        """The window ends: who is away then has left, where those who leave may come back."""
        assert self.asked is not None
        if isinstance(self.asked.event, Leaves):
            away = self.state.who[self.state.away]
            self.reached[away] += self.weight[away]

    def _split(self, state: State, rates_per_day: Floats) -> tuple[Floats, Floats, Floats]:
        assert self.asked is not None
        return self.asked.split(state, rates_per_day)


def foreseen(
    world: World, dataset: str, cut_us: int, end_us: int, event: Event, paths: int = PATHS
) -> Iterator[tuple[State, Floats, Floats]]:
    """Chance of the event within (cut, end] for those who are there at the cut, some entities at a time.

    Args:
        world: its clock goes as far as `end_us`.
        paths: continuations of each entity.
    Yields:
        Their states at the cut, the chance and its standard error; float64, shape (n,).
    """
    recipe = world.recipe(dataset)
    asked = Continuation(recipe, event, paths)
    for number in range(-(-world.units(dataset) // BLOCK_ROWS)):
        there, entities = world.alive(dataset, number, cut_us), world.entities(dataset).block(number)
        assert isinstance(entities, Block)
        for first in range(0, len(there.state), _AT_ONCE):
            rows = np.arange(first, min(first + _AT_ONCE, len(there.state)))
            some = replace(there.state.taken(rows), entities=entities)
            yield some, *_followed(some, asked, there.happenings, there.tally, cut_us, end_us)


def _followed(
    some: State, asked: Continuation, happenings: Happenings, tally: Tally, cut_us: int, end_us: int
) -> tuple[Floats, Floats]:
    each, path = np.repeat(np.arange(len(some)), asked.paths), np.tile(np.arange(asked.paths), len(some))
    rows = some.who[each]
    hearing = Hearing(Copies(some.entities, rows, path), tally.taken(rows))
    state = replace(some.taken(each), entities=hearing, who=np.arange(len(each)))
    lives = Watched.begun(state)
    lives.asked = asked
    lives.reached, lives.weight, lives.given = np.zeros(len(each)), np.ones(len(each)), np.zeros(len(each))
    ahead = {name: _copied(heard, some.who, asked.paths) for name, heard in happenings.ahead.items()}
    copies = replace(happenings, first=0, entities=len(each), ahead=ahead)
    go_on(lives, copies, hearing.tally, cut_us, end_us)
    lives.over()
    reached = stable(np.clip(lives.reached, 0.0, 1.0)).reshape(len(some), asked.paths)
    return reached.mean(axis=1), reached.std(axis=1, ddof=1) / np.sqrt(asked.paths)


def _copied(heard: Heard, who: Whole, paths: int) -> Heard:
    """What visits that have begun will still bring, to each copy of those who are there."""
    place = np.searchsorted(who, heard.who)
    here = np.flatnonzero(np.append(who, -1)[place] == heard.who)
    owners = place[here]
    copies = (owners[:, None] * paths + np.arange(paths)).ravel()
    return Heard(copies, np.repeat(heard.times[here], paths))
