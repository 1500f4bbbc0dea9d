"""One metric of one arm beside the control: at the end, look by look, and on every day at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sandbox.experiment.design import Design
from sandbox.experiment.effects import Effect, effect, levels
from sandbox.experiment.findings import Comparison, Looks
from sandbox.experiment.moments import Floats, Moments
from sandbox.experiment.multiplicity import adjusted
from sandbox.experiment.panel import Metric, Panel, figure_of, plain
from sandbox.experiment.sequential import Path, sequence
from sandbox.models.base import Estimate

FEWEST_UNITS = 50
"""In each arm, before a look counts: means of fewer are far from normal."""
FEWEST_EVENTS = 10
"""Units of each arm that have done something, for the same reason."""


def compared(panel: Panel, design: Design, metric: Metric, arm: int, seen: Moments) -> tuple[Comparison, Looks]:
    """Hold an arm against the control by one metric; `seen` are its moments by day and arm, of all until then."""
    figure, name = figure_of(metric, panel), panel.arms[arm]
    control, treatment = seen.at(slice(None), 0), seen.at(slice(None), arm)
    found = effect(control, treatment, figure, design.alpha)
    first = looks_from(Moments(*(part[:, [0, arm]] for part in (seen.count, seen.mean, seen.covariance))))
    path = sequence(found.difference, found.error, progress_of(panel, design), design.alpha, first)
    bare = effect(control.at(-1), treatment.at(-1), plain(figure), design.alpha) if figure != plain(figure) else None
    last = _last(found)
    one, other = (levels(side.at(-1), plain(figure)) for side in (control, treatment))
    comparison = Comparison(
        arm=name,
        metric=metric.name,
        control=estimate(one.value, *one.interval(design.alpha)),
        treatment=estimate(other.value, *other.interval(design.alpha)),
        difference=estimate(last.difference, last.low, last.high),
        lift=estimate(last.lift, last.lift_low, last.lift_high),
        p_value=plain_number(last.p_value),
        p_adjusted=float("nan"),
        sequential=estimate(last.difference, path.low[-1], path.high[-1]),
        sequential_p=plain_number(path.p_value[-1]),
        unadjusted=None if bare is None else estimate(bare.difference, bare.low, bare.high),
        saved=None if bare is None else plain_number(1 - (last.error / bare.error) ** 2),
        undefined=_undefined(seen.at(-1), metric, panel.arms, arm),
    )
    return comparison, _looks(name, metric, found, path)


def corrected(comparisons: Sequence[Comparison], design: Design) -> list[Comparison]:
    """With p-values of all questions together. The primary metric was named before; only its arms share an alpha."""
    found = list(comparisons)
    for primary in (True, False):
        places = [at for at, each in enumerate(found) if (each.metric == design.primary) == primary]
        together = adjusted([found[at].p_value for at in places], design.correction)
        for at, p_value in zip(places, together, strict=True):
            found[at] = replace(found[at], p_adjusted=plain_number(p_value))
    return found


def looks_from(moments: Moments, figure_value: int = 0, *, by_absence: bool = False) -> int:
    """The first look at which every arm has enough units that did something; the number of looks where none has.

    Args:
        moments: shape (looks, arms).
        figure_value: the column that tells whether a unit did something.
        by_absence: an arm is looked at too where the first arm leads to expect three times as many as it takes: one in
            which nobody does anything would otherwise never be.
    """
    # Of a column that is mostly 0, mean² · n / second moment is about how many units are not.
    mean = moments.mean[..., figure_value]
    second = moments.covariance[..., figure_value, figure_value] + mean**2
    with np.errstate(divide="ignore", invalid="ignore"):
        events = np.where(second > 0, moments.count * mean**2 / second, 0.0)
        if by_absence:
            events = np.maximum(events, np.nan_to_num(events[..., :1] / moments.count[..., :1]) * moments.count / 3)
    enough: Any = ((moments.count >= FEWEST_UNITS) & (events >= FEWEST_EVENTS)).all(axis=-1)
    return int(np.argmax(enough)) if enough.any() else len(enough)


def progress_of(panel: Panel, design: Design) -> Floats:
    """The part of the horizon that had passed after each day."""
    return np.arange(1, panel.days + 1) / design.horizon


def _undefined(seen: Moments, metric: Metric, arms: Sequence[str], arm: int) -> str:
    """Why an effect is not known; empty where it is."""
    for code in (0, arm):
        if seen.count[code] == 0:
            return f"nobody came to '{arms[code]}'."
        if seen.count[code] < 2:
            return f"only one unit came to '{arms[code]}'."
        if metric.per is not None and not seen.mean[code, 1] > 0:
            return f"'{arms[code]}' has nothing to divide by ({metric.per})."
    return ""


def _looks(arm: str, metric: Metric, found: Effect, path: Path) -> Looks:
    lists = (found.difference, found.low, found.high, path.low, path.high)
    return Looks(arm, metric.name, *([float(value) for value in part] for part in lists))


def _last(found: Effect) -> Any:
    return Effect(*(getattr(found, name)[-1] for name in Effect.__slots__))


def estimate(value: Any, low: Any, high: Any) -> Estimate:
    """A figure and its ends as plain numbers."""
    return Estimate(plain_number(value), plain_number(low), plain_number(high))


def plain_number(value: Any) -> float:
    """A number of NumPy's as one of Python's."""
    return float(value)
