"""Where to put the threshold: what contacting all from a score on earns, as the holdout tells it and as it truly is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.experiment.effects import Figure, effect
from sandbox.experiment.moments import Floats, moments_by
from sandbox.models.base import Estimate
from sandbox.scenario.language.campaign import Worth

POINTS = 40
BANDS = 8
LEAST = 30
"""Fewer in either arm and nothing is estimated."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """All from a score on."""

    score: float
    people: int
    share: float
    """Of all who were scored."""
    true_profit: float
    profit: Estimate
    """By the contacted and the holdout among them; NaN below the campaign's own threshold."""


@dataclass(frozen=True, slots=True)
class Band:
    """Those whose scores lie between two others."""

    low: float
    high: float
    people: int
    true_effect: float
    effect: Estimate


def thresholds(score: Floats, arm: NDArray[np.int16], outcome: Floats, gain: Floats, worth: Worth) -> list[Threshold]:
    """What each of some thresholds earns.

    Args:
        score: of everybody who was scored, shape (n,).
        arm: 1 contacted, 0 holdout, -1 out of the campaign.
        outcome: 1 where it happened.
        gain: by how much a contact truly makes it more likely.
        worth: in money.
    """
    order = np.argsort(-score, kind="stable")
    ranked, truly = score[order], np.cumsum(worth.event * gain[order] - worth.contact)
    lowest = float(score[arm >= 0].min()) if (arm >= 0).any() else np.inf
    ends = np.unique(np.linspace(0, len(score) - 1, POINTS + 1).round().astype(np.int64)[1:])
    ends = np.unique(np.searchsorted(-ranked, -ranked[ends], side="right") - 1)  # ties stay together
    found = []
    for end in ends.tolist():
        mine = arm if ranked[end] < lowest else np.where(score >= ranked[end], arm, np.int16(-1))
        estimated = _profit(mine, outcome, worth, end + 1) if ranked[end] >= lowest else _unknown()
        found.append(Threshold(float(ranked[end]), end + 1, (end + 1) / len(score), float(truly[end]), estimated))
    return found


def bands(score: Floats, arm: NDArray[np.int16], outcome: Floats, gain: Floats) -> list[Band]:
    """What a contact does, by score, among those of the campaign."""
    inside = np.flatnonzero(arm >= 0)
    if len(inside) < 2 * LEAST:
        return []
    edges = np.quantile(score[inside], np.linspace(0, 1, BANDS + 1))
    band = np.clip(np.searchsorted(edges, score[inside], side="right") - 1, 0, BANDS - 1)
    found = []
    for number in np.unique(band).tolist():
        rows = inside[band == number]
        some = np.full(len(arm), -1, np.int16)
        some[rows] = arm[rows]
        told = difference(some, outcome)
        found.append(Band(float(edges[number]), float(edges[number + 1]), len(rows), float(gain[rows].mean()), told))
    return found


def difference(arm: NDArray[np.int16], values: Floats) -> Estimate:
    """How far the contacted's mean lies above the holdout's, with its interval; NaN where either are too few."""
    if min((arm == 0).sum(), (arm == 1).sum()) < LEAST:
        return _unknown()
    moments = moments_by(arm, np.reshape(values, (-1, 1)), 2)
    found = effect(moments.at(0), moments.at(1), Figure(0))
    return Estimate(float(found.difference), float(found.low), float(found.high))


def _profit(arm: NDArray[np.int16], outcome: Floats, worth: Worth, people: int) -> Estimate:
    told = difference(arm, worth.event * outcome - worth.contact * (arm == 1))
    return Estimate(people * told.value, people * told.low, people * told.high)


def _unknown() -> Estimate:
    return Estimate(float("nan"), float("nan"), float("nan"))
