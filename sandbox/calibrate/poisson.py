"""Poisson regression of events on how long they could have come: the likelihood of a hazard that holds in spans.

Source: Holford, The analysis of rates and of survivorship using log-linear models (1980).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.calibrate.families import Floats

_ROUNDS = 40
_CLOSE = 1e-9
_LONGEST_STEP = 2.0
_LARGEST = 50.0
_UNKNOWN = 1e-12


@dataclass(frozen=True, eq=False)
class Regression:
    """The logarithm of the rate where all is 0, then the effect of each column; shapes (1 + p,) and (1 + p, 1 + p)."""

    values: Floats
    covariance: Floats

    @property
    def errors(self) -> Floats:
        """The standard error of each value."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


def poisson_regression(columns: Floats, events: Floats, exposure: Floats, offset: Floats) -> Regression:
    """Fit log(rate) = offset + value + effects of columns, by Newton's method.

    Args:
        columns: shape (n, p), none of them constant.
        events: how many came, shape (n,); at least one in all.
        exposure: for how long they could have come, > 0.
        offset: what of the logarithm is known.
    """
    mean, deviation = columns.mean(axis=0), columns.std(axis=0)
    design = np.column_stack([np.ones(len(columns)), (columns - mean) / deviation])
    values = np.zeros(design.shape[1])
    values[0] = np.log(events.sum() / (exposure * _exp(offset)).sum())
    likelihood, expected = _at(design, values, events, exposure, offset)
    information = np.eye(len(values))
    for _ in range(_ROUNDS):
        information = design.T @ (expected[:, None] * design)
        step = np.linalg.pinv(information, hermitian=True) @ (design.T @ (events - expected))
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        tried = _at(design, values + step, events, exposure, offset)
        while tried[0] < likelihood - _CLOSE and np.abs(step).max() > _CLOSE:
            step = step / 2
            tried = _at(design, values + step, events, exposure, offset)
        values, (likelihood, expected) = values + step, tried
        if np.abs(step).max() < _CLOSE:
            break
    back = np.diag(np.concatenate([[1.0], 1 / deviation]))
    back[0, 1:] = -mean / deviation
    return Regression(back @ values, back @ _inverse(information) @ back.T)


def _inverse(information: Floats) -> Floats:
    """The covariance of what is estimated; of what nothing is known about, as good as infinite."""
    known, directions = np.linalg.eigh(information)
    return np.asarray(directions / np.maximum(known, _UNKNOWN * known.max()) @ directions.T, np.float64)


def _at(design: Floats, values: Floats, events: Floats, exposure: Floats, offset: Floats) -> tuple[float, Floats]:
    """The logarithm of the likelihood, but for a constant, and how many events are expected."""
    logs = offset + design @ values
    expected = exposure * _exp(logs)
    return float(events @ logs - expected.sum()), expected


def _exp(logs: Floats) -> Floats:
    return np.exp(np.clip(logs, -_LARGEST, _LARGEST))
