"""Histories: each entity's versions, opened by transitions and closed by the next or by leaving."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS, blocks, hash_columns
from sandbox.errors import InputError, Problem
from sandbox.world.block import Block
from sandbox.world.cache import Cache
from sandbox.world.draws import exponential, uniforms_of_words
from sandbox.world.moves import Move, moves_of, moving_columns
from sandbox.world.periods import DAY_US
from sandbox.world.plain import PlainTable
from sandbox.world.recipe import INSTANT, VALID_FROM, VALID_TO, Recipe
from sandbox.world.rowsets import Whole, identities_of
from sandbox.world.states import NEVER, Entities, State, Ways, together
from sandbox.world.views import Slice, moments

OPEN = NEVER
"""Where a version ends that is still in force."""
MOST_VERSIONS = 10_000
# A range of fewer entities than one in so many of a block is made alone, not with its block: a preview asks for ten.
_SMALL_SHARE = 8
_STANDARD = exponential()


@dataclass(eq=False)
class Versions:
    """The versions of consecutive entities, sorted by entity and time.

    `entity` is the row of `entities`, `number` counts each entity's versions from 0; `since` and `until` are
    microseconds UTC; all int64, shape (n,).
    """

    entities: Entities
    entity: Whole
    number: Whole
    since: Whole
    until: Whole
    moving: dict[str, pa.Array]
    start: int = 0
    _made: dict[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.entity)

    @property
    def nbytes(self) -> int:
        """What columns and ends hold."""
        arrays = [*self.moving.values(), *self._made.values()]
        columns: int = sum(array.nbytes for array in arrays)
        return self.entities.nbytes + columns + 4 * self.entity.nbytes

    @cached_property
    def identities(self) -> Whole:
        """A hash of entity and number of the version."""
        entities = self.entities.identities[self.entity]
        return identities_of(self.entities.recipe.process_address("version"), entities, self.number)

    @cached_property
    def first_rows(self) -> Whole:
        """The row of each entity's first version."""
        return np.flatnonzero(self.number == 0)

    def make(self, names: Collection[str]) -> None:
        """Make columns of the entities, with as few queries as can be."""
        own = self.entities.recipe.own
        self.entities.make([name for name in names if name in own and name not in self.moving])

    def column(self, name: str) -> pa.Array:
        """A column of the versions; shape (n,)."""
        if name not in self._made:
            self._made[name] = self._column(name)
        return self._made[name]

    def _column(self, name: str) -> pa.Array:
        if name in (VALID_FROM, VALID_TO):
            ends = self.since if name == VALID_FROM else self.until
            values = pa.array(ends, mask=ends == OPEN).cast(INSTANT)
            wanted = self.entities.recipe.types[name]
            return values if wanted == INSTANT else values.cast(wanted, safe=False)
        if name in self.moving:
            return self.moving[name]
        return self.entities.column(name).take(pa.array(self.entity))


@dataclass(frozen=True, eq=False)
class History:
    """Makes a history's versions, a block of entities at a time."""

    recipe: Recipe
    cache: Cache
    counted: dict[str, Whole]
    live: Callable[[Block, int], Versions] | None = None
    """Lets entities live from row `first` on, where their hazards listen to events; else each lives alone."""

    @cached_property
    def entities(self) -> PlainTable:
        """The entities as they are at first."""
        return PlainTable(self.recipe, self.cache)

    @property
    def units(self) -> int:
        """Entities."""
        return self.recipe.plan.rows

    @property
    def rows(self) -> int:
        """Versions; all must be made once to be counted."""
        name = self.recipe.plan.name
        if name not in self.counted:
            numbers = range(-(-self.units // BLOCK_ROWS))
            self.counted[name] = np.array([len(self.block(number)) for number in numbers], np.int64)
        return int(self.counted[name].sum())

    def rows_of(self, start: int, stop: int) -> int:
        """Unknown before they are made."""
        return -1

    def block(self, number: int) -> Versions:
        """The versions of entities [number * 65,536, …), kept for a while."""
        made: Versions = self.cache.get(
            (self.recipe.plan.name, "versions", number),
            lambda: self._lived(self.entities.block(number), number * BLOCK_ROWS),
        )
        return made

    def _lived(self, entities: Block, first: int) -> Versions:
        return versions_of(entities) if self.live is None else self.live(entities, first)

    def slices(self, start: int, stop: int) -> Iterator[Slice]:
        """Block by block of entities."""
        for number, first, last in blocks(start, stop):
            if (last - first) * _SMALL_SHARE < BLOCK_ROWS and last < self.units:
                versions = self._lived(self.entities.some(first, last), first)
                yield Slice(versions, 0, len(versions))
            else:
                versions = self.block(number)
                ends = np.searchsorted(versions.entity, np.array([first, last]) - number * BLOCK_ROWS)
                yield Slice(versions, int(ends[0]), int(ends[1]))


def versions_of(entities: Block) -> Versions:
    """Let each entity live through the clock: exponential waiting times compete, until none falls within the clock.

    What wins ends the version; a transition opens the next. Each round draws for all entities that may still go on,
    by entity, round and way out, so that another way out changes no draw of these. Moves that come at a time of their
    own win over what chance would bring later; several at one moment make one version, in the order written.
    Source: competing exponential clocks; Gillespie, Exact stochastic simulation of coupled chemical reactions (1977).
    """
    recipe, clock = entities.recipe, entities.recipe.clock
    moves, moving = moves_of(recipe), moving_columns(recipe)
    entities.make([VALID_FROM, *moving] if VALID_FROM in recipe.own else moving)
    since = moments(entities.column(VALID_FROM), recipe)
    columns = {name: entities.column(name) for name in moving}
    state = State.in_force(entities, np.arange(len(entities), dtype=np.int64), since, columns)
    come_back = any(move.kind == "return" for move in moves)
    rounds: list[tuple[State, Whole]] = []
    while len(state) or not rounds:
        if len(rounds) == MOST_VERSIONS:
            message = f"an entity has more than {MOST_VERSIONS:,} versions; lower the hazards' base or effects."
            raise InputError(Problem(message, f"{recipe.path}.transitions"))
        which, at = _next(state, moves, len(rounds))
        moved = at < clock.end_us
        rounds.append((state, np.where(moved, at, OPEN)))
        opened = [
            state.taken(rows).moved(place, at[rows])
            for place, move in enumerate(moves)
            if (move.kind != "leave" or come_back) and len(rows := np.flatnonzero(moved & (which == place)))
        ]
        state = together(opened, recipe) if opened else state.taken(np.zeros(0, np.int64))
    return in_versions(rounds)


def _next(state: State, moves: Sequence[Move], round_: int) -> tuple[Whole, Whole]:
    """Which way each state goes next, and when: place in `moves` and microseconds UTC, `OPEN` for never."""
    clock = state.recipe.clock
    if not moves:
        return np.zeros(len(state), np.int64), np.full(len(state), OPEN)
    ways = state.ways(np.maximum(state.since, clock.start_us - 1))
    which, at = _by_chance(state, moves, ways, round_)
    if not len(ways.due_us):
        return which, at
    due = np.stack([of_its_share(state, move, ways.due_us[place]) for place, move in enumerate(moves) if move.timed])
    soonest = due.min(axis=0)
    comes = soonest <= at
    return np.where(comes, due.argmin(axis=0), which), np.where(comes, soonest, at)


def _by_chance(state: State, moves: Sequence[Move], ways: Ways, round_: int) -> tuple[Whole, Whole]:
    begins = np.maximum(state.since, state.recipe.clock.start_us)
    who, again = state.entities.identities[state.who], np.full(len(state), round_, np.int64)
    waits = np.full_like(ways.rates_per_day, np.inf)
    for place, move in enumerate(moves):
        if move.timed is None:
            waits[place] = _STANDARD.from_words(hash_columns(state.recipe.process_address(*move.names), who, again))
    with np.errstate(divide="ignore", over="ignore"):
        waits /= ways.rates_per_day
        waits += ways.delay_days
        waits *= DAY_US
    which = waits.argmin(axis=0)
    longest = (OPEN - begins.max(initial=0)) / 2
    wait_us = np.minimum(waits[which, np.arange(len(state))], longest).astype(np.int64)
    # A version lasts for a microsecond at least, so that entity and valid_from are a key.
    return which, np.maximum(begins + wait_us, state.since + 1)


def of_its_share(state: State, move: Move, due: Whole) -> Whole:
    """When a timed move comes, to those whom it comes to; that is drawn by entity and moment."""
    assert move.timed is not None
    if move.timed.share == 1.0:
        return due
    address = state.recipe.process_address(*move.names, "share")
    drawn = uniforms_of_words(hash_columns(address, state.entities.identities[state.who], due))
    return np.where(drawn < move.timed.share, due, OPEN)


def in_versions(rounds: Sequence[tuple[State, Whole]]) -> Versions:
    """All versions, by entity and time; absences are none, nor is what another move of the same moment ended."""
    states = [state for state, _ in rounds]
    whole = together(states, states[0].recipe)
    until = np.concatenate([until for _, until in rounds])
    order = np.argsort(whole.who.astype(np.uint16), kind="stable")  # rounds are in order already
    order = order[~whole.away[order] & (until > whole.since)[order]]
    entity = whole.who[order]
    first = np.flatnonzero(np.diff(entity, prepend=-1))
    number = np.arange(len(entity)) - np.repeat(first, np.diff(first, append=len(entity)))
    moving = {name: values.take(pa.array(order)) for name, values in whole.moving.items()}
    return Versions(whole.entities, entity, number, whole.since[order], until[order], moving)
