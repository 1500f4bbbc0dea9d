"""How often people come, how much they differ, how many there are and how fast they leave: by simulated moments.

What decides who comes may be any SQL over columns that nobody sees, so no likelihood can be written down. But the
world can be asked: with the same draws at every value, a few figures of who came how often follow the values smoothly,
and the values are those at which the figures are as seen. Their intervals follow from how the figures of the real
data vary over groups of people.
Source: McFadden, A method of simulated moments for estimation of discrete response models (1989).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import chdtri

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.families import FEW, Floats
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.knobs import ROWS, Knob, knobs_of
from sandbox.calibrate.rhythm import fit_rhythm
from sandbox.calibrate.season import months_of, season_of, with_season
from sandbox.calibrate.visits import SeenVisits, visits_seen
from sandbox.scenario.language import Visits
from sandbox.scenario.plan import Plan
from sandbox.world.draws import poisson_each, uniforms_of_words
from sandbox.world.rowsets import Whole
from sandbox.world.streams.stream import Stream
from sandbox.world.world import World

_PEOPLE = 16_000
"""Of whom the world is asked, in all repetitions together."""
_REPEATS = 2
_ROUNDS = 10
_STEP = 0.15
_LONGEST_STEP = 1.0
_GROUPS = 40
_CLOSE = 0.15
"""Of the standard error of each figure: so close is as seen."""


@dataclass(frozen=True, eq=False)
class Habits:
    """Who came how often within a span: one of each person; `first` and `last` are shares of the span."""

    times: Floats
    first: Floats
    last: Floats
    absent: int = 0
    """Who is known to have been there and did not come."""

    @classmethod
    def of(cls, people: Whole, at_us: Whole, span: tuple[int, int], everybody: int | None = None) -> Habits:
        """The habits of those who came; `everybody`: how many there are, where that is known."""
        who, code, times = np.unique(people, return_inverse=True, return_counts=True)
        where = (at_us - span[0]) / (span[1] - span[0])
        first, last = np.ones(len(who)), np.zeros(len(who))
        np.minimum.at(first, code, where)
        np.maximum.at(last, code, where)
        return cls(times.astype(np.float64), first, last, max((everybody or 0) - len(who), 0))

    def without(self, group: int) -> Habits:
        """All but those of one group in so many."""
        word = hash_columns(Address(("calibrate", "group")), np.arange(len(self.times)))
        kept = word % np.uint64(_GROUPS) != group
        return Habits(self.times[kept], self.first[kept], self.last[kept], round(self.absent * (1 - 1 / _GROUPS)))

    def figures(self) -> dict[str, float]:
        """One for each knob, which it moves most."""
        everybody = len(self.times) + self.absent
        early = self.first < 1 / 3
        stayed = (self.last[early] >= 2 / 3).mean() if early.any() else 0.5
        return {
            "per_day": float(np.log(max(self.times.sum(), 0.5) / max(everybody, 1))),
            "spread": float(np.log1p(self.times).sum() / max(everybody, 1)),
            "leave": float(stayed),
            "there": float((self.first < 0.2).mean()) if len(self.first) else 0.0,
            ROWS: float(np.log(max(len(self.times), 0.5))),
        }


@dataclass(frozen=True, eq=False)
class Asked:
    """The world of a scenario, and how it is looked at so that it compares with what was seen."""

    plan: Plan
    stream: str
    parent: str
    span: tuple[int, int]
    known: float
    """The share of visits of which it is known whose they are."""
    everybody: bool
    """Whether those who never came are seen too."""

    def figures(self, knobs: Sequence[Knob], values: Floats) -> dict[str, float]:
        """What would be seen at these values."""
        people, at_us, asked = self.visits(knobs, values)
        habits = Habits.of(people, at_us, self.span, asked if self.everybody else None)
        found = habits.figures()
        rows = dict(zip((knob.name for knob in knobs), values, strict=True)).get(ROWS, 0.0)
        return found | {ROWS: rows + found[ROWS] - np.log(asked)}

    def visits(self, knobs: Sequence[Knob], values: Floats) -> tuple[Whole, Whole, int]:
        """Whose visits begin when, in some repetitions; and how many people they are of."""
        planned = self.plan.datasets[self.parent]
        rows = _PEOPLE // _REPEATS if planned.rows > 0 else planned.rows
        plan = replace(self.plan, datasets={**self.plan.datasets, self.parent: replace(planned, rows=rows)})
        for knob, value in zip(knobs, values, strict=True):
            plan = knob.turned(plan, float(value))
        people, times, everybody = list[Whole](), list[Whole](), 0
        for repeat in range(_REPEATS):
            world = World(replace(plan, seed=plan.seed + (repeat << 32)))
            who, at_us = came(world.stream(self.stream), self.span, self.known)
            people.append(who + everybody)
            times.append(at_us)
            everybody += world.units(self.parent)
        return np.concatenate(people), np.concatenate(times), everybody


def came(stream: Stream, span: tuple[int, int], known: float) -> tuple[Whole, Whole]:
    """Who comes when, of which a share is known; drawn at once for the whole span, with the rates of the stream.

    Changes of the scenario are left out: they are what is to be noticed, not how people are.
    """
    people, rhythm, recipe = stream.people, stream.comings.rhythm, stream.recipe
    low = rhythm.at(np.clip(people.since, *span))
    high = rhythm.at(np.clip(people.until, *span))
    firsts = np.flatnonzero(np.diff(people.customer, prepend=-1))
    version = np.arange(len(people)) - np.repeat(firsts, np.diff(firsts, append=len(people)))
    words = hash_columns(recipe.process_address("calibrate", "visits"), people.identity, version)
    counts = poisson_each(words, stream.comings.per_day * known * np.maximum(high - low, 0.0))
    rows = np.repeat(np.arange(len(people)), counts)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    address = recipe.process_address("calibrate", "start")
    words = hash_columns(address, people.identity[rows], version[rows], number)
    levels = low[rows] + uniforms_of_words(words) * (high - low)[rows]
    return people.customer[rows], np.interp(levels, rhythm.reached, rhythm.edges).astype(np.int64)


def fit_comings(evidence: Evidence) -> Iterator[Fitted]:
    """The rate of visits, its spread, and of people whom only their visits tell: how many, since when, how long."""
    spec, visits = evidence.planned.spec.visits, visits_seen(evidence)
    if spec is None or visits is None or evidence.planned.parent is None:
        return
    some = visits.of_somebody
    if len(np.unique(some.people)) < 3 * FEW:
        return
    yield from _fitted(evidence, _with_rhythm(spec, fit_rhythm(evidence)), visits, some)


def _fitted(evidence: Evidence, spec: Visits, visits: SeenVisits, some: SeenVisits) -> Iterator[Fitted]:
    parent = str(evidence.planned.parent)
    above = evidence.all_observed.get(parent)
    everybody = above.rows if above is not None and parent in evidence.plan.bindings else None
    span = (int(visits.at_us[0]), int(visits.at_us[-1]) + 1)
    habits = Habits.of(some.people, some.at_us, span, everybody)
    plan = _with_visits(evidence.plan, evidence.dataset, spec)
    asked = Asked(plan, evidence.dataset, parent, span, len(some) / len(visits), everybody is not None)
    knobs = knobs_of(evidence, plan, everybody is not None)
    seen, errors, spread = _measured(habits, knobs)
    season = season_of(spec, evidence, visits)
    solution = _solved(asked, knobs, seen, errors)
    if season is not None:
        _, made, _ = asked.visits(knobs, solution.values)
        season = with_season(season, months_of(made, plan.clock.zone), len(made), len(visits))
        asked = replace(asked, plan=_with_visits(plan, evidence.dataset, spec, season=season.factors))
        solution = _solved(asked, knobs, seen, errors, solution)
    told = evidence.observed.told(len(visits), len(habits.times))
    agrees = solution.may_be(np.array([knob.value for knob in knobs]), spread)
    for knob, value, error in zip(knobs, solution.values, solution.errors(spread), strict=True):
        ends = sorted(value + side * 1.96 * error for side in (-1, 1))
        interval = " to ".join(knob.said(end) for end in ends[:: knob.rises])
        off = min(abs(float(np.expm1(knob.value - value))), 1.0)
        yield Fitted(knob.path, knob.written(value), told, interval, round(off, 4), agrees)
    if season is not None:
        yield season.fitted(evidence, told)


@dataclass(frozen=True, eq=False)
class Solution:
    """Values at which the world shows what was seen, and how its figures follow them; shapes (k,) and (k, k)."""

    values: Floats
    slopes: Floats

    def covariance(self, spread: Floats) -> Floats:
        """Of the values, where the figures of the real data have this one."""
        inverse = np.linalg.pinv(self.slopes)
        return np.asarray(inverse @ (spread * (1 + 1 / _REPEATS)) @ inverse.T, np.float64)

    def errors(self, spread: Floats) -> Floats:
        """The standard error of each value."""
        return np.sqrt(np.maximum(np.diag(self.covariance(spread)), 0.0))

    def may_be(self, values: Floats, spread: Floats) -> bool:
        """Whether these values together lie where chance may have it, at 95 %."""
        off = values - self.values
        distance = off @ np.linalg.pinv(self.covariance(spread)) @ off
        return bool(distance <= chdtri(len(values), 0.05))


def _solved(
    asked: Asked, knobs: Sequence[Knob], seen: Floats, errors: Floats, near: Solution | None = None
) -> Solution:
    """Steps of a bounded length along slopes that are measured once and learn from each step; the best is kept.

    Source: Broyden, A class of methods for solving nonlinear simultaneous equations (1965).
    """
    values = np.array([knob.start for knob in knobs]) if near is None else near.values
    found = _vector(asked.figures(knobs, values), knobs)
    slopes = _slopes(asked, knobs, values, found) if near is None else near.slopes
    best = values, found
    for _ in range(_ROUNDS):
        if _worst(found, seen, errors) < _CLOSE:
            break
        weighed, wanted = slopes / errors[:, None], (found - seen) / errors
        damped = weighed.T @ weighed + 1e-3 * np.diag((weighed**2).sum(axis=0)) + 1e-12 * np.eye(len(knobs))
        step = -np.linalg.solve(damped, weighed.T @ wanted)
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        moved = np.array([knob.bounded(value) for knob, value in zip(knobs, values + step, strict=True)])
        step, came_to = moved - values, _vector(asked.figures(knobs, moved), knobs)
        if float(step @ step) > 0:
            slopes = slopes + np.outer(came_to - found - slopes @ step, step) / float(step @ step)
        values, found = moved, came_to
        if _worst(found, seen, errors) < _worst(best[1], seen, errors):
            best = values, found
    return Solution(best[0], slopes)


def _worst(found: Floats, seen: Floats, errors: Floats) -> float:
    return float(np.abs((found - seen) / errors).max())


def _slopes(asked: Asked, knobs: Sequence[Knob], values: Floats, here: Floats) -> Floats:
    """How each figure (row) follows each value (column)."""
    slopes = np.zeros((len(knobs), len(knobs)))
    for place, knob in enumerate(knobs):
        if knob.name == ROWS:  # more people are more of the same
            slopes[place, place] = 1.0
            continue
        moved = values.copy()
        moved[place] += _STEP
        slopes[:, place] = (_vector(asked.figures(knobs, moved), knobs) - here) / _STEP
    return slopes


def _measured(habits: Habits, knobs: Sequence[Knob]) -> tuple[Floats, Floats, Floats]:
    """The figures that were seen, their standard errors and their covariance, by leaving out groups of people."""
    seen = _vector(habits.figures(), knobs)
    parts = np.stack([_vector(habits.without(group).figures(), knobs) for group in range(_GROUPS)])
    parts -= parts.mean(axis=0)
    spread = parts.T @ parts * ((_GROUPS - 1) / _GROUPS)
    return seen, np.sqrt(np.maximum(np.diag(spread), 1e-12)), spread


def _vector(figures: Mapping[str, float], knobs: Sequence[Knob]) -> Floats:
    return np.array([figures[knob.name] for knob in knobs])


def _with_rhythm(spec: Visits, fits: Iterator[Fitted]) -> Visits:
    """The visits with the rhythm that is fitted beside."""
    new = {str(fitted.path[-1]): fitted.new for fitted in fits if not fitted.agrees}
    return Visits.model_validate(spec.model_dump() | new)


def _with_visits(plan: Plan, stream: str, spec: Visits, **more: Any) -> Plan:
    planned = plan.datasets[stream]
    visits = spec.model_copy(update=more)
    new = replace(planned, spec=planned.spec.model_copy(update={"visits": visits}))
    return replace(plan, datasets={**plan.datasets, stream: new})
