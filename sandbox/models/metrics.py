"""How good are probabilities, and how sure is that? Each metric over many weightings of the rows at once.

A bootstrap resample is a vector of weights: how often each entity was drawn. All metrics therefore take a matrix
of weights, one row a resample, over rows that are sorted by score once; a plain value is the resample of ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, words
from sandbox.models.base import Estimate, Floats, Rows, flags

CALIBRATION_BINS = 10
LOWER_IS_BETTER = frozenset({"log_loss", "brier", "calibration_error"})
_CELLS_AT_ONCE = 2_000_000
_FIGURE_DECIMALS = 9


@dataclass(frozen=True)
class Outcome:
    """Scores beside what came true, sorted by score: what the metrics read."""

    score: Floats
    label: NDArray[np.bool_]
    entity: Rows
    """Number of each row's entity, 0 .. entities - 1."""
    threshold: float = 0.5

    @classmethod
    def of(cls, score: Any, label: Any, entity: Any = None, threshold: float = 0.5) -> Outcome:
        """Sort scores, labels and entity ids (all of shape (n,); no entities: each row is its own) by score."""
        scores = np.asarray(score, dtype=np.float64)
        order = np.argsort(scores, kind="stable")
        if entity is None:
            numbers = np.arange(len(scores), dtype=np.int64)
        else:
            numbers = np.unique(np.asarray(entity), return_inverse=True)[1].astype(np.int64)
        return cls(scores[order], flags(label)[order], numbers[order], threshold)

    def __len__(self) -> int:
        return len(self.score)

    @cached_property
    def entities(self) -> int:
        """How many different entities there are."""
        return int(self.entity.max()) + 1 if len(self) else 0

    @cached_property
    def tie_starts(self) -> Rows:
        """The first row of each run of equal scores."""
        return np.flatnonzero(np.r_[True, np.diff(self.score) > 0]).astype(np.int64)

    @cached_property
    def bin_starts(self) -> Rows:
        """The first row of each calibration bin: up to ten bins of equal size, equal scores kept together.

        Source: the edges of scikit-learn's `calibration_curve(strategy="quantile")`.
        """
        edges = np.percentile(self.score, np.linspace(0, 100, CALIBRATION_BINS + 1))[1:-1]
        starts = np.unique(np.r_[0, np.searchsorted(self.score, edges, side="right")])
        return starts[starts < len(self)].astype(np.int64)


@dataclass(frozen=True)
class Weighted:
    """An outcome under weights of shape (resamples, rows)."""

    outcome: Outcome
    weights: Floats

    @cached_property
    def positives(self) -> Floats:
        """Weight of the rows whose label is true; (resamples,)."""
        return self.weights @ self.outcome.label.astype(np.float64)

    @cached_property
    def total(self) -> Floats:
        """Weight of all rows; (resamples,)."""
        weight: Floats = self.weights.sum(axis=1)
        return weight

    @cached_property
    def tied_positives(self) -> Floats:
        """Weight of the positives at each distinct score, ascending; (resamples, distinct scores)."""
        return self._by_score(self.weights * self.outcome.label)

    @cached_property
    def tied_total(self) -> Floats:
        """Weight of the rows at each distinct score, ascending; (resamples, distinct scores)."""
        return self._by_score(self.weights)

    def _by_score(self, weights: Floats) -> Floats:
        sums: Floats = np.add.reduceat(weights, self.outcome.tie_starts, axis=1)
        return sums

    def mean(self, values: Any) -> Floats:
        """Weighted mean of one value a row; (resamples,)."""
        return (self.weights @ np.asarray(values, dtype=np.float64)) / self.total


def accuracy(weighted: Weighted) -> Floats:
    """Share of the rows whose answer at the threshold is right."""
    outcome = weighted.outcome
    return weighted.mean((outcome.score >= outcome.threshold) == outcome.label)


def balanced_accuracy(weighted: Weighted) -> Floats:
    """Mean of the shares that are right among the positives and among the negatives."""
    outcome = weighted.outcome
    said = outcome.score >= outcome.threshold
    found = weighted.weights @ (said & outcome.label).astype(np.float64)
    spared = weighted.weights @ (~said & ~outcome.label).astype(np.float64)
    return (found / weighted.positives + spared / (weighted.total - weighted.positives)) / 2


def roc_auc(weighted: Weighted) -> Floats:
    """Chance that a positive scores above a negative, ties counted half."""
    positive, negative = weighted.tied_positives, weighted.tied_total - weighted.tied_positives
    below = np.cumsum(negative, axis=1) - negative
    won = (positive * (below + negative / 2)).sum(axis=1)
    return np.asarray(won / (weighted.positives * (weighted.total - weighted.positives)))


def average_precision(weighted: Weighted) -> Floats:
    """Precision at each distinct score, weighted by the positives found there."""
    positive, total = weighted.tied_positives[:, ::-1], weighted.tied_total[:, ::-1]
    precision = np.cumsum(positive, axis=1) / np.maximum(np.cumsum(total, axis=1), 1e-300)
    return np.asarray((positive * precision).sum(axis=1) / weighted.positives)


def log_loss(weighted: Weighted) -> Floats:
    """Mean negative log of the probability given to what came true."""
    outcome = weighted.outcome
    told = np.where(outcome.label, outcome.score, 1 - outcome.score)
    return weighted.mean(-np.log(np.clip(told, np.finfo(np.float64).eps, 1)))


def brier(weighted: Weighted) -> Floats:
    """Mean squared distance between probability and what came true."""
    return weighted.mean((weighted.outcome.score - weighted.outcome.label) ** 2)


def calibration_error(weighted: Weighted) -> Floats:
    """Mean distance between promised and observed shares over bins of equal size.

    Chance alone makes it positive, more so in small samples: read it beside that of the majority class.
    Source: Naeini, Cooper, Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.
    """
    outcome = weighted.outcome
    surplus = np.add.reduceat(weighted.weights * (outcome.score - outcome.label), outcome.bin_starts, axis=1)
    return np.asarray(np.abs(surplus).sum(axis=1) / weighted.total)


_FUNCTIONS: dict[str, Callable[[Weighted], Floats]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "roc_auc": roc_auc,
    "average_precision": average_precision,
    "log_loss": log_loss,
    "brier": brier,
    "calibration_error": calibration_error,
}
METRICS = tuple(_FUNCTIONS)


def values(outcome: Outcome, weights: Floats, names: tuple[str, ...] = METRICS) -> dict[str, Floats]:
    """Each named metric under each weighting; nan where it is not defined, such as with one class only."""
    weighted = Weighted(outcome, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: _FUNCTIONS[name](weighted) for name in names}


def value(outcome: Outcome, name: str) -> float:
    """One metric of an outcome; nan where it is not defined."""
    if not len(outcome):
        return float("nan")
    return float(values(outcome, np.ones((1, len(outcome))), (name,))[name][0])


def measure(
    outcome: Outcome, address: Address, bootstrap: int, names: tuple[str, ...] = METRICS
) -> dict[str, Estimate]:
    """Each metric with its 95 % interval by resampling entities.

    Args:
        outcome: scores, labels and entities.
        address: of the randomness; the same for two models makes their intervals comparable.
        bootstrap: resamples.
        names: which metrics.
    """
    if not len(outcome):
        return {name: Estimate(float("nan"), float("nan"), float("nan")) for name in names}
    plain = values(outcome, np.ones((1, len(outcome))), names)
    drawn: dict[str, list[Floats]] = {name: [] for name in names}
    for counts in resamples(address, outcome.entities, bootstrap, len(outcome)):
        for name, found in values(outcome, counts[:, outcome.entity], names).items():
            drawn[name].append(found)
    return {name: estimate(float(plain[name][0]), np.concatenate(drawn[name])) for name in names}


def resamples(address: Address, entities: int, bootstrap: int, rows: int) -> Iterator[Floats]:
    """How often each entity is drawn, with replacement, in each resample: chunks of shape (some, entities).

    A resample's draws are addressed by its number, so that more of them change none of the first.
    """
    at_once = max(1, _CELLS_AT_ONCE // max(rows, entities, 1))
    for start in range(0, bootstrap, at_once):
        some = min(at_once, bootstrap - start)
        bits = words(address, start * entities, (start + some) * entities)
        # The high half times the size, shifted back: uniform to within entities / 2^32.
        picks = ((bits >> np.uint64(32)) * np.uint64(entities)) >> np.uint64(32)
        cells = picks.astype(np.int64).reshape(some, entities) + np.arange(some)[:, None] * entities
        yield np.bincount(cells.ravel(), minlength=some * entities).reshape(some, entities).astype(np.float64)


def estimate(plain: float, drawn: Floats) -> Estimate:
    """A value with the 2.5th and 97.5th percentile of its resamples; no interval where most of them are undefined."""
    known = drawn[~np.isnan(drawn)]
    if np.isnan(plain) or 2 * len(known) < len(drawn) or not len(known):
        return Estimate(round(plain, _FIGURE_DECIMALS), float("nan"), float("nan"))
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(*(round(float(figure), _FIGURE_DECIMALS) for figure in (plain, low, high)))


def better(name: str, candidate: float, than: float) -> bool:
    """Whether one value of a metric beats another; nan beats nothing."""
    return candidate < than if name in LOWER_IS_BETTER else candidate > than
