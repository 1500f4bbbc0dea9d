"""What changes over time: how strong each change of a scenario is, for each customer and moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import hash_columns
from sandbox.contract.zones import to_local
from sandbox.scenario.plan import ChangePlan
from sandbox.world.columns.base import floats
from sandbox.world.draws import Floats, uniforms_of_words
from sandbox.world.evaluation import evaluated
from sandbox.world.finish import Mask
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.streams.people import People

_MOMENTS = 24


@dataclass(frozen=True, eq=False)
class Changes:
    """The changes of a scenario, as a stream's people live to see them."""

    recipe: Recipe
    """Of the stream."""
    people: People
    _reached: dict[str, Mask] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    def strength(self, name: str, rows: Whole, times_us: Whole) -> Floats:
        """How strong a change is for rows of people at moments, microseconds UTC; float64 in [0, 1], shape (n,)."""
        change = self.recipe.whole.changes[name]
        found = strength_at(change, times_us, self.recipe.clock.zone)
        return found if change.is_for_all else found * self.reached(name)[rows]

    def reached(self, name: str) -> Mask:
        """Whom a change may reach: a draw of each entity, and what `where` says of each row; shape (people,)."""
        with self._lock:
            if name not in self._reached:
                self._reached[name] = reached(self.recipe.whole.changes[name], self.recipe, self.people)
            return self._reached[name]

    @cached_property
    def factors(self) -> tuple[tuple[ChangePlan, float], ...]:
        """The changes of how often people come in this stream, each with its factor."""
        name = self.recipe.plan.name
        return tuple((each, each.visits[name]) for each in self.recipe.whole.changes.values() if name in each.visits)

    def more(self, start_us: int, end_us: int) -> list[tuple[ChangePlan, float]]:
        """Changes that may bring visits within a span, each with what it adds to the rate."""
        return [(each, by - 1.0) for each, by in self.factors if by > 1 and _overlaps(each, start_us, end_us)]

    def fewer(self, start_us: int, end_us: int) -> list[tuple[ChangePlan, float]]:
        """Changes that may take visits within a span, each with the share that it takes."""
        return [(each, 1.0 - by) for each, by in self.factors if by < 1 and _overlaps(each, start_us, end_us)]

    def on_average(self, start_us: int, end_us: int) -> float:
        """About how many times as many visits begin within a span as without changes."""
        times = np.linspace(start_us, end_us, _MOMENTS, endpoint=False).astype(np.int64)
        gained, kept = np.ones(len(times)), np.ones(len(times))
        for change, factor in self.factors:
            strengths = strength_at(change, times, self.recipe.clock.zone)
            if strengths.any() and not change.is_for_all and len(self.people):
                strengths = strengths * self.reached(change.name).mean()
            if factor > 1:
                gained += (factor - 1.0) * strengths
            else:
                kept *= 1.0 - (1.0 - factor) * strengths
        return float((gained * kept).mean())


def strength_at(change: ChangePlan, times_us: Whole, zone: str) -> Floats:
    """How strong a change is at moments for those whom it reaches; float64 in [0, 1], shape (n,).

    Args:
        times_us: microseconds UTC.
        zone: by whose local clock a recurring change comes back.
    """
    within = (times_us >= change.start_us) & (times_us < change.end_us)
    if change.every_us:
        begin, local = to_local(np.array([change.start_us]), zone), to_local(times_us, zone)
        within &= (local - begin) % change.every_us < change.lasts_us
    found: Floats = within.astype(np.float64)
    if change.ramp_us:
        found *= np.clip((times_us - change.start_us) / change.ramp_us, 0.0, 1.0)
    return found


def reached(change: ChangePlan, recipe: Recipe, people: People) -> NDArray[np.bool_]:
    """Whom a change may reach, for each row of people; `recipe` is of a stream of theirs."""
    parent = recipe.parent
    assert parent is not None
    drawn = np.ones(len(people), np.bool_)
    if change.share < 1.0:
        address = parent.process_address("change", change.name)
        drawn = uniforms_of_words(hash_columns(address, people.selves)) < change.share
    if change.where is not None:
        formula = parent.compiled(change.where)
        path = f"changes.{change.name}"
        drawn &= floats(evaluated({"where": formula}, people.column, len(people), path)[formula.text]) == 1.0
    return drawn


def _overlaps(change: ChangePlan, start_us: int, end_us: int) -> bool:
    return change.start_us < end_us and change.end_us > start_us
