"""When the entities of a history come: some before the clock starts, each of the others at a time of its own."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from sandbox.errors import InputError, Problem
from sandbox.scenario.language import SignUps
from sandbox.scenario.plan import ClockPlan
from sandbox.scenario.rhythms import DAYS, WEEKS
from sandbox.world.columns.times import busyness, local_hours
from sandbox.world.draws import Bernoulli, Intensity, stable, uniforms_of_words
from sandbox.world.periods import DAY_US
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import RowSet, Whole

_GROWTH_DAYS = 30.0


def signed_up_at(recipe: Recipe, rows: RowSet) -> Whole:
    """When each entity comes: int64 microseconds UTC, shape (n,).

    Whether and when follows from the entity's own number, so that more `rows` move none that were there. Given how
    many come over the clock, their times are an independent sample of its intensity: a Poisson process.
    """
    spec, clock = recipe.plan.spec.sign_ups, recipe.clock
    assert spec is not None
    address = recipe.process_address("sign_up")
    times = np.full(len(rows), clock.start_us)
    if spec.before is not None:
        back = spec.before / timedelta(microseconds=1)
        times -= (uniforms_of_words(rows.words(address.of("before"))) * back).astype(np.int64)
    comes = ~np.asarray(rows.draw(address.of("there"), Bernoulli(spec.there)), np.bool_)
    if comes.any():
        try:
            drawing = recipe.once("sign_ups", lambda: intensity(spec, clock))
        except ValueError:
            said = "no hour of the clock has a weight above 0; widen `day`, `week` or `season`."
            raise InputError(Problem(said, f"{recipe.path}.sign_ups")) from None
        times[comes] = drawing.from_words(rows.words(address.of("time")))[comes]
    return times


def intensity(spec: SignUps, clock: ClockPlan) -> Intensity:
    """How fast entities come over the clock: the rhythm of day, week and year, times the growth.

    Raises:
        ValueError: no hour of the clock has a weight above 0.
    """
    edges, local = local_hours(clock.start_us, clock.end_us, clock.zone)
    day = np.asarray(DAYS[spec.day] if isinstance(spec.day, str) else spec.day, np.float64)
    week = np.asarray(WEEKS[spec.week] if isinstance(spec.week, str) else spec.week, np.float64)
    rates = busyness(local, day, week)
    if spec.season is not None:
        months = local.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) % 12
        rates = rates * np.asarray(spec.season, np.float64)[months]
    middles = ((edges[:-1] + edges[1:]) / 2 - clock.start_us) / DAY_US
    return Intensity(edges, rates * stable(np.exp(np.log1p(spec.growth) * middles / _GROWTH_DAYS)))
