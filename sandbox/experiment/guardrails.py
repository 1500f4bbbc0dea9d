"""What must not get worse while an experiment runs: a loss that is put up with, looked at daily.

A ramp goes on while no guardrail is broken. It stops by itself at the first look that shows a loss beyond what is put
up with, by a confidence sequence, so that looking daily does not stop good experiments by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from sandbox.experiment.effects import DEFAULT_ALPHA, Figure, levels
from sandbox.experiment.moments import Floats, Moments
from sandbox.experiment.panel import Better
from sandbox.experiment.sequential import sequence


class Standing(StrEnum):
    """How a guardrail stands."""

    SAFE = "safe"
    """The loss is surely smaller than what is put up with."""
    OPEN = "open"
    """Nobody can tell yet."""
    BROKEN = "broken"
    """The loss is surely larger."""


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """A guardrail look by look; arrays of shape (looks,)."""

    low: Floats
    """Bounds of how far the arm stands above what is put up with, in the metric's unit, on every day at once."""
    high: Floats
    standing: Standing
    """At the last look, or where it was first broken."""
    broken_on: int | None
    """The first look that shows it."""


def watch(
    control: Moments,
    treatment: Moments,
    figure: Figure,
    progress: Floats,
    *,
    loss: float,
    better: Better = "more",
    alpha: float = DEFAULT_ALPHA,
    first: int = 0,
) -> Watch:
    """Hold an arm against the control less what is put up with, look by look.

    Args:
        control, treatment: moments of shape (looks,), of all that had come by then.
        figure: the metric.
        progress: the part of the planned horizon that had passed, shape (looks,).
        loss: the share of the control's value that may be lost, >= 0.
        better: which way of the metric is good.
        alpha: how often, at most, a guardrail is told to be broken or safe though it is not.
        first: the first look that counts.
    """
    one, other = levels(control, figure), levels(treatment, figure)
    sign = 1.0 if better == "more" else -1.0
    allowed = 1 - sign * loss
    margin = sign * (other.value - allowed * one.value)
    error = np.sqrt(other.variance + allowed**2 * one.variance)
    path = sequence(margin, error, progress, alpha, first)
    broken = np.flatnonzero(path.high < 0)
    if len(broken):
        return Watch(path.low, path.high, Standing.BROKEN, int(broken[0]))
    safe = len(path.low) > 0 and bool(path.low[-1] > 0)
    return Watch(path.low, path.high, Standing.SAFE if safe else Standing.OPEN, None)


@dataclass(frozen=True, slots=True)
class Stage:
    """From a day of the experiment on, the arms have these shares of the traffic."""

    day: int
    shares: tuple[float, ...]


def steady_since(stages: Sequence[Stage], day: int) -> int:
    """The first day from which on the shares were those of `day`.

    Days of different shares are never put together: arms would then differ by the days on which their units came
    (Simpson's paradox). The early stages are for guardrails, the last one is what an effect is read from.

    Source: Xu, Duan and Huang, SQR: balancing speed, quality and risk in online experiments (2018).
    """
    begun = [stage for stage in stages if stage.day <= day]
    since = begun[0].day if begun else 0
    for earlier, later in pairwise(begun):
        if later.shares != earlier.shares:
            since = later.day
    return since
