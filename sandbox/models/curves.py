"""The points behind the pictures: ROC, precision against recall, calibration, and the four counts at a threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.models.base import Floats, Rows
from sandbox.models.metrics import Outcome

MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Curves:
    """Points of three pictures, each part of shape (points,)."""

    false_positive_rate: Floats
    true_positive_rate: Floats
    recall: Floats
    precision: Floats
    predicted: Floats
    """Mean probability in each calibration bin."""
    observed: Floats
    """Share of positives in each calibration bin."""
    count: Rows
    """Rows in each calibration bin."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """What was said against what came true, counted at the threshold."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int


def curves(outcome: Outcome) -> Curves:
    """The three curves of an outcome; without both classes, or rows, the parts that need them are empty."""
    nothing = np.empty(0)
    if not len(outcome):
        return Curves(nothing, nothing, nothing, nothing, nothing, nothing, np.empty(0, dtype=np.int64))
    label = outcome.label.astype(np.float64)
    positives, negatives = label.sum(), len(label) - label.sum()
    tied = np.add.reduceat(label, outcome.tie_starts)
    sizes = np.diff(np.r_[outcome.tie_starts, len(label)])
    found = np.r_[0, np.cumsum(tied[::-1])]
    wrong = np.r_[0, np.cumsum((sizes - tied)[::-1])]
    shown = np.unique(np.linspace(0, len(found) - 1, MOST_POINTS).round().astype(np.int64))
    said = shown[shown > 0]
    count = np.diff(np.r_[outcome.bin_starts, len(label)])
    return Curves(
        false_positive_rate=wrong[shown] / negatives if positives and negatives else nothing,
        true_positive_rate=found[shown] / positives if positives and negatives else nothing,
        recall=found[said] / positives if positives else nothing,
        precision=found[said] / (found[said] + wrong[said]) if positives else nothing,
        predicted=np.add.reduceat(outcome.score, outcome.bin_starts) / count,
        observed=np.add.reduceat(label, outcome.bin_starts) / count,
        count=count.astype(np.int64),
    )


def confusion(outcome: Outcome) -> Confusion:
    """Count right and wrong answers at the outcome's threshold."""
    said, label = outcome.score >= outcome.threshold, outcome.label
    counts = (said & label, said & ~label, ~said & ~label, ~said & label)
    return Confusion(*(int(part.sum()) for part in counts))
