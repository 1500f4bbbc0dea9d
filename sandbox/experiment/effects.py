"""What an arm does to a metric, and how sure that is: differences, ratios by the delta method, lifts, CUPED.

Every metric is a mean over units, or the ratio of two (clicks by views, where a unit has many views). Near its value a
ratio is as good as linear in the two means, which gives its variance by units and not by views: the delta method
(Deng, Knoblich and Lu, Applying the delta method in metric analytics, 2018). What a unit did before the experiment
takes variance away without moving what is estimated: CUPED (Deng, Xu, Kohavi and Walker, 2013). A lift's interval is
Fieller's (1954): it lies above 0 just when that of the difference does, and does not exist where the control's mean
may be 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from sandbox.experiment.moments import Floats, Moments

DEFAULT_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Figure:
    """Which columns of the moments make a metric; None: not there."""

    value: int
    per: int | None = None
    """What the value is divided by; None: the number of units."""
    before: int | None = None
    """The value before the experiment, for CUPED."""
    before_per: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A metric's value in each group, and the variance of that as an estimate; all of one shape."""

    value: Floats
    variance: Floats
    units: Floats

    def interval(self, alpha: float = DEFAULT_ALPHA) -> tuple[Floats, Floats]:
        """The ends of an interval that holds the true value with probability 1 - alpha."""
        radius = special.stdtrit(np.maximum(self.units - 1, 1), 1 - alpha / 2) * np.sqrt(self.variance)
        return self.value - radius, self.value + radius


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What an arm does beside the control; arrays of one shape, NaN where it is not known."""

    control: Floats
    treatment: Floats
    difference: Floats
    error: Floats
    """Standard error of the difference."""
    low: Floats
    high: Floats
    p_value: Floats
    lift: Floats
    """By how much of the control's value the arm is above it."""
    lift_low: Floats
    lift_high: Floats


def levels(moments: Moments, figure: Figure) -> Level:
    """A metric in each group, by itself."""
    value, gradient = _linear(moments, figure.value, figure.per)
    return Level(value, _variance(moments, gradient), moments.count)


def effect(control: Moments, treatment: Moments, figure: Figure, alpha: float = DEFAULT_ALPHA) -> Effect:
    """Hold an arm against the control.

    Args:
        control, treatment: moments of the same columns, of shapes (…) that fit each other.
        figure: the metric.
        alpha: how often, at most, an interval may miss the truth.
    Source: Welch (1947) for arms of different variance.
    """
    pair = _adjusted(control, treatment, figure) if figure.before is not None else None
    one, other = pair or (levels(control, figure), levels(treatment, figure))
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = other.value - one.value
        variance = one.variance + other.variance
        error = np.sqrt(variance)
        spread = one.variance**2 / (one.units - 1) + other.variance**2 / (other.units - 1)
        freedom = np.where(spread > 0, variance**2 / spread, np.inf)
        reach = special.stdtrit(np.where(np.isfinite(freedom), np.maximum(freedom, 1), 1e9), 1 - alpha / 2)
        score = np.where(error > 0, np.abs(difference) / error, np.where(difference == 0, 0.0, np.inf))
        p_value = 2 * special.stdtr(np.where(np.isfinite(freedom), np.maximum(freedom, 1), 1e9), -score)
        p_value = np.where(np.isnan(difference + error), np.nan, p_value)
        lift, lift_low, lift_high = _lift(one, other, reach)
    return Effect(
        control=one.value,
        treatment=other.value,
        difference=difference,
        error=error,
        low=difference - reach * error,
        high=difference + reach * error,
        p_value=p_value,
        lift=lift,
        lift_low=lift_low,
        lift_high=lift_high,
    )


def _lift(one: Level, other: Level, reach: Floats) -> tuple[Floats, Floats, Floats]:
    """The relative difference with Fieller's interval; signs go by the control's size, so that more is above 0."""
    base = np.abs(one.value)
    lift = np.where(base > 0, (other.value - one.value) / base, np.nan)
    square = one.value**2 - reach**2 * one.variance
    half = other.value * one.value
    rest = other.value**2 - reach**2 * other.variance
    root = np.sqrt(np.maximum(half**2 - square * rest, 0))
    ends = np.stack([(half - root) / square, (half + root) / square])
    ends = np.sign(one.value) * (ends - 1)
    known = (square > 0) & (base > 0)
    return lift, np.where(known, ends.min(axis=0), np.nan), np.where(known, ends.max(axis=0), np.nan)


def _adjusted(control: Moments, treatment: Moments, figure: Figure) -> tuple[Level, Level]:
    """Both arms less what their units did before: the slope is that of the two arms together."""
    assert figure.before is not None
    arms = (control, treatment)
    now = [_linear(arm, figure.value, figure.per) for arm in arms]
    then = [_linear(arm, figure.before, figure.before_per) for arm in arms]
    weights = [np.maximum(arm.count - 1, 0) for arm in arms]
    together = sum(w * _product(arm, n[1], t[1]) for w, arm, n, t in zip(weights, arms, now, then, strict=True))
    alone = sum(w * _product(arm, t[1], t[1]) for w, arm, t in zip(weights, arms, then, strict=True))
    slope = np.where(alone > 0, together / np.where(alone > 0, alone, 1.0), 0.0)
    units = control.count + treatment.count
    center = (control.count * then[0][0] + treatment.count * then[1][0]) / units
    found = [
        Level(n[0] - slope * (t[0] - center), _variance(arm, n[1] - slope[..., None] * t[1]), arm.count)
        for arm, n, t in zip(arms, now, then, strict=True)
    ]
    return found[0], found[1]


def _linear(moments: Moments, value: int, per: int | None) -> tuple[Floats, Floats]:
    """A mean, or a ratio of means, and its slope along each column."""
    gradient = np.zeros_like(moments.mean)
    if per is None:
        gradient[..., value] = 1.0
        return moments.mean[..., value], gradient
    over, under = moments.mean[..., value], moments.mean[..., per]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(under != 0, over / under, np.nan)
        gradient[..., value] += 1 / under
        gradient[..., per] -= ratio / under
    return ratio, gradient


def _variance(moments: Moments, gradient: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(_product(moments, gradient, gradient), 0.0) / moments.count


def _product(moments: Moments, one: Floats, other: Floats) -> Floats:
    """The covariance of two weighted sums of the columns."""
    found: Floats = np.einsum("...i,...ij,...j->...", one, moments.covariance, other)
    return found
