"""Learn anew from what has arrived, and hold the candidate against the champion on what neither has seen."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from sandbox.experiment.arriving import Happened, together
from sandbox.experiment.serving import Served
from sandbox.models.recommend.events import Events
from sandbox.models.recommend.showing import NOBODY

JUDGED_SLOTS = 10
"""Length of the lists that candidates are judged by."""


@dataclass(eq=False)
class Memory:
    """What has arrived and may be learnt from: everything, or what happened within a window."""

    window_us: int = 0
    """0: everything."""
    _pieces: tuple[Happened, ...] = ()

    def take(self, happened: Happened, now_us: int) -> None:
        """Take in what came, and let go of what is older than the window."""
        pieces = [*self._pieces, happened] if len(happened) else list(self._pieces)
        if self.window_us:
            pieces = [_later(piece, now_us - self.window_us) for piece in pieces]
        self._pieces = tuple(piece for piece in pieces if len(piece))

    def events(self, people: pa.Array, items: pa.Array) -> Events:
        """All of it that is about an item and somebody known, as policies learn from it.

        Args:
            people, items: ids, by place.
        """
        happened = together(self._pieces)
        which = np.flatnonzero((happened.people >= 0) & (happened.items >= 0))
        which = which[np.lexsort((happened.items[which], happened.times_us[which], happened.people[which]))]
        person, item = happened.people[which].astype(np.int64), happened.items[which].astype(np.int64)
        return Events(people, items, person, item, happened.times_us[which], happened.goals[which])


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
    return piece if which.all() else Happened(*(getattr(piece, each.name)[which] for each in fields(Happened)))
