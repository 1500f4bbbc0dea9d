"""How long an experiment must run: power by day, days to detect an effect, the smallest effect that days can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from sandbox.addresses import Address, words
from sandbox.experiment.design import Stopping
from sandbox.experiment.effects import DEFAULT_ALPHA
from sandbox.experiment.moments import Floats
from sandbox.experiment.sequential import sequence

PATHS = 4_000
"""Simulated experiments behind the power of a sequential one; its error is below 0.8 points."""
_PATHS_AT_ONCE = 250
LARGEST_LIFT = 100.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """A metric without the arm, by unit."""

    mean: float
    """Not 0."""
    deviation: float
    """How units differ: a standard deviation, > 0. Of a share p it is sqrt(p (1 - p))."""
    is_share: bool = False
    """Whether it is a share, whose deviation moves with it."""

    def lifted(self, lift: float) -> Baseline:
        """The same in an arm that lifts it."""
        mean = self.mean * (1 + lift)
        if not self.is_share:
            return Baseline(mean, self.deviation)
        return Baseline(mean, float(np.sqrt(max(mean * (1 - mean), 0.0))), True)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a share of the traffic can show."""

    share: float
    days: int | None
    """Until the effect is detected with the power that is asked for; None: not within the days that were looked at."""
    smallest_lift: float
    """That the horizon can show, with the same power."""


def power_by_day(
    baseline: Baseline,
    lift: float,
    units: Floats,
    share: float,
    *,
    alpha: float = DEFAULT_ALPHA,
    stopping: Stopping = "fixed",
    horizon: int | None = None,
) -> Floats:
    """The chance that an experiment has shown a lift by the end of each day.

    Args:
        baseline: the metric in the control.
        lift: what the arm does, relative to it.
        units: how many have come by the end of each day, shape (days,), rising.
        share: of them that get the arm; the control has the rest.
        alpha: of a two-sided test.
        stopping: `fixed`: a test that is made on that day alone; `sequential`: one that looks every day.
        horizon: the day that a sequential one is planned for; the last by default.
    Returns:
        float64, shape (days,).
    """
    error = errors(baseline, lift, units, share)
    effect = abs(baseline.mean * lift)
    if stopping == "fixed":
        reach = special.ndtri(1 - alpha / 2)
        power: Floats = special.ndtr(effect / error - reach) + special.ndtr(-effect / error - reach)
        return power
    # Estimates look by look are a Brownian motion with drift, seen at the information of each day.
    information = error**-2.0
    gained = np.diff(information, prepend=0.0)
    progress = np.arange(1, len(units) + 1) / (horizon or len(units))
    shown = np.zeros(len(units))
    for first in range(0, PATHS, _PATHS_AT_ONCE):
        steps = special.ndtri(_uniform(len(units), first, min(first + _PATHS_AT_ONCE, PATHS))) * np.sqrt(gained)
        seen = effect + np.cumsum(steps, axis=1) / information
        path = sequence(seen, np.broadcast_to(error, seen.shape), progress, alpha)
        shown += np.logical_or.accumulate(path.low > 0, axis=1).sum(axis=0)
    return shown / PATHS


def errors(baseline: Baseline, lift: float, units: Floats, share: float) -> Floats:
    """The standard error of the difference by the end of each day."""
    treated = baseline.lifted(lift)
    with np.errstate(divide="ignore"):
        variance = baseline.deviation**2 / (units * (1 - share)) + treated.deviation**2 / (units * share)
    found: Floats = np.sqrt(variance)
    return found


def days_to_detect(
    baseline: Baseline,
    lift: float,
    units: Floats,
    share: float,
    *,
    power: float = 0.8,
    alpha: float = DEFAULT_ALPHA,
    stopping: Stopping = "fixed",
    horizon: int | None = None,
) -> int | None:
    """The first day by whose end a lift is shown with `power`; None where that is not within the days of `units`."""
    reached = power_by_day(baseline, lift, units, share, alpha=alpha, stopping=stopping, horizon=horizon) >= power
    return int(np.argmax(reached)) + 1 if reached.any() else None


def smallest_lift(
    baseline: Baseline, units: float, share: float, *, power: float = 0.8, alpha: float = DEFAULT_ALPHA
) -> float:
    """The smallest lift that so many units show with `power` in a fixed test; NaN where none below 10,000% is."""
    from scipy import optimize

    def missing(lift: float) -> float:
        return float(power_by_day(baseline, lift, np.array([units]), share, alpha=alpha)[0]) - power

    largest = min(LARGEST_LIFT, 1 / baseline.mean - 1 - 1e-9) if baseline.is_share else LARGEST_LIFT
    if not units > 0 or missing(largest) < 0:
        return float("nan")
    return float(optimize.brentq(missing, 0.0, largest, xtol=1e-9))


def outlooks(
    baseline: Baseline,
    lift: float,
    units: Floats,
    shares: tuple[float, ...] = (0.01, 0.05, 0.1),
    *,
    horizon: int,
    power: float = 0.8,
    alpha: float = DEFAULT_ALPHA,
    stopping: Stopping = "fixed",
) -> list[Outlook]:
    """What some shares of the traffic can show; parameters as those of `days_to_detect`."""
    at_horizon = float(units[min(horizon, len(units)) - 1])
    return [
        Outlook(
            share,
            days_to_detect(baseline, lift, units, share, power=power, alpha=alpha, stopping=stopping, horizon=horizon),
            smallest_lift(baseline, at_horizon, share, power=power, alpha=alpha),
        )
        for share in shares
    ]


def _uniform(days: int, first: int, last: int) -> Floats:
    """Of the paths [first, last), shape (last - first, days), between 0 and 1, always the same."""
    drawn = words(Address(("experiment", "planner", days)), first * days, last * days).reshape(-1, days)
    return (drawn >> np.uint64(11)).astype(np.float64) / 2.0**53 + 2.0**-54
