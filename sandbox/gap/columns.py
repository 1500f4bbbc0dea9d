"""The gap of single columns: each by its distances, and by their ratio to the floor."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sandbox.gap.coded import COARSE, CodedColumn, Codes
from sandbox.gap.distances import (
    Counts,
    kolmogorov_smirnov,
    null_difference,
    shares,
    stability_index,
    total_variation,
    wasserstein,
)
from sandbox.gap.floor import Splits, ratio

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ColumnGap:
    """How far one column of the dummy is from the real one."""

    column: str
    kind: str
    distance: float
    """Kolmogorov-Smirnov's for ordered columns, total variation for categories; 0 to 1. Nulls count in both."""
    floor: float
    """The same between halves of the real data, on average."""
    ratio: float
    halves: tuple[float, ...]
    """The distance between the halves, split by split."""
    total_variation: float
    """Over at most 16 bins or categories (168 hours of a week), null among them."""
    stability_index: float
    nulls: tuple[float, float]
    """Shares of null in dummy and real."""
    bars: tuple[tuple[str, float, float], ...]
    """Bins or categories in their order, as many and null: what, its share in the dummy, and in the real data."""
    quartiles: tuple[tuple[str, str, str], tuple[str, str, str]] | None = None
    """Of an ordered column, in dummy and real: a quarter, half and three quarters of the values are at most so much."""
    wasserstein: float | None = None
    """In standard deviations of the real column; None for categories."""
    lowest: tuple[str | None, str | None] = (None, None)
    highest: tuple[str | None, str | None] = (None, None)
    new: tuple[str, ...] = field(default=())
    """Categories that the real data has and the dummy has not, the commonest first."""
    missing: tuple[str, ...] = field(default=())
    """Categories of the dummy that the real data has not."""
    chance: float = 1.0
    """The ratio that chance alone may reach, in view of all figures of the dataset (see `floor`)."""


def column_gap(column: CodedColumn, splits: Splits, shown: int = COARSE) -> ColumnGap:
    """Measure one column.

    Args:
        column: both sides, in one code.
        splits: halves of its real side.
        shown: how many bins or categories are told of it, at most.
    """
    measure = _ordered_distance if column.kind == "ordered" else total_variation
    dummy = _counts(column.dummy, column.cells)
    halves, real = splits.distances(column.real, column.cells, measure)
    distance, floor = float(measure(dummy, real)), float(halves.mean())
    few, into = column.coarsened(shown)
    few_dummy, few_real = (_folded(into, counts, few.cells) for counts in (dummy, real))
    return ColumnGap(
        column=column.name,
        kind=column.kind,
        distance=distance,
        floor=floor,
        ratio=ratio(distance, floor),
        halves=tuple(halves.tolist()),
        total_variation=float(total_variation(few_dummy, few_real)),
        stability_index=float(stability_index(few_dummy, few_real)),
        nulls=(float(shares(dummy)[-1]), float(shares(real)[-1])),
        bars=_bars(few, few_dummy, few_real),
        quartiles=_quartiles(column, dummy, real),
        wasserstein=_in_deviations(column, dummy, real) if column.kind == "ordered" else None,
        lowest=column.lowest,
        highest=column.highest,
        new=_only_in(column, real, dummy),
        missing=_only_in(column, dummy, real),
    )


def column_distance(column: CodedColumn) -> float:
    """The distance of both sides of a column: Kolmogorov-Smirnov's where it is ordered, else total variation."""
    dummy, real = (_counts(side, column.cells) for side in (column.dummy, column.real))
    return float((_ordered_distance if column.kind == "ordered" else total_variation)(dummy, real))


def _ordered_distance(one: Counts, other: Counts) -> Counts:
    """Kolmogorov-Smirnov's distance, or that of the nulls where it is larger: a column gone null is far from itself."""
    return np.maximum(kolmogorov_smirnov(one, other), np.abs(null_difference(one, other)))


def _counts(codes: Codes, cells: int) -> Counts:
    return np.bincount(codes, minlength=cells).astype(np.float64)


def _folded(into: Codes, counts: Counts, cells: int) -> Counts:
    return np.bincount(into, counts, cells).astype(np.float64)


def _bars(few: CodedColumn, dummy: Counts, real: Counts) -> tuple[tuple[str, float, float], ...]:
    parts = zip(shares(dummy), shares(real), strict=True)
    return tuple((few.label(code), float(one), float(other)) for code, (one, other) in enumerate(parts) if one or other)


def _quartiles(
    column: CodedColumn, dummy: Counts, real: Counts
) -> tuple[tuple[str, str, str], tuple[str, str, str]] | None:
    if column.kind != "ordered" or not (dummy[:-1].any() and real[:-1].any()):
        return None
    found = []
    for counts in (dummy, real):
        reached = np.cumsum(counts[:-1]) / counts[:-1].sum()
        first, half, third = (column.label(int(np.searchsorted(reached, level - 1e-12))) for level in (0.25, 0.5, 0.75))
        found.append((first, half, third))
    return found[0], found[1]


def _in_deviations(column: CodedColumn, dummy: Counts, real: Counts) -> float | None:
    """The Wasserstein distance in standard deviations of the real values, so that columns compare."""
    share = shares(real[:-1])
    values = np.where(np.isfinite(column.values), column.values, 0.0)
    mean = float((share * values).sum())
    deviation = float(np.sqrt((share * (values - mean) ** 2).sum()))
    if not deviation > 0:
        return None
    return float(wasserstein(dummy, real, values)) / deviation


def _only_in(column: CodedColumn, here: Counts, there: Counts) -> tuple[str, ...]:
    if column.kind == "ordered":
        return ()
    only = np.flatnonzero((here[:-1] > 0) & (there[:-1] == 0))
    common = only[np.argsort(-here[only], kind="stable")][:MOST_SHOWN]
    return tuple(column.labels[code] for code in common)
