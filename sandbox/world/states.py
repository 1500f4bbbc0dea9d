"""Entities of a history at one moment: their columns, and how fast each may leave or change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sandbox.scenario.language import Hazard
from sandbox.world.block import Block
from sandbox.world.columns.base import floats
from sandbox.world.columns.expressions import Sql
from sandbox.world.draws import Floats, stable
from sandbox.world.evaluation import evaluated
from sandbox.world.finish import finished, joined, with_nulls
from sandbox.world.formulas import Formula
from sandbox.world.pinned import pinned_within
from sandbox.world.recipe import INSTANT, VALID_FROM, VALID_TO, Recipe
from sandbox.world.rowsets import Whole

LEAVE = ""
_LARGEST_EXPONENT = 600.0
_LARGEST_PART = 1e9
"""Of one effect: finite, so that another may outweigh it."""


@dataclass(frozen=True, eq=False)
class Move:
    """A way out of a version: leaving, whose name is empty, or a transition into the next version."""

    name: str
    base_per_day: float
    effects: tuple[tuple[Formula, float], ...]
    when: Formula | None
    set: Mapping[str, Formula]


def moves_of(recipe: Recipe) -> tuple[Move, ...]:
    """The ways out of a version that a history declares: leaving first, then transitions in their order."""
    spec = recipe.plan.spec

    def effects(hazard: Hazard) -> tuple[tuple[Formula, float], ...]:
        return tuple((recipe.compiled(text), effect) for text, effect in hazard.effects.items())

    moves = [Move(LEAVE, spec.leave.hazard.base.per_day, effects(spec.leave.hazard), None, {})] if spec.leave else []
    for name, transition in spec.transitions.items():
        when = recipe.compiled(transition.when) if transition.when else None
        anew = {column: recipe.compiled(text) for column, text in transition.set.items()}
        moves.append(Move(name, transition.hazard.base.per_day, effects(transition.hazard), when, anew))
    return tuple(moves)


def moving_columns(recipe: Recipe) -> tuple[str, ...]:
    """Columns that differ between versions: those that a transition sets, and the SQL that is made from them."""
    moving = {column for transition in recipe.plan.spec.transitions.values() for column in transition.set}
    for column in recipe.plan.columns:
        used = {name for expression in recipe.expressions[column.name] for name in expression.columns_used}
        if isinstance(column.generator, Sql) and used & moving:
            moving.add(column.name)
    return tuple(column.name for column in recipe.plan.columns if column.name in moving)


@dataclass(frozen=True, eq=False)
class State:
    """Versions in force: rows of `entities`, since when each holds (microseconds UTC), and the columns that move."""

    entities: Block
    who: Whole
    since: Whole
    moving: Mapping[str, pa.Array]

    @property
    def recipe(self) -> Recipe:
        """Of the history."""
        return self.entities.recipe

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
        return State(self.entities, self.who[rows], self.since[rows], moving)

    def moved(self, move: Move, at: Whole) -> State:
        """The versions that a transition opens at these moments; SQL over the old ones gives what it sets."""
        path = f"{self.recipe.path}.transitions.{move.name}.set"
        values = evaluated(move.set, self.column, len(self), path)
        moving = dict(self.moving)
        for name, expression in move.set.items():
            moving[name] = finished(values[expression.text], self.recipe.own[name], self.recipe.listed.get(name))
        state = State(self.entities, self.who, at, moving)
        for name in moving:
            if name not in move.set and isinstance(self.recipe.own[name].generator, Sql):
                moving[name] = state._derived(name)
        return state

    def rates_per_day(self, moves: Sequence[Move]) -> Floats:
        """How fast each version goes each way: float64 >= 0, shape (len(moves), n)."""
        wanted: dict[str, Formula] = {}
        for place, move in enumerate(moves):
            wanted |= {f"{place}.{number}": expression for number, (expression, _) in enumerate(move.effects)}
            if move.when is not None:
                wanted[f"{place}.when"] = move.when
        values = evaluated(wanted, self.column, len(self), f"{self.recipe.path}.hazards")
        rates = np.empty((len(moves), len(self)))
        for place, move in enumerate(moves):
            exponent = np.zeros(len(self))
            for expression, effect in move.effects:
                with np.errstate(over="ignore"):
                    part = effect * np.nan_to_num(floats(values[expression.text]), nan=0.0)
                exponent += np.clip(part, -_LARGEST_PART, _LARGEST_PART)
            # Rounded, since what decides must not hang on the last bit of a processor's `exp`.
            np.clip(exponent, -_LARGEST_EXPONENT, _LARGEST_EXPONENT, out=exponent)
            rates[place] = move.base_per_day * stable(np.exp(exponent))
            if move.when is not None:
                rates[place] *= floats(values[move.when.text]) == 1.0
        return rates

    def _derived(self, name: str) -> pa.Array:
        column = self.recipe.own[name]
        texts = {name: self.recipe.expressions[name][0]}
        values = evaluated(texts, self.column, len(self), f"{self.recipe.path}.columns")[texts[name].text]
        values = finished(values, column, self.recipe.listed.get(name))
        missing = self.entities.missing.get(name)
        values = values if missing is None else with_nulls(values, missing[self.who])
        pinned = pinned_within(self.recipe.plan, name, self.entities.start, self.entities.rows.stop)
        return values if pinned is None else pinned.over(values, self.who)


def together(states: Sequence[State], recipe: Recipe) -> State:
    """States of the same entities as one."""
    moving = {name: joined([s.moving[name] for s in states], recipe.types[name]) for name in states[0].moving}
    who, since = (np.concatenate(parts) for parts in zip(*((s.who, s.since) for s in states), strict=True))
    return State(states[0].entities, who, since, moving)
