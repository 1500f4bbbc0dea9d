"""Intervals that hold on every day at once, so that one may look daily and stop when one has seen enough.

A fixed interval holds the truth on the one day it was planned for; who looks every day and stops at the first that is
without 0 is wrong far more often. A confidence sequence is wider, and misses the truth on any day at all with
probability alpha only. This one is asymptotic: it needs the means to be nearly normal from the first look on.

Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and asymptotic confidence
sequences, Annals of Statistics 52 (2024), theorem 2.2: Robbins' normal mixture over estimated variance. Its p-values
are those of the mixture SPRT (Johari, Koomen, Pekelis and Walsh, Always valid inference, Operations Research, 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from sandbox.experiment.effects import DEFAULT_ALPHA
from sandbox.experiment.moments import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """An effect as it was seen look by look, shape (…, looks); NaN before the first that counts."""

    low: Floats
    high: Floats
    p_value: Floats
    """Falls or stays: the smallest so far."""


def sequence(
    difference: Floats, error: Floats, progress: Floats, alpha: float = DEFAULT_ALPHA, first: Floats | int = 0
) -> Path:
    """The confidence sequence of an effect.

    Args:
        difference: what was estimated at each look, from all that had come by then; shape (…, looks).
        error: its standard errors, same shape.
        progress: the part of the planned horizon that had passed at each look, > 0; shape (looks,). The sequence is
            narrowest at 1.
        alpha: how often, at most, the truth may lie outside at any look.
        first: the first look that counts, one for all or shape (…): before it, there was too little for means to be
            normal.
    """
    looks = np.arange(difference.shape[-1])
    counts = (looks >= np.asarray(first)[..., None]) & np.isfinite(difference) & (error > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.where(counts, error**-2.0, np.nan)
        pace = information / progress
        # What the information will be at the horizon is guessed once, at the first look: later ones cannot move it.
        begin = np.argmax(counts, axis=-1)[..., None]
        planned = np.take_along_axis(pace, begin, axis=-1)
        prior = planned / mixing(alpha)
        grown = 1 + information / prior
        radius = error * np.sqrt((1 + prior / information) * (np.log(grown) - 2 * np.log(alpha)))
        evidence = difference**2 * information / (1 + prior / information)
        p_value = np.minimum(np.sqrt(grown) * np.exp(-evidence / 2), 1.0)
    p_value = np.minimum.accumulate(np.where(counts, p_value, 1.0), axis=-1)
    return Path(difference - radius, difference + radius, np.where(counts, p_value, np.nan))


def mixing(alpha: float) -> float:
    """How much information, by that of the prior, there is where a sequence is narrowest (their appendix B.2)."""
    root = special.lambertw(-(alpha**2) / np.e, k=-1).real
    return float(-root - 1)
