"""The gap of pairs of columns: how differently they hang together, for all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from sandbox.gap.coded import COARSE, CodedColumn, Codes
from sandbox.gap.distances import Counts, cramers_v, mutual_information, spearman
from sandbox.gap.floor import Splits, ratio
from sandbox.gap.sharing import shared


@dataclass(frozen=True, slots=True)
class PairGap:
    """How far the dependence of two columns in the dummy is from that in the real data."""

    columns: tuple[str, str]
    measure: str
    """`spearman` of two ordered columns, else `cramers_v`; over at most 16 bins, or categories of each side."""
    dummy: float
    real: float
    distance: float
    floor: float
    ratio: float
    halves: tuple[float, ...]
    """The distance between the halves, split by split."""
    mutual_information: tuple[float, float]
    """In nats, of dummy and real."""
    chance: float = 1.0
    """The ratio that chance alone may reach, in view of all figures of the dataset (see `floor`)."""


def pair_gaps(columns: Sequence[CodedColumn], splits: Splits) -> list[PairGap]:
    """Measure every pair of columns, in their order."""
    few = [column.coarse_each(COARSE) for column in columns]
    return shared(lambda pair: _pair_gap(*pair, splits), combinations(few, 2))


def _pair_gap(left: CodedColumn, right: CodedColumn, splits: Splits) -> PairGap:
    ordered = left.kind == right.kind == "ordered"
    measure = spearman if ordered else cramers_v
    shape = (left.cells, right.cells)

    def apart(ones: Counts, others: Counts) -> Counts:
        return np.abs(measure(_table(ones, shape, ordered)) - measure(_table(others, shape, ordered)))

    cells = left.cells * right.cells
    dummy = _table(np.bincount(_crossed(left.dummy, right.dummy, right), minlength=cells), shape, ordered)
    halves, counts = splits.distances(_crossed(left.real, right.real, right), cells, apart)
    real = _table(counts, shape, ordered)
    one, other, floor = float(measure(dummy)), float(measure(real)), float(halves.mean())
    return PairGap(
        columns=(left.name, right.name),
        measure="spearman" if ordered else "cramers_v",
        dummy=one,
        real=other,
        distance=abs(one - other),
        floor=floor,
        ratio=ratio(abs(one - other), floor),
        halves=tuple(halves.tolist()),
        mutual_information=(float(mutual_information(dummy)), float(mutual_information(real))),
    )


def _crossed(left: Codes, right: Codes, column: CodedColumn) -> Codes:
    return left * np.int32(column.cells) + right


def _table(counts: npt.NDArray[np.generic], shape: tuple[int, int], ordered: bool) -> Counts:
    """Counts as tables; null is a category like others, and has no place in an order."""
    table = np.asarray(counts, np.float64).reshape(*counts.shape[:-1], *shape)
    return table[..., :-1, :-1] if ordered else table
