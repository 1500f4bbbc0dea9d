"""What the gap of a dataset is, as plain values: columns, pairs, whole rows, and what to mend first."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from sandbox.gap.columns import ColumnGap
from sandbox.gap.floor import EPSILON, by_chance
from sandbox.gap.pairs import PairGap
from sandbox.gap.privacy import PrivacyGap
from sandbox.gap.rows import RowGap
from sandbox.gap.use import UseGap
from sandbox.verify.likely import Cause

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
    epsilon: float = EPSILON
    """What is added to every floor."""


@dataclass(frozen=True, slots=True)
class DatasetGap:
    """The gap of one dataset."""

    dataset: str
    compared: Compared
    likely: Sequence[Cause]
    """What likely happened to the real rows, by a sample of them beside the dummy's."""
    columns: Sequence[ColumnGap]
    pairs: Sequence[PairGap]
    behaviour: Sequence[ColumnGap]
    """What entities do over time; empty where rows know no time or belong to nobody."""
    keys: Sequence[ColumnGap]
    """How many rows refer to each entity, how many to none, and keys that come again."""
    delivery: Sequence[ColumnGap]
    """How rows arrive; empty where nothing tells when they did."""
    rows: RowGap | None
    """None where there are too few entities, or the classifier was not asked for."""
    privacy: PrivacyGap | None
    """None where there is next to nothing to compare."""
    left_out: Sequence[str]
    """What was not compared, with the reason."""

    @property
    def single(self) -> Sequence[ColumnGap]:
        """All but pairs: columns, behaviour, keys and delivery."""
        return [*self.columns, *self.behaviour, *self.keys, *self.delivery]

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


def with_chance(gap: DatasetGap) -> DatasetGap:
    """The gap with what chance may do to each of its figures, all of them looked at together."""
    parts = (gap.columns, gap.behaviour, gap.keys, gap.delivery, gap.pairs)
    reached = iter(by_chance([np.array(each.halves) for part in parts for each in part], gap.compared.entities))
    columns, behaviour, keys, delivery = (
        [replace(each, chance=next(reached)) for each in part]
        for part in (gap.columns, gap.behaviour, gap.keys, gap.delivery)
    )
    pairs = [replace(each, chance=next(reached)) for each in gap.pairs]
    return replace(gap, columns=columns, behaviour=behaviour, keys=keys, delivery=delivery, pairs=pairs)


def verdict(gap: ColumnGap | PairGap) -> str:
    """How far off a figure is, in words: like real where chance alone may do as much in any of the figures."""
    return BANDS[0][1] if gap.ratio <= gap.chance else band(gap.ratio)


def stands_out(gap: ColumnGap | PairGap) -> bool:
    """Whether a figure is further off than chance alone brings any of them, and by more than the band of real data."""
    return gap.ratio > max(gap.chance, BANDS[0][0])


def band(ratio: float) -> str:
    """The verdict on a ratio, in words."""
    return next(word for limit, word in BANDS if ratio <= limit)
