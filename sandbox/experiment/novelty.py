"""Whether an effect fades as units get used to it, or grows as they learn.

Of the units that came early enough, what they did in their first days is held against what they did in as many days
after them. Each unit is its own measure, so the calendar and who came when play no part in it; and since units do less
later, whichever their arm, lifts are compared and not differences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from sandbox.experiment.effects import DEFAULT_ALPHA, Effect, Figure, effect
from sandbox.experiment.moments import Floats, Moments, moments_by
from sandbox.experiment.panel import Metric, Panel
from sandbox.models.base import Estimate

FEWEST_DAYS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Novelty:
    """The effect in a unit's first days, in those after them, and by how much it grew (below 0: it faded)."""

    days: int
    """Of each of the two."""
    early: Effect
    late: Effect
    growth: Estimate
    """(1 + late lift) / (1 + early lift) - 1."""


def novelty(panel: Panel, metric: Metric, arm: int, alpha: float = DEFAULT_ALPHA) -> Novelty | None:
    """Follow an arm's effect on what units do in a number of days; None where the experiment is too short.

    A ratio is followed by its numerator, and a conversion by all conversions.
    """
    if panel.days < FEWEST_DAYS:
        return None
    days = panel.days // 3 if panel.days >= 6 else panel.days // 2
    codes = np.where(panel.first <= panel.days - 2 * days, panel.arm, -1)
    done = np.zeros((panel.units, 2))
    for day in range(panel.days):
        of_day = panel.diary.of(day)
        since = day - panel.first[of_day.unit]
        for stretch in range(2):
            there = (since >= stretch * days) & (since < (stretch + 1) * days)
            np.add.at(done[:, stretch], of_day.unit[there], of_day.columns[metric.value][there])
    moments = moments_by(codes, done, len(panel.arms))
    one, other = moments.at(0), moments.at(arm)
    early, late = (effect(one, other, Figure(column), alpha) for column in (0, 1))
    return Novelty(days, early, late, _growth(one, other, alpha))


def _growth(one: Moments, other: Moments, alpha: float) -> Estimate:
    """The growth with its interval, which is symmetric for logarithms: these are nearly normal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.diff(np.log(other.mean)) - np.diff(np.log(one.mean))
        error = np.sqrt(_variance(one) + _variance(other))
        reach = special.ndtri(1 - alpha / 2) * error
        ends = np.expm1([value[0], value[0] - reach, value[0] + reach])
    if not np.isfinite(ends).all():
        return Estimate(float("nan"), float("nan"), float("nan"))
    return Estimate(*(float(end) for end in ends))


def _variance(moments: Moments) -> Floats:
    """Of how the logarithm of an arm's mean changes from early to late: the delta method."""
    slope = np.array([-1.0, 1.0]) / moments.mean
    found: Floats = slope @ moments.covariance @ slope / moments.count
    return found
