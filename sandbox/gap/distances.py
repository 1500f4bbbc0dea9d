"""Distances between two distributions, from counts of codes. Each gets both sides' counts, shape (cells,), null last.

Sources: Kolmogorov-Smirnov: Smirnov (1948); Wasserstein-1 of distributions on a line: Vallender (1974); population
stability index: Siddiqi, Credit Risk Scorecards (2006); Cramér's V with bias correction: Bergsma (2013).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]
_PSI_FLOOR = 1e-4
"""The least share of a cell in the stability index, so that an empty one costs much and not everything."""


def shares(counts: Counts) -> Counts:
    """Counts as shares of their sum along the last axis; all zero where there is nothing."""
    total = counts.sum(axis=-1, keepdims=True)
    return _divided(counts, total)


def kolmogorov_smirnov(one: Counts, other: Counts) -> Counts:
    """The largest difference of the distribution functions, nulls apart, 0 to 1; along the last axis."""
    steps = np.cumsum(shares(one[..., :-1]) - shares(other[..., :-1]), axis=-1)
    # Sums of shares may end above 1 by a rounding.
    return np.asarray(np.minimum(np.abs(steps).max(axis=-1, initial=0.0), 1.0))


def total_variation(one: Counts, other: Counts) -> Counts:
    """Half the sum of differences of shares, null among them, 0 to 1; along the last axis."""
    return np.asarray(0.5 * np.abs(shares(one) - shares(other)).sum(axis=-1))


def wasserstein(one: Counts, other: Counts, values: npt.NDArray[np.float64]) -> Counts:
    """How far mass must go, in the values' own unit; along the last axis. `values` are those of the cells, rising."""
    steps = np.cumsum(shares(one[..., :-1]) - shares(other[..., :-1]), axis=-1)
    widths = np.diff(values)
    return np.asarray((np.abs(steps[..., :-1]) * widths).sum(axis=-1))


def stability_index(one: Counts, other: Counts) -> Counts:
    """The population stability index over the cells; under 0.1 is stable, over 0.25 has shifted, by custom."""
    left, right = np.maximum(shares(one), _PSI_FLOOR), np.maximum(shares(other), _PSI_FLOOR)
    return np.asarray(((left - right) * np.log(left / right)).sum(axis=-1))


def null_difference(one: Counts, other: Counts) -> Counts:
    """The difference of the shares of null, -1 to 1."""
    return shares(one)[..., -1] - shares(other)[..., -1]


def spearman(table: Counts) -> Counts:
    """The rank correlation in a table of two ordered columns, ties by mid-ranks; shape (…, cells, cells)."""
    total = table.sum(axis=(-2, -1), keepdims=True)
    joint = _divided(table, total)
    rows, columns = joint.sum(axis=-1), joint.sum(axis=-2)
    left, right = np.cumsum(rows, axis=-1) - rows / 2 - 0.5, np.cumsum(columns, axis=-1) - columns / 2 - 0.5
    covariance = np.einsum("...i,...ij,...j->...", left, joint, right)
    spread = np.sqrt((rows * left**2).sum(axis=-1) * (columns * right**2).sum(axis=-1))
    return _divided(covariance, spread)


def cramers_v(table: Counts) -> Counts:
    """The strength of association in a table of two columns, 0 to 1, corrected for bias; shape (…, cells, cells)."""
    total = table.sum(axis=(-2, -1))
    rows, columns = table.sum(axis=-1), table.sum(axis=-2)
    expected = rows[..., :, None] * columns[..., None, :] / np.maximum(total, 1)[..., None, None]
    parts = _divided((table - expected) ** 2, expected)
    phi = parts.sum(axis=(-2, -1)) / np.maximum(total, 1)
    height, width = (rows > 0).sum(axis=-1), (columns > 0).sum(axis=-1)
    spare = np.maximum(total - 1, 1)
    phi = np.maximum(phi - (height - 1) * (width - 1) / spare, 0.0)
    least = np.minimum(height - (height - 1) ** 2 / spare, width - (width - 1) ** 2 / spare) - 1
    return np.asarray(np.sqrt(_divided(phi, least)))


def mutual_information(table: Counts) -> Counts:
    """What one column tells of the other, in nats; shape (…, cells, cells)."""
    total = table.sum(axis=(-2, -1), keepdims=True)
    joint = _divided(table, total)
    apart = joint.sum(axis=-1, keepdims=True) * joint.sum(axis=-2, keepdims=True)
    ratio = np.divide(joint, apart, out=np.ones_like(joint), where=(joint > 0) & (apart > 0))
    return np.asarray((joint * np.log(ratio)).sum(axis=(-2, -1)))


def _divided(above: Counts, below: Counts) -> Counts:
    """A fraction that is zero where there is nothing to divide by."""
    above, below = np.broadcast_arrays(np.asarray(above, np.float64), below)
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
