"""What the true probabilities would reach: how much is left to win, and how much is chance that nobody can win."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sandbox.addresses import Address
from sandbox.errors import InputError, Problem
from sandbox.models.base import Estimate, Floats, flags, quantised
from sandbox.models.metrics import METRICS, Outcome, measure


@dataclass(frozen=True, slots=True)
class Expected:
    """What a metric comes to on average over the labels' own chance, and how far one draw of the labels strays."""

    value: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Oracle:
    """The score of the true probabilities: on the labels that came true, and expected over all that could have."""

    realised: dict[str, Estimate]
    expected: dict[str, Expected]
    threshold: float
    """The best for balanced accuracy: the mean probability. Accuracy is taken at 0.5, its own best."""


def oracle(true_probability: Any, label: Any, entity: Any = None, *, seed: int = 0, bootstrap: int = 1000) -> Oracle:
    """Measure the true probabilities as if they were a model.

    Args:
        true_probability: of each label given the full state at the cut, shape (n,), in [0, 1].
        label: what came true, bool, shape (n,).
        entity: ids for the resampling, shape (n,); each row its own where none are given.
        seed, bootstrap: of the intervals.
    Returns:
        realised metrics with intervals, and the expected ones in closed form with their standard errors (first
        order in the labels, which are taken as independent given the state).
    Raises:
        InputError: no rows, rows that differ, or probabilities that are none.
    """
    chance = np.asarray(true_probability, dtype=np.float64)
    if not len(chance) or len(chance) != len(label):
        raise InputError(Problem(f"there are {len(chance)} true probabilities for {len(label)} labels.", "truth"))
    if not ((chance >= 0) & (chance <= 1)).all():
        raise InputError(Problem("true probabilities must lie between 0 and 1.", "truth"))
    address = Address((seed, "models", "oracle"))
    threshold = float(chance.mean())
    score = quantised(chance)
    realised = measure(Outcome.of(score, flags(label), entity, threshold), address, bootstrap)
    at_half = Outcome.of(score, flags(label), entity, 0.5)
    realised["accuracy"] = measure(at_half, address, bootstrap, ("accuracy",))["accuracy"]
    ordered = {name: realised[name] for name in METRICS}
    return Oracle(ordered, expected(np.sort(score), threshold), threshold)


def expected(chance: Floats, threshold: float) -> dict[str, Expected]:
    """Expected metrics of probabilities that are true; `chance` ascending, shape (n,).

    Where all are alike and no order is to be had, balanced accuracy and ROC AUC are 0.5.
    """
    figures: dict[str, Callable[[], Expected]] = {
        "accuracy": lambda: _mean(np.maximum(chance, 1 - chance), chance, np.where(chance >= 0.5, 1.0, -1.0)),
        "balanced_accuracy": lambda: _balanced_accuracy(chance, chance >= threshold),
        "roc_auc": lambda: _roc_auc(chance),
        "log_loss": lambda: _mean(_entropy(chance), chance, np.log(1 - chance) - np.log(chance)),
        "brier": lambda: _mean(chance * (1 - chance), chance, 1 - 2 * chance),
    }
    return {name: figure() for name, figure in figures.items()}


def _mean(average: Floats, chance: Floats, step: Floats) -> Expected:
    """A mean over rows whose value changes by `step` when the row's label turns true."""
    variance = (chance * (1 - chance) * step**2).sum() / len(chance) ** 2
    return Expected(float(average.mean()), float(np.sqrt(variance)))


def _balanced_accuracy(chance: Floats, said: Any) -> Expected:
    positives, negatives = chance.sum(), (1 - chance).sum()
    found, spared = (chance * said).sum() / positives, ((1 - chance) * ~said).sum() / negatives
    step = (said - found) / positives / 2 - (~said - spared) / negatives / 2
    variance = (chance * (1 - chance) * step**2).sum()
    return Expected(float((found + spared) / 2), float(np.sqrt(variance)))


def _roc_auc(chance: Floats) -> Expected:
    """Pairs won over pairs, in expectation; a row is in no pair with itself."""
    starts = np.flatnonzero(np.r_[True, np.diff(chance) > 0])
    run = np.searchsorted(starts, np.arange(len(chance)), side="right") - 1
    positive = np.add.reduceat(chance, starts)
    negative = np.add.reduceat(1 - chance, starts)
    negatives_below = (np.cumsum(negative) - negative / 2)[run] - (1 - chance) / 2
    positives_above = (positive.sum() - np.cumsum(positive) + positive / 2)[run] - chance / 2
    won = (chance * negatives_below).sum()
    pairs = chance.sum() * (1 - chance).sum() - (chance * (1 - chance)).sum()
    if pairs <= 0:
        return Expected(0.5, 0.0)
    area = won / pairs
    all_pairs = (1 - chance).sum() - chance.sum()
    step = (negatives_below - positives_above - area * (all_pairs + 2 * chance - 1)) / pairs
    variance = (chance * (1 - chance) * step**2).sum()
    return Expected(float(area), float(np.sqrt(variance)))


def _entropy(chance: Floats) -> Floats:
    bits: Floats = -chance * np.log(chance) - (1 - chance) * np.log(1 - chance)
    return bits
