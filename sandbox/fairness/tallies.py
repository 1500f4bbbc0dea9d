"""What is counted of each group, over many weightings of the entities at once; every rate is one count by another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.addresses import Address
from sandbox.models.base import Floats, Rows, flags
from sandbox.models.metrics import resamples
from sandbox.models.split import entity_numbers

Mask = NDArray[np.bool_]

COUNTS = ("examples", "positives", "negatives", "selected", "true_positives", "false_positives", "right", "score")
RATES = {
    "selection_rate": ("selected", "examples"),
    "true_positive_rate": ("true_positives", "positives"),
    "false_positive_rate": ("false_positives", "negatives"),
    "accuracy": ("right", "examples"),
    "base_rate": ("positives", "examples"),
    "mean_score": ("score", "examples"),
}
"""Each as one count by another. `base_rate` is how often the label is true, `mean_score` how often it was foretold."""
CALIBRATION_GAP = "calibration_gap"
"""Mean score less base rate: above 0 where a group is thought to be riskier than it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """A model's answers beside what came true, each of somebody in a group; all of shape (n,)."""

    said: Mask
    label: Mask
    score: Floats
    entity: Rows
    """Number of each row's entity, 0 .. entities - 1."""
    group: Rows
    """Number of each row's group."""
    names: tuple[str, ...]
    """Of the groups, in the order of their numbers."""

    @classmethod
    def of(cls, said: Any, label: Any, score: Any, entity: Any, group: pa.Array) -> Answers:
        """Number entities and groups, the groups by name; `entity` are ids, `group` texts without nulls."""
        names = pc.unique(group).sort()
        code = pc.index_in(group, value_set=names).to_numpy(zero_copy_only=False).astype(np.int64)
        numbers = entity_numbers(entity.combine_chunks() if isinstance(entity, pa.ChunkedArray) else entity)
        return cls(flags(said), flags(label), np.asarray(score, np.float64), numbers, code, tuple(names.to_pylist()))


@dataclass(frozen=True, slots=True, eq=False)
class Tallies:
    """Counts of every group, plain and in each resample of the entities."""

    names: tuple[str, ...]
    plain: Floats
    """Shape (groups, counts), in the order of COUNTS."""
    drawn: Floats
    """Shape (resamples, groups, counts)."""

    def count(self, name: str) -> Floats:
        """One count of each group."""
        found: Floats = self.plain[:, COUNTS.index(name)]
        return found

    def rate(self, name: str) -> tuple[Floats, Floats]:
        """A rate of each group, (groups,), and in each resample, (resamples, groups); NaN where it is of nobody."""
        if name == CALIBRATION_GAP:
            told, came = self.rate("mean_score"), self.rate("base_rate")
            return told[0] - came[0], told[1] - came[1]
        above, below = (COUNTS.index(part) for part in RATES[name])
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.plain[:, above] / self.plain[:, below], self.drawn[:, :, above] / self.drawn[:, :, below]

    def parts(self, name: str) -> tuple[Floats, Floats, Floats, Floats]:
        """What a rate is of: how many of how many, plain and in each resample."""
        above, below = (COUNTS.index(part) for part in RATES["base_rate" if name == CALIBRATION_GAP else name])
        return self.plain[:, above], self.plain[:, below], self.drawn[:, :, above], self.drawn[:, :, below]

    def of(self, groups: Rows) -> Tallies:
        """Those of some of the groups."""
        return Tallies(tuple(self.names[at] for at in groups), self.plain[groups], self.drawn[:, groups])


def tally(answers: Answers, address: Address, bootstrap: int) -> Tallies:
    """Count, and count again as often as `bootstrap` says, each time over entities drawn anew with replacement."""
    said, label = answers.said, answers.label
    rows = np.stack(
        [np.ones(len(label)), label, ~label, said, said & label, said & ~label, said == label, answers.score], axis=1
    ).astype(np.float64)  # in the order of COUNTS
    groups, entities = len(answers.names), int(answers.entity.max(initial=-1)) + 1
    by_entity = np.zeros((entities, groups * len(COUNTS)))
    cells = answers.entity * groups + answers.group
    for at in range(len(COUNTS)):
        sums = np.bincount(cells, weights=rows[:, at], minlength=entities * groups).reshape(entities, groups)
        by_entity[:, at :: len(COUNTS)] = sums

    def drawn() -> Iterator[Floats]:
        for weights in resamples(address, entities, bootstrap, entities):
            yield (weights @ by_entity).reshape(len(weights), groups, len(COUNTS))

    return Tallies(answers.names, by_entity.sum(axis=0).reshape(groups, len(COUNTS)), np.concatenate(list(drawn())))
