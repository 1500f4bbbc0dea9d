"""Small experiments whose truth is known, thousands at once: what an analysis says of them can be held against it.

Units come day by day and some come back; how often a unit converts is its own (a gamma), so visits of one unit are
alike, as those of people are. What an arm does is a factor on that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sandbox.experiment.effects import Figure, effect
from sandbox.experiment.moments import Floats, Moments, from_sums
from sandbox.experiment.sequential import sequence

AT_ONCE = 100
RETURNS = 0.2
"""Visits a day of a unit that came before."""
BASE = 0.12
"""Conversions a visit without the arm."""
FIGURES = {"conversions per unit": Figure(0), "conversions per visit": Figure(0, 1), "money per unit": Figure(2)}


@dataclass(frozen=True)
class Design:
    """One small experiment."""

    days: int = 8
    units_a_day: int = 160
    share: float = 0.25
    lift: float = 0.0

    def truth(self, metric: str) -> Floats:
        """The true difference at each look; shape (days,)."""
        if metric == "conversions per visit":
            return np.full(self.days, BASE * self.lift)
        days = np.arange(self.days)
        visits = np.array([np.mean(1 + RETURNS * np.arange(day + 1)) for day in days])
        return visits * BASE * self.lift * (10.0 if metric == "money per unit" else 1.0)


@dataclass(frozen=True)
class Proof:
    """Shares of the simulated experiments."""

    held: float
    """The fixed interval at the end holds the truth."""
    path_held: float
    """The confidence sequence holds it at every look."""
    peeking: float
    """A fixed interval misses it at one look or more."""
    wider: float
    """How many times as wide as the fixed interval the sequence is at the end."""


def prove(design: Design, seeds: int, first: int = 0) -> dict[str, Proof]:
    """Analyse `seeds` experiments, numbered from `first`, by every metric."""
    told: dict[str, list[tuple[Floats, ...]]] = {metric: [] for metric in FIGURES}
    for control, treatment in simulated(design, seeds, first):
        for metric, figure in FIGURES.items():
            told[metric].append(_judged(control, treatment, figure, design.truth(metric)))
    return {
        metric: Proof(*(float(np.concatenate(each).mean()) for each in zip(*parts, strict=True)))
        for metric, parts in told.items()
    }


def _judged(control: Moments, treatment: Moments, figure: Figure, truth: Floats) -> tuple[Floats, ...]:
    found = effect(control, treatment, figure)
    days = len(truth)
    path = sequence(found.difference, found.error, np.arange(1, days + 1) / days, first=1)
    inside = (found.low <= truth) & (truth <= found.high)
    outside = (path.low > truth) | (path.high < truth)
    return (
        inside[:, -1].astype(float),
        1.0 - outside.any(axis=1),
        1.0 - inside.all(axis=1),
        (path.high - path.low)[:, -1] / (found.high - found.low)[:, -1],
    )


def simulated(design: Design, seeds: int, first: int) -> Iterator[tuple[Moments, Moments]]:
    """Moments of control and treatment by experiment and day, of everything until then."""
    for begin in range(0, seeds, AT_ONCE):
        random = np.random.Generator(np.random.SFC64([first, begin]))
        count = min(AT_ONCE, seeds - begin)
        treated = round(design.units_a_day * design.share)
        yield (
            _arm(random, count, design.days, design.units_a_day - treated, 1.0),
            _arm(random, count, design.days, treated, 1.0 + design.lift),
        )


def _arm(random: np.random.Generator, seeds: int, days: int, a_day: int, factor: float) -> Moments:
    units = a_day * days
    chance = np.minimum(BASE * factor * random.gamma(4.0, 0.25, (seeds, units)), 1.0)
    sums, products = np.empty((seeds, days, 3)), np.empty((seeds, days, 3, 3))
    total = np.zeros((3, seeds, units))
    for day in range(days):
        here = (day + 1) * a_day
        visits = random.poisson(RETURNS, (seeds, here))
        visits[:, day * a_day :] += 1
        converted = random.binomial(visits, chance[:, :here])
        some = converted > 0
        paid = np.zeros(converted.shape)
        paid[some] = random.gamma(converted[some] * 2.0, 5.0)
        for column, values in enumerate((converted, visits, paid)):
            total[column, :, :here] += values
        so_far = total[:, :, :here]
        sums[:, day] = so_far.sum(axis=2).T
        products[:, day] = np.einsum("isu,jsu->sij", so_far, so_far)
    counts = np.broadcast_to(a_day * np.arange(1.0, days + 1), (seeds, days)).copy()
    return from_sums(counts, sums, products)
