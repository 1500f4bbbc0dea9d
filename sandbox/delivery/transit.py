"""Events on their way, as plain arrays: what a stage needs to know of them. What they say lies elsewhere meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Words
from sandbox.world.rowsets import Whole
from sandbox.world.streams.events import stable_order

_NEARLY = 0.6
"""From this share of times that rise on, a merge sort is quicker than one that knows nothing of order."""
FAULT_BIT = 24
"""From here on a mark's bits are the code of a fault; those below are for stages, of which there are fewer."""
_COPIES = np.int32((1 << FAULT_BIT) - 1)
_FEW_GROUPS = 8
"""So many groups are looked for one by one in half the time of a sort."""


@dataclass(frozen=True, slots=True)
class Transit:
    """Some events under way, one element each.

    `times` is when each comes to the next stage, microseconds UTC; `numbers` counts the stream's events from the first;
    `identities` is what their draws hang on, another one for each copy; `marks` hold `copies` and `faults`; `keys` are
    hashes of the columns by which stages deal, a row for each.
    """

    times: Whole
    numbers: Whole
    identities: Whole
    marks: NDArray[np.int32]
    keys: Words

    @property
    def copies(self) -> NDArray[np.int32]:
        """A bit for each stage that sent it twice."""
        return self.marks & _COPIES

    @property
    def faults(self) -> NDArray[np.int8]:
        """What is wrong with it, as a code; 0 for nothing."""
        return (self.marks >> FAULT_BIT).astype(np.int8)

    def __len__(self) -> int:
        return len(self.times)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Transit:
        """Some of them, by their places, by a mask or as a slice."""
        if isinstance(rows, slice):
            return Transit(*(getattr(self, each.name)[..., rows] for each in fields(self)))
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Transit(*(getattr(self, each.name).take(places, axis=-1) for each in fields(self)))

    def at(self, times: Whole) -> Transit:
        """The same ones at other times."""
        return replace(self, times=times)

    @classmethod
    def none(cls, keys: int) -> Transit:
        """No event at all; of streams whose stages deal by so many columns."""
        whole = np.zeros(0, np.int64)
        return cls(whole, whole, whole, np.zeros(0, np.int32), np.zeros((keys, 0), np.uint64))

    @classmethod
    def together(cls, pieces: Sequence[Transit]) -> Transit:
        """One after the other."""
        some = [piece for piece in pieces if len(piece)]
        if len(some) == 1 or not some:
            return some[0] if some else pieces[0]
        return cls(*(np.concatenate([getattr(piece, each.name) for piece in some], axis=-1) for each in fields(cls)))

    def in_order(self) -> Transit:
        """By time; where times are equal, by number of the event and then by copy."""
        rising = int(np.count_nonzero(self.times[1:] > self.times[:-1]))
        return self if rising >= len(self) - 1 else self.take(self._order(rising))

    def order(self) -> NDArray[np.intp]:
        """The places of the events in that order."""
        return self._order(int(np.count_nonzero(self.times[1:] > self.times[:-1])))

    def _order(self, rising: int) -> NDArray[np.intp]:
        """The same, where it is known how many come after the one before them."""
        is_nearly = rising >= _NEARLY * len(self)
        order = np.argsort(self.times, kind="stable") if is_nearly else stable_order(self.times)
        ordered = self.times.take(order)
        tied = np.flatnonzero(ordered[1:] == ordered[:-1])
        if len(tied):
            group = np.unique(np.concatenate([tied, tied + 1]))
            members = order[group]
            order[group] = members[np.lexsort((self.copies[members], self.numbers[members], ordered[group]))]
        return order

    def before(self, until_us: int) -> tuple[Transit, Transit]:
        """Those that come before a moment, and the others."""
        return self.parted(self.times >= until_us)

    def parted(self, is_second: NDArray[np.bool_]) -> tuple[Transit, Transit]:
        """Those of whom something does not hold, and those of whom it does; not copied where these are the last."""
        cut = len(self) - np.count_nonzero(is_second)
        if is_second[cut:].all():
            return self.take(slice(0, cut)), self.take(slice(cut, None))
        return self.take(~is_second), self.take(is_second)


def by_group(groups: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places in the order of their group, and where each group that is there begins, with the end behind them.

    Args:
        groups: of each place, the number of its group; none below 0.
    """
    if not len(groups) or (groups[0] == groups[-1] and (groups == groups[0]).all()):
        return np.arange(len(groups)), np.unique([0, len(groups)])
    count = int(groups.max()) + 1
    if count <= _FEW_GROUPS:
        found = [np.flatnonzero(groups == group) for group in range(count)]
        return np.concatenate(found), np.unique(np.cumsum([0, *map(len, found)]))
    sizes = np.bincount(groups)
    return np.argsort(groups, kind="stable"), np.unique(np.concatenate([[0], np.cumsum(sizes)]))
