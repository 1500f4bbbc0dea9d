"""What the gap of a dataset is, as plain values: columns, pairs, whole rows, and what to mend first."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.gap.columns import ColumnGap
from sandbox.gap.pairs import PairGap
from sandbox.gap.privacy import PrivacyGap
from sandbox.gap.rows import RowGap
from sandbox.gap.use import UseGap

BANDS = ((1.5, "like real"), (3.0, "near"), (10.0, "off"), (float("inf"), "far off"))
"""Verdicts by ratio: what is at most so far from the real data, in units of what that is from itself."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared: rows in all, rows looked at, and entities among these; of dummy and real."""

    rows: tuple[int, int]
    looked_at: tuple[int, int]
    entities: tuple[int, int]
    entity: str | None
    splits: int
    """How often the real data was halved for the floor."""


@dataclass(frozen=True, slots=True)
class DatasetGap:
    """The gap of one dataset."""

    dataset: str
    compared: Compared
    columns: Sequence[ColumnGap]
    pairs: Sequence[PairGap]
    behaviour: Sequence[ColumnGap]
    """What entities do over time; empty where rows know no time or belong to nobody."""
    rows: RowGap | None
    """None where there are too few entities, or the classifier was not asked for."""
    privacy: PrivacyGap | None
    """None where there is next to nothing to compare."""
    left_out: Sequence[str]
    """Columns that were not compared, with the reason."""

    @property
    def column_ratio(self) -> float | None:
        """The median ratio of columns."""
        return statistics.median(gap.ratio for gap in self.columns) if self.columns else None

    @property
    def pair_ratio(self) -> float | None:
        """The median ratio of pairs."""
        return statistics.median(gap.ratio for gap in self.pairs) if self.pairs else None

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {**asdict(self), "column_ratio": self.column_ratio, "pair_ratio": self.pair_ratio}


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a scenario's dummy is from the real data: its datasets, and what models learn from it."""

    datasets: Sequence[DatasetGap]
    models: Sequence[UseGap]

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {"datasets": [gap.to_dict() for gap in self.datasets], "models": [use.to_dict() for use in self.models]}


def band(ratio: float) -> str:
    """The verdict on a ratio, in words."""
    return next(word for limit, word in BANDS if ratio <= limit)
