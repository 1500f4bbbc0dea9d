"""The gap of privacy: whether rows of the dummy lie nearer to real rows than other real rows do.

The distance to the closest record (Yale et al., 2020): of a sample of dummy rows, and of as many real rows of other
entities, to the rows of one half of the real entities. A dummy that repeats real people lies nearer than these do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, words
from sandbox.gap.coded import CodedColumn
from sandbox.gap.floor import splits_of
from sandbox.gap.sharing import shared

_ASKED = 1_000
_AMONG = 10_000
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class PrivacyGap:
    """Distances are the mean over columns of how far apart ranks are, or 1 where categories differ; 0 to 1."""

    median: tuple[float, float]
    """Of the distance to the nearest real row: of the dummy's rows, and of real rows of other entities."""
    nearest: tuple[float, float]
    """What one row in twenty is nearer than."""
    copies: tuple[float, float]
    """The share of rows that a real row equals in every column."""

    @property
    def holds(self) -> bool:
        """Whether the dummy's rows are no nearer to real ones, and no more often copies, than other real rows are."""
        return self.nearest[0] >= 0.9 * self.nearest[1] and self.copies[0] <= self.copies[1] + 0.01


def privacy_gap(
    columns: Sequence[CodedColumn], entities: npt.NDArray[np.int32], seed: int, asked: int = _ASKED
) -> PrivacyGap | None:
    """Measure; None where there is next to nothing to compare.

    Args:
        columns: both sides, coded.
        entities: which entity each real row is of.
        seed: of the sample.
        asked: rows of either side that look for their nearest.
    """
    if not columns or len(entities) < 2 or not len(columns[0].dummy):
        return None
    half = splits_of(entities, seed, splits=1).halves[0]
    among = _some(np.flatnonzero(half), _AMONG, Address(("gap", "privacy", seed, "among")))
    others = _some(np.flatnonzero(~half), asked, Address(("gap", "privacy", seed, "others")))
    ours = _some(np.arange(len(columns[0].dummy)), asked, Address(("gap", "privacy", seed, "ours")))
    if not len(among) or not len(others):
        return None
    real = _points([column.real[among] for column in columns], columns)
    asked_of = ([column.dummy[ours] for column in columns], [column.real[others] for column in columns])
    first, second = shared(lambda codes: _nearest(_points(codes, columns), real, columns), asked_of)
    return PrivacyGap(
        median=(float(np.median(first)), float(np.median(second))),
        nearest=(float(np.quantile(first, 0.05)), float(np.quantile(second, 0.05))),
        copies=(float((first == 0).mean()), float((second == 0).mean())),
    )


def _some(rows: npt.NDArray[np.int64], most: int, address: Address) -> npt.NDArray[np.int64]:
    if len(rows) <= most:
        return rows
    return np.sort(rows[np.argpartition(words(address, 0, len(rows)), most)[:most]])


def _points(codes: Sequence[npt.NDArray[np.int32]], columns: Sequence[CodedColumn]) -> npt.NDArray[np.float32]:
    """Codes as numbers: ranks from 0 to 1 for ordered columns, whole numbers for categories; shape (rows, columns)."""
    scaled = [
        each / max(column.cells - 1, 1) if column.kind == "ordered" else each
        for each, column in zip(codes, columns, strict=True)
    ]
    return np.column_stack(scaled).astype(np.float32)


def _nearest(
    asked: npt.NDArray[np.float32], among: npt.NDArray[np.float32], columns: Sequence[CodedColumn]
) -> npt.NDArray[np.float64]:
    """The distance of each asked row to the nearest of the others; a few rows at a time, so that memory is bounded."""
    ordered = np.array([column.kind == "ordered" for column in columns])
    found = np.empty(len(asked))
    for start in range(0, len(asked), _AT_ONCE):
        some = asked[start : start + _AT_ONCE]
        total = np.zeros((len(some), len(among)), np.float32)
        for at in range(len(columns)):
            apart = np.abs(some[:, at, None] - among[None, :, at])
            total += apart if ordered[at] else apart > 0
        found[start : start + len(some)] = total.min(axis=1) / len(columns)
    return found
