"""The gap of pairs of columns: how differently they hang together, for all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from sandbox.gap.coded import COARSE, CodedColumn
from sandbox.gap.distances import Counts, cramers_v, mutual_information, spearman
from sandbox.gap.floor import Splits, ratio


@dataclass(frozen=True, slots=True)
class PairGap:
    """How far the dependence of two columns in the dummy is from that in the real data."""

    columns: tuple[str, str]
    measure: str
    """`spearman` of two ordered columns, else `cramers_v`; over at most 16 bins or categories of each."""
    dummy: float
    real: float
    distance: float
    floor: float
    ratio: float
    mutual_information: tuple[float, float]
    """In nats, of dummy and real."""


def pair_gaps(columns: Sequence[CodedColumn], splits: Splits) -> list[PairGap]:
    """Measure every pair of columns, in their order."""
    few = [column.coarse(COARSE) for column in columns]
    return [_pair_gap(left, right, splits) for left, right in combinations(few, 2)]


def _pair_gap(left: CodedColumn, right: CodedColumn, splits: Splits) -> PairGap:
    ordered = left.kind == right.kind == "ordered"
    measure = spearman if ordered else cramers_v
    cells = left.cells * right.cells
    dummy = _table(np.bincount(left.dummy * right.cells + right.dummy, minlength=cells), left, right, ordered)
    codes = left.real * np.int32(right.cells) + right.real
    real = _table(np.bincount(codes, minlength=cells), left, right, ordered)
    ones, others = (_table(half, left, right, ordered) for half in splits.counts(codes, cells))
    one, other = float(measure(dummy)), float(measure(real))
    floor = float(np.mean(np.abs(measure(ones) - measure(others))))
    return PairGap(
        columns=(left.name, right.name),
        measure="spearman" if ordered else "cramers_v",
        dummy=one,
        real=other,
        distance=abs(one - other),
        floor=floor,
        ratio=ratio(abs(one - other), floor),
        mutual_information=(float(mutual_information(dummy)), float(mutual_information(real))),
    )


def _table(counts: npt.NDArray[np.generic], left: CodedColumn, right: CodedColumn, ordered: bool) -> Counts:
    """Counts as tables; null is a category like others, and has no place in an order."""
    table = np.asarray(counts, np.float64).reshape(*counts.shape[:-1], left.cells, right.cells)
    return table[..., :-1, :-1] if ordered else table
