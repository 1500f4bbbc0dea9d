"""Who has met which items: what policies learnt of people, and what has come in of them since."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.models.recommend.events import Matrix
from sandbox.serve.knowledge import Knowledge

MOST_SESSIONS = 100_000
"""Sessions and customers that are remembered between two learnings, the latest; memory is bounded by it."""
MOST_ITEMS = 500
"""Items that are remembered of each."""
_NONE = np.zeros(0, np.int64)


Since = OrderedDict[str, dict[str, set[str]]]
"""Of each customer or session: the items that it has met, and by which events."""


@dataclass(frozen=True, eq=False)
class Met:
    """The items that each has met, by their places; customers and sessions are known by their ids as text."""

    places: dict[str, int]
    """Of items."""
    people: dict[str, int]
    """Rows of the matrix."""
    matrix: Matrix
    since: Since
    """What has come in after the rest was learnt from, or before; it goes on to grow."""

    @classmethod
    def of(cls, knowledge: Knowledge, since: Since) -> Met:
        """What is known when policies have learnt; what came in before goes on to count."""
        events = knowledge.events
        ids = events.people.to_pylist()
        people = {str(name): row for row, name in enumerate(ids) if name is not None}
        places = {str(item): place for place, item in enumerate(events.items.to_pylist())}
        return cls(places, people, events.matrix(), since)

    def knows(self, who: str | None) -> bool:
        """Whether anything is known of somebody."""
        return who is not None and (who in self.people or who in self.since)

    def items(self, who: str | None) -> NDArray[np.int64]:
        """What somebody has met, as sorted places; empty for nobody and for whoever is unknown."""
        row = self.people.get(who) if who is not None else None
        before = _NONE
        if row is not None:
            before = self.matrix.indices[self.matrix.indptr[row] : self.matrix.indptr[row + 1]]
        since = self.places_since(who)
        return np.union1d(before, since).astype(np.int64) if len(since) else np.sort(before)

    def places_since(self, who: str | None, kinds: frozenset[str] | None = None) -> NDArray[np.int64]:
        """Of those items that came in since: which, by events of some kinds or of any."""
        met = self.since.get(who, {}) if who is not None else {}
        found = [
            self.places[item]
            for item, by in met.items()
            if item in self.places and (kinds is None or not kinds.isdisjoint(by))
        ]
        return np.array(found, np.int64)


def meet(since: Since, session: str, customer: str | None, item: str, kind: str) -> None:
    """Somebody meets an item. What a session did before it was known counts for the customer from then on."""
    mine = _of(since, session)
    mine.setdefault(item, set()).add(kind)
    if customer is not None:
        known = _of(since, customer)
        for each, kinds in mine.items():
            known.setdefault(each, set()).update(kinds)


def _of(since: Since, who: str) -> dict[str, set[str]]:
    found = since.setdefault(who, {})
    since.move_to_end(who)
    if len(since) > MOST_SESSIONS:
        since.popitem(last=False)
    while len(found) >= MOST_ITEMS:
        del found[next(iter(found))]
    return found
