"""Entities of a history at one moment: their columns, and how fast or when each goes which way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.world.columns.base import floats
from sandbox.world.columns.expressions import Sql
from sandbox.world.draws import Floats, stable
from sandbox.world.evaluation import evaluated
from sandbox.world.finish import Mask, finished, joined, with_nulls
from sandbox.world.formulas import Formula
from sandbox.world.moves import Move, moves_of
from sandbox.world.periods import DAY_US
from sandbox.world.recipe import INSTANT, VALID_FROM, VALID_TO, Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.views import moments

NEVER = np.iinfo(np.int64).max
"""When something comes that does not come; also where a version ends that is still in force."""
FIRST = np.iinfo(np.int64).max
"""The place of the move that opened a version, where none did."""
_LARGEST_EXPONENT = 600.0
_LARGEST_PART = 1e9
"""Of one effect: finite, so that another may outweigh it."""


@dataclass(frozen=True, eq=False)
class Ways:
    """How states go on: `rates_per_day` of each move, float64 >= 0, and when timed ones come (microseconds UTC).

    Shapes (moves, n) and (timed moves, n): timed moves are the first of all. `delay_days`, shape (n,), is how long
    nothing can come at first.
    """

    rates_per_day: Floats
    due_us: Whole
    delay_days: Floats


class Entities(Protocol):
    """Entities of a history as their states see them: a block of them, those who hear what happened, or copies."""

    @property
    def recipe(self) -> Recipe:
        """Of the history."""

    @property
    def identities(self) -> Whole:
        """What tells each from all others; int64, shape (n,)."""

    @property
    def selves(self) -> Whole:
        """What lasting traits are addressed by."""

    @property
    def missing(self) -> Mapping[str, Mask]:
        """Where a column was made null, by column."""

    @property
    def nbytes(self) -> int:
        """Memory that is held so far."""

    def __len__(self) -> int: ...

    def make(self, names: Collection[str]) -> None:
        """Make columns, with as few queries as can be."""

    def column(self, name: str) -> pa.Array:
        """A column, as each is at first; shape (n,)."""

    def with_pins(self, name: str, values: pa.Array, who: Whole) -> pa.Array:
        """Values of a column for some of them, with those that are pinned."""


@dataclass(frozen=True, eq=False)
class State:
    """Versions in force: rows of `entities`, since when each holds (microseconds UTC), and the columns that move.

    `by` is the place of the move that brought each about, `FIRST` where none did; int64, shape (n,). What leaving
    brought about is no version: an entity that is away, with the columns that it had.
    """

    entities: Entities
    who: Whole
    since: Whole
    moving: Mapping[str, pa.Array]
    by: Whole

    @classmethod
    def in_force(cls, entities: Entities, who: Whole, since: Whole, moving: Mapping[str, pa.Array]) -> State:
        """Versions that hold, whatever brought them about."""
        return cls(entities, who, since, moving, np.full(len(who), FIRST))

    @property
    def recipe(self) -> Recipe:
        """Of the history."""
        return self.entities.recipe

    @property
    def away(self) -> NDArray[np.bool_]:
        """Which entities have left, and are not back."""
        left = [place for place, move in enumerate(moves_of(self.recipe)) if move.kind == "leave"]
        away: NDArray[np.bool_] = self.by == (left[0] if left else -1)
        return away

    def __len__(self) -> int:
        return len(self.who)

    def column(self, name: str) -> pa.Array:
        """A column of these versions; where a version ends is not known."""
        if name == VALID_FROM:
            return pa.array(self.since).cast(INSTANT)
        if name == VALID_TO:
            return pa.nulls(len(self), INSTANT)
        if name in self.moving:
            return self.moving[name]
        return self.entities.column(name).take(pa.array(self.who))

    def taken(self, rows: Whole) -> State:
        """Some of the versions, some perhaps more than once."""
        moving = {name: values.take(pa.array(rows)) for name, values in self.moving.items()}
        return State(self.entities, self.who[rows], self.since[rows], moving, self.by[rows])

    def moved(self, place: int, at: Whole) -> State:
        """What a move opens at these moments; SQL over the old columns gives what it sets."""
        move = moves_of(self.recipe)[place]
        state = replace(self, since=at, by=np.full(len(self), place))
        if not move.set:
            return state
        values = evaluated(move.set, self.column, len(self), f"{self.recipe.path}.{move.path}.set")
        moving = dict(self.moving)
        for name, expression in move.set.items():
            moving[name] = finished(values[expression.text], self.recipe.own[name], self.recipe.listed.get(name))
        state = replace(state, moving=moving)
        for name in moving:
            if name not in move.set and isinstance(self.recipe.own[name].generator, Sql):
                moving[name] = state._derived(name)
        return state

    def ways(self, lived: Whole) -> Ways:
        """How each goes on that has lived until `lived`, microseconds UTC, int64, shape (n,)."""
        recipe, moves, rows = self.recipe, moves_of(self.recipe), len(self)
        values = evaluated(_wanted(moves), self.column, rows, recipe.path)
        timed = [move for move in moves if move.timed is not None]
        rates, due = np.zeros((len(moves), rows)), np.full((len(timed), rows), NEVER)
        away = self.away if any(move.kind == "return" for move in moves) else np.zeros(rows, np.bool_)
        delay = np.zeros(rows)
        for place, move in enumerate(moves):
            can = away if move.kind == "return" else ~away
            if move.when is not None:
                can = can & (floats(values[move.when.text]) == 1.0)
            if move.timed is None:
                rates[place] = np.where(can, _rates(move, values, rows), 0.0)
                delay[away] += move.delay_us / DAY_US
            else:
                at = self._due(move, values)
                # What lies in the past does not come any more; of several at one moment, those written later still do.
                ahead = (at > lived) | ((at == lived) & (place > self.by))
                due[place] = np.where(can & ahead, at, NEVER)
        return Ways(rates, due, delay)

    def _due(self, move: Move, values: Mapping[str, pa.Array]) -> Whole:
        assert move.timed is not None
        if move.timed.at_us is not None:
            return np.full(len(self), move.timed.at_us)
        if move.timed.since is None:
            return self.since + move.timed.after_us
        begun = values[move.timed.since.text]
        return np.where(begun.is_valid(), moments(begun, self.recipe) + move.timed.after_us, NEVER)

    def _derived(self, name: str) -> pa.Array:
        column = self.recipe.own[name]
        texts = {name: self.recipe.expressions[name][0]}
        values = evaluated(texts, self.column, len(self), f"{self.recipe.path}.columns")[texts[name].text]
        values = finished(values, column, self.recipe.listed.get(name))
        missing = self.entities.missing.get(name)
        values = values if missing is None else with_nulls(values, missing[self.who])
        return self.entities.with_pins(name, values, self.who)


def together(states: Sequence[State], recipe: Recipe) -> State:
    """States of the same entities as one."""
    moving = {name: joined([s.moving[name] for s in states], recipe.types[name]) for name in states[0].moving}
    who, since, by = (np.concatenate(parts) for parts in zip(*((s.who, s.since, s.by) for s in states), strict=True))
    return State(states[0].entities, who, since, moving, by)


def _wanted(moves: Sequence[Move]) -> dict[str, Formula]:
    """All that has to be known of states to tell how they go on, for one query."""
    wanted: dict[str, Formula] = {}
    for move in moves:
        wanted |= {f"{move.path}.hazard#{number}": expression for number, (expression, _) in enumerate(move.effects)}
        if move.when is not None:
            wanted[f"{move.path}.when"] = move.when
        if move.timed is not None and move.timed.since is not None:
            wanted[f"{move.path}.since"] = move.timed.since
    return wanted


def _rates(move: Move, values: Mapping[str, pa.Array], rows: int) -> Floats:
    exponent = np.zeros(rows)
    for expression, effect in move.effects:
        with np.errstate(over="ignore"):
            part = effect * np.nan_to_num(floats(values[expression.text]), nan=0.0)
        exponent += np.clip(part, -_LARGEST_PART, _LARGEST_PART)
    # Rounded, since what decides must not hang on the last bit of a processor's `exp`.
    np.clip(exponent, -_LARGEST_EXPONENT, _LARGEST_EXPONENT, out=exponent)
    rates: Floats = move.base_per_day * stable(np.exp(exponent))
    return rates
