"""What real data differs from itself by: the mean distance of two random halves, split by entity.

All rows of an entity go to one half, since rows of one customer are alike. A distance divided by its floor is a ratio
in which 1.0 means: no further from the real data than the real data is from itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, words

SPLITS = 20
EPSILON = 0.001
"""Added to every floor, so that next to nothing is no large ratio of nothing; distances are from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Splits:
    """Into which half each real row falls, in each split; bool, shape (splits, rows)."""

    halves: npt.NDArray[np.bool_]

    @property
    def rows(self) -> int:
        """Rows of the real data."""
        return int(self.halves.shape[1])

    def counts(self, codes: npt.NDArray[np.int32], cells: int) -> tuple[npt.NDArray[np.float64], ...]:
        """Counts of codes in both halves of every split; two of shape (splits, cells)."""
        whole = np.bincount(codes, minlength=cells).astype(np.float64)
        first = np.stack([np.bincount(codes[half], minlength=cells) for half in self.halves]).astype(np.float64)
        return first, whole - first


def splits_of(entities: npt.NDArray[np.int32], seed: int, splits: int = SPLITS) -> Splits:
    """Split entities into halves, so many times.

    Args:
        entities: which entity each row is of, numbered from 0, shape (rows,).
        seed: of the draws; the same seed splits the same way.
        splits: how often, >= 1.
    """
    count = int(entities.max()) + 1 if len(entities) else 0
    halves = np.empty((splits, len(entities)), np.bool_)
    for at in range(splits):
        drawn = words(Address(("gap", "split", seed, at)), 0, count)
        # Exactly half of the entities, so that no split is lopsided by chance where there are few.
        first = np.zeros(count, np.bool_)
        first[np.argsort(drawn, kind="stable")[: (count + 1) // 2]] = True
        halves[at] = first[entities]
    return Splits(halves)


def ratio(distance: float, floor: float) -> float:
    """A distance by its floor and a little more (see `EPSILON`)."""
    return distance / (floor + EPSILON)
