"""The ways out of a version that a history declares: leaving, coming back, and transitions into the next version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sandbox.scenario.language import Hazard, Transition
from sandbox.world.columns.expressions import Sql
from sandbox.world.formulas import Formula
from sandbox.world.recipe import Recipe

Effects = tuple[tuple[Formula, float], ...]


@dataclass(frozen=True, eq=False)
class Timed:
    """When a move comes that does not wait for chance: at a moment, or so long after the version began or `since`."""

    at_us: int | None = None
    after_us: int = 0
    since: Formula | None = None
    share: float = 1.0
    """Of those who could go, how many do."""


@dataclass(frozen=True, eq=False)
class Move:
    """A way out of a version; `timed` moves come at their time, all others by their hazard."""

    kind: Literal["leave", "return", "change"]
    name: str = ""
    """Of a transition."""
    base_per_day: float = 0.0
    effects: Effects = ()
    when: Formula | None = None
    set: Mapping[str, Formula] | None = None
    timed: Timed | None = None
    delay_us: int = 0
    """How long it cannot come at first; of coming back alone."""

    @property
    def names(self) -> tuple[str, ...]:
        """What its draws are addressed by, below the dataset's process."""
        return ("move", self.name) if self.kind == "change" else (self.kind,)

    @property
    def path(self) -> str:
        """Where it stands, below the dataset, for errors."""
        return {"leave": "leave", "return": "returns"}.get(self.kind, f"transitions.{self.name}")


def moves_of(recipe: Recipe) -> tuple[Move, ...]:
    """All ways out: timed transitions first, in the order written; then leaving, other transitions, coming back."""
    return recipe.once("moves", lambda: _moves(recipe))


def _moves(recipe: Recipe) -> tuple[Move, ...]:
    spec = recipe.plan.spec

    def effects(hazard: Hazard) -> Effects:
        return tuple((recipe.compiled(text), effect) for text, effect in hazard.effects.items())

    def anew(written: Mapping[str, str]) -> dict[str, Formula]:
        return {column: recipe.compiled(text) for column, text in written.items()}

    by_time, by_chance = [], []
    for name, written in spec.transitions.items():
        when = recipe.compiled(written.when) if written.when else None
        if written.hazard is None:
            by_time.append(Move("change", name, when=when, set=anew(written.set), timed=_timed(recipe, written)))
        else:
            hazard = written.hazard
            by_chance.append(
                Move("change", name, hazard.base.per_day, effects(hazard), when=when, set=anew(written.set))
            )
    if spec.leave is not None:
        by_chance.insert(0, Move("leave", "", spec.leave.hazard.base.per_day, effects(spec.leave.hazard)))
    if spec.returns is not None:
        back, hazard = spec.returns, spec.returns.hazard
        when = recipe.compiled(back.when) if back.when else None
        delay_us = back.after // timedelta(microseconds=1) if back.after else 0
        by_chance.append(
            Move("return", "", hazard.base.per_day, effects(hazard), when, anew(back.set), delay_us=delay_us)
        )
    return (*by_time, *by_chance)


def _timed(recipe: Recipe, written: Transition) -> Timed:
    if written.at is not None:
        return Timed(recipe.clock.calendar.at_us(written.at), share=written.share)
    assert written.after is not None
    since = recipe.compiled(written.since) if written.since else None
    return Timed(None, written.after // timedelta(microseconds=1), since, written.share)


def moving_columns(recipe: Recipe) -> tuple[str, ...]:
    """Columns that differ between versions: those that a transition or a return sets, and the SQL made from them."""
    return recipe.once("moving", lambda: _moving(recipe))


def _moving(recipe: Recipe) -> tuple[str, ...]:
    moving = {column for move in moves_of(recipe) for column in move.set or ()}
    for column in recipe.plan.columns:
        used = {name for expression in recipe.expressions[column.name] for name in expression.columns_used}
        if isinstance(column.generator, Sql) and used & moving:
            moving.add(column.name)
    return tuple(column.name for column in recipe.plan.columns if column.name in moving)
