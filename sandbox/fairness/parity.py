"""How far groups lie apart: the largest gap between any two of them, with an interval that means what it says.

The largest of several gaps is never below 0, and chance alone makes it larger, the more so the more groups there are
and the smaller they are; a bootstrap of that very figure doubles the error. So the interval is made of those of all
pairs of groups, which hold at once (the quantile of the largest studentised deviation in the bootstrap): then the
largest true gap lies between the largest of their lower and the largest of their upper ends. No pair is taken for surer
than Agresti and Caffo would: five of five is not for ever.

Sources: the figures are those of fairlearn (Weerts et al., 2023); simultaneous intervals as in Efron and Tibshirani, An
Introduction to the Bootstrap (1993), and Romano and Wolf (2005); Agresti and Caffo, The American Statistician (2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sandbox.fairness.tallies import CALIBRATION_GAP, Tallies
from sandbox.models.base import Estimate, Floats

LEAST_OF_A_CLASS = 5
"""Of fewer positives (negatives) no true (false) positive rate is held against another."""
_NORMAL = 1.959964
_NOTHING = Estimate(float("nan"), float("nan"), float("nan"))
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Kind:
    """What a parity compares, and how."""

    rates: tuple[str, ...]
    by: Literal["difference", "ratio"]


KINDS = {
    "demographic_parity_difference": Kind(("selection_rate",), "difference"),
    "demographic_parity_ratio": Kind(("selection_rate",), "ratio"),
    "equalized_odds_difference": Kind(("true_positive_rate", "false_positive_rate"), "difference"),
    "equalized_odds_ratio": Kind(("true_positive_rate", "false_positive_rate"), "ratio"),
    "equal_opportunity_difference": Kind(("true_positive_rate",), "difference"),
    "calibration_difference": Kind((CALIBRATION_GAP,), "difference"),
}


@dataclass(frozen=True, slots=True)
class Parity:
    """The largest gap (or the smallest ratio) between two groups, and which two."""

    name: str
    found: Estimate
    rate: str = ""
    """The rate in which they lie apart the most."""
    lowest: str = ""
    highest: str = ""


def parity(tallies: Tallies, name: str) -> Parity:
    """One parity of the groups; NaN where fewer than two can be held against each other."""
    kind = KINDS[name]
    pairs = [each for rate in kind.rates if (each := _pairs(tallies, rate, kind.by)) is not None]
    if not pairs:
        return Parity(name, _NOTHING)
    gap = np.concatenate([each.gap for each in pairs])
    error = np.concatenate([each.error for each in pairs])
    reach = _reach(np.concatenate([each.deviations for each in pairs], axis=1), error) * error
    low, high = np.maximum(np.abs(gap) - reach, 0), np.abs(gap) + reach
    widest = int(np.argmax(np.abs(gap)))
    ends = (float(np.abs(gap)[widest]), float(low.max()), float(high.max()))
    if kind.by == "ratio":
        value = min(each.ratio for each in pairs)
        found = Estimate(value, float(np.exp(-ends[2])), float(np.exp(-ends[1])))
    else:
        found = Estimate(ends[0], ends[1], min(ends[2], 2.0 if name == "calibration_difference" else 1.0))
    at, pair = _owner(pairs, widest)
    names = (at.names[pair][0], at.names[pair][1]) if gap[widest] < 0 else (at.names[pair][1], at.names[pair][0])
    return Parity(name, _rounded(found), at.rate, *names)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Every two groups in one rate: their gap, its standard error, and how the bootstrap's gaps deviate from it."""

    rate: str
    names: Sequence[tuple[str, str]]
    gap: Floats
    """Shape (pairs,): the first less the second, of logarithms where ratios are asked for."""
    error: Floats
    deviations: Floats
    """Shape (resamples, pairs)."""
    ratio: float
    """The smallest rate by the largest."""


def _pairs(tallies: Tallies, rate: str, by: str) -> _Pairs | None:
    of = {"true_positive_rate": "positives", "false_positive_rate": "negatives"}.get(rate, "examples")
    some = tallies.of(np.flatnonzero(tallies.count(of) >= LEAST_OF_A_CLASS).astype(np.int64))
    if len(some.names) < 2:
        return None
    plain, drawn = some.rate(rate)
    hits, trials, drawn_hits, drawn_trials = some.parts(rate)
    variance = _agresti_caffo(hits, trials)
    largest = plain.max()
    ratio = float(plain.min() / largest) if largest > 0 else float("nan")
    if by == "ratio":  # half a case more on either side keeps logarithms finite (Walter, 1975)
        plain, drawn = (np.log((h + 0.5) / (n + 0.5)) for h, n in ((hits, trials), (drawn_hits, drawn_trials)))
        variance = 1 / (hits + 0.5) - 1 / (trials + 0.5)
    first, second = np.triu_indices(len(some.names), 1)
    gap = plain[first] - plain[second]
    deviations = drawn[:, first] - drawn[:, second] - gap
    known = ~np.isnan(deviations)  # a resample may have nobody to tell a rate of
    spread = np.square(np.where(known, deviations, 0.0)).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    error = np.sqrt(np.maximum(spread, np.maximum(variance[first] + variance[second], 1e-18)))
    names = [(some.names[a], some.names[b]) for a, b in zip(first, second, strict=True)]
    return _Pairs(rate, names, gap, error, deviations, ratio)


def _agresti_caffo(hits: Floats, trials: Floats) -> Floats:
    share = (hits + 1) / (trials + 2)
    return share * (1 - share) / (trials + 2)


def _reach(deviations: Floats, error: Floats) -> float:
    """In how many standard errors all pairs lie at once, 95 times of 100; never fewer than one pair would need."""
    largest = np.fmax.reduce(np.abs(deviations) / error, axis=1)
    known = largest[~np.isnan(largest)]
    return max(_NORMAL, float(np.quantile(known, 0.95))) if len(known) else _NORMAL


def _owner(pairs: Sequence[_Pairs], at: int) -> tuple[_Pairs, int]:
    for each in pairs:
        if at < len(each.gap):
            return each, at
        at -= len(each.gap)
    raise IndexError(at)


def _rounded(found: Estimate) -> Estimate:
    return Estimate(*(round(value, _DECIMALS) for value in (found.value, found.low, found.high)))
