"""Learn anew from what has arrived, and hold the candidate against the champion on what neither has seen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from sandbox.experiment.arriving import Happened, together
from sandbox.experiment.serving import Served
from sandbox.models.recommend.events import Events, Matrix
from sandbox.models.recommend.showing import NOBODY

JUDGED_SLOTS = 10
"""Length of the lists that candidates are judged by."""


@dataclass(eq=False)
class Memory:
    """What has arrived and may be learnt from: everything, or what happened within a window."""

    people: pa.Array
    """Ids, by place; `items` too."""
    items: pa.Array
    window_us: int = 0
    """0: everything."""
    _met: tuple[Happened, ...] = ()
    _bought: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Who has bought what, as one number each, rising; it stays when the window goes on."""

    def take(self, happened: Happened, now_us: int) -> None:
        """Take in what came, and let go of what is older than the window. Only what is about an item is kept."""
        fresh = happened.where((happened.people >= 0) & (happened.items >= 0))
        pieces = [*self._met, fresh]
        if self.window_us:
            pieces = [_later(piece, now_us - self.window_us) for piece in pieces]
        self._met = tuple(piece for piece in pieces if len(piece))
        pairs = fresh.people[fresh.goals].astype(np.int64) * len(self.items) + fresh.items[fresh.goals]
        self._bought = np.union1d(self._bought, pairs)

    def events(self) -> Events:
        """All of it, as policies learn from it: by person and time."""
        happened = together(self._met)
        order = np.lexsort((happened.items, happened.times_us, happened.people))
        person, item = happened.people[order].astype(np.int64), happened.items[order].astype(np.int64)
        return Events(self.people, self.items, person, item, happened.times_us[order], happened.goals[order])

    def owned(self) -> Matrix:
        """Who has bought what, ever, sparse, shape (people, items)."""
        person, item = np.divmod(self._bought, len(self.items))
        ones = np.ones(len(person), np.float32)
        return sparse.csr_array((ones, (person, item)), (len(self.people), len(self.items)))


def hit_rate(served: Served, after: Events) -> float:
    """The share of people of whom a list, made before, holds something that they met after; nan without any.

    Args:
        served: has not learnt from `after`.
        after: what was met then, for the first time.
    """
    if not len(after):
        return float("nan")
    people = np.unique(after.person)
    nothing = np.full(len(people), NOBODY, np.int32)
    shown = served.lists(people.astype(np.int32), nothing, people, JUDGED_SLOTS).item
    of_person = np.searchsorted(people, after.person)
    hits = (shown[of_person] == after.item[:, None]).any(axis=1)
    return float(np.bincount(of_person[hits], minlength=len(people)).astype(bool).mean())


def unmet(after: Events, known: Events) -> Events:
    """What was met for the first time: whoever comes back to an item needs no list for it."""
    pairs, met = (each.person * len(each.items) + each.item for each in (after, known))
    return after.where(~np.isin(pairs, met))


def _later(piece: Happened, moment_us: int) -> Happened:
    which = piece.times_us >= moment_us
    return piece if which.all() else piece.where(which)
