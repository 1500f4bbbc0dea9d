"""Who has met which items: what policies learnt of people, and what has come in of them since."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.models.recommend.events import Matrix
from sandbox.serve.knowledge import Knowledge

MOST_SESSIONS = 100_000
"""Sessions and customers that are remembered between two learnings, the latest; memory is bounded by it."""
MOST_ITEMS = 500
"""Items that are remembered of each."""
_NONE = np.zeros(0, np.int64)


@dataclass(eq=False)
class Met:
    """The items that each has met, by their places; customers and sessions are known by their ids as text."""

    places: dict[str, int] = field(default_factory=dict)
    """Of items."""
    people: dict[str, int] = field(default_factory=dict)
    """Rows of the matrix."""
    matrix: Matrix | None = None
    _since: OrderedDict[str, dict[int, None]] = field(default_factory=OrderedDict)

    @classmethod
    def of(cls, knowledge: Knowledge) -> Met:
        """What is known when policies have learnt."""
        events = knowledge.events
        ids = events.people.to_pylist()
        people = {str(name): row for row, name in enumerate(ids) if name is not None}
        places = {str(item): place for place, item in enumerate(events.items.to_pylist())}
        return cls(places, people, events.matrix())

    def knows(self, who: str | None) -> bool:
        """Whether anything is known of somebody."""
        return who is not None and (who in self.people or who in self._since)

    def items(self, who: str | None) -> NDArray[np.int64]:
        """What somebody has met, as sorted places; empty for nobody and for whoever is unknown."""
        if who is None:
            return _NONE
        row, since = self.people.get(who), self._since.get(who)
        before = _NONE
        if row is not None and self.matrix is not None:
            before = self.matrix.indices[self.matrix.indptr[row] : self.matrix.indptr[row + 1]]
        if since is None:
            return np.sort(before)
        return np.unique(np.concatenate([before, np.fromiter(since, np.int64, len(since))]))

    def meet(self, session: str, customer: str | None, item: str) -> None:
        """Somebody meets an item. What a session did before it was known counts for the customer from then on."""
        place = self.places.get(item)
        if place is None:
            return
        self._of(session)[place] = None
        if customer is not None:
            self._of(customer).update(self._of(session))

    def _of(self, who: str) -> dict[int, None]:
        found = self._since.setdefault(who, {})
        self._since.move_to_end(who)
        if len(self._since) > MOST_SESSIONS:
            self._since.popitem(last=False)
        while len(found) > MOST_ITEMS:
            del found[next(iter(found))]
        return found
