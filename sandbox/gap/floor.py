"""What real data differs from itself by: the mean distance of two random halves, split by entity.

All rows of an entity go to one half, since rows of one customer are alike. A distance divided by its floor is a ratio
in which 1.0 means: no further from the real data than the real data is from itself.

Entities are dealt to at most 64 buckets at random, and a half is half of the buckets, so that one count of codes by
bucket serves all splits.

Many figures are looked at, and of many some are large by chance. So each has the ratio that chance alone may reach: in
every split some figure is the most standard deviations above its own mean, and the largest number of these over all
splits is what chance may do to any figure. A dummy of the very law of the real data is called different in any figure
of a dataset in at most one of (splits + 1) comparisons (a max-statistic: Westfall and Young, 1993).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, hash_columns, words

SPLITS = 20
BUCKETS = 64
EPSILON = 0.001
"""Added to every floor, so that next to nothing is no large ratio of nothing; distances are from 0 to 1."""
_CELLS_AT_ONCE = 4_000_000
_DEALT_EXACTLY = 65_536

Counts = npt.NDArray[np.float64]
Measure = Callable[[Counts, Counts], Counts]
"""Distances of stacks of counts, along the last axis."""


@dataclass(frozen=True, eq=False)
class Splits:
    """Halves of the real rows, several times."""

    bucket: npt.NDArray[np.int32]
    """Of each row, shape (rows,)."""
    first: npt.NDArray[np.bool_]
    """Which buckets the first half is made of, in each split; shape (splits, buckets)."""

    @property
    def halves(self) -> npt.NDArray[np.bool_]:
        """Whether each row is in the first half of each split; shape (splits, rows)."""
        return self.first[:, self.bucket]

    def distances(self, codes: npt.NDArray[np.int32], cells: int, measure: Measure) -> tuple[Counts, Counts]:
        """The distance of the two halves in every split, and the counts of all rows.

        Args:
            codes: of the real rows, shape (rows,).
            cells: how many codes there are.
            measure: gets the counts of both halves, shape (some splits, cells).
        Returns:
            Shapes (splits,) and (cells,).
        """
        splits, buckets = self.first.shape
        if buckets * cells > _CELLS_AT_ONCE:
            return self._one_by_one(codes, cells, measure)
        table = np.bincount(self.bucket * np.int32(cells) + codes, minlength=buckets * cells)
        by_bucket = table.reshape(buckets, cells).astype(np.float64)
        whole = by_bucket.sum(axis=0)
        ones = self.first.astype(np.float64) @ by_bucket
        return np.asarray(measure(ones, whole - ones)).reshape(splits), whole

    def _one_by_one(self, codes: npt.NDArray[np.int32], cells: int, measure: Measure) -> tuple[Counts, Counts]:
        """The same where a table of all buckets would be large: memory is that of one split."""
        whole = np.bincount(codes, minlength=cells).astype(np.float64)
        found = np.empty(len(self.first))
        for at, first in enumerate(self.first):
            one = np.bincount(codes[first[self.bucket]], minlength=cells).astype(np.float64)
            found[at] = measure(one[None], (whole - one)[None])[0]
        return found, whole


def splits_of(entities: npt.NDArray[np.int32], seed: int, splits: int = SPLITS) -> Splits:
    """Split entities into halves, so many times.

    Args:
        entities: which entity each row is of, numbered from 0, shape (rows,).
        seed: of the draws; the same seed splits the same way.
        splits: how often, >= 1.
    """
    count = int(entities.max()) + 1 if len(entities) else 0
    buckets = max(min(BUCKETS, count), 1)
    first = np.zeros((splits, buckets), np.bool_)
    for at in range(splits):
        drawn = words(Address(("gap", "split", seed, at)), 0, buckets)
        # Exactly half of the buckets, so that no split is lopsided by chance.
        first[at, np.argsort(drawn, kind="stable")[: (buckets + 1) // 2]] = True
    return Splits(_dealt(count, buckets, Address(("gap", "deal", seed)))[entities], first)


def _dealt(count: int, buckets: int, address: Address) -> npt.NDArray[np.int32]:
    """A bucket for each entity: as many in each, or, of very many, about as many."""
    drawn = hash_columns(address, np.arange(count))
    if count > _DEALT_EXACTLY:
        return (drawn % np.uint64(buckets)).astype(np.int32)
    dealt = np.empty(count, np.int32)
    dealt[np.argsort(drawn, kind="stable")] = np.arange(count) % buckets
    return dealt


def ratio(distance: float, floor: float) -> float:
    """A distance by its floor and a little more (see `EPSILON`)."""
    return distance / (floor + EPSILON)


def by_chance(halves: Sequence[Counts], entities: tuple[int, int]) -> list[float]:
    """The ratio that chance alone reaches in each of several figures that are looked at together; at least 1.

    Args:
        halves: of each figure, the distances of the two halves, shape (splits,).
        entities: of the dummy and of the real data; a small dummy is far off by chance more often.
    """
    if not halves:
        return []
    found = np.stack(halves)
    mean, deviation = found.mean(axis=1), found.std(axis=1)
    above = np.divide(found - mean[:, None], deviation[:, None], out=np.zeros_like(found), where=deviation[:, None] > 0)
    reached = (mean + above.max() * deviation) / (mean + EPSILON)
    dummy, real = (max(count, 1) for count in entities)
    # Halves of n differ as n/2 beside n/2 do, the dummy as m beside n: by the law of large numbers that much more.
    wider = np.sqrt((real / dummy + 1) / 4)
    return [float(each) for each in np.maximum(reached * max(wider, 1.0), 1.0)]
