"""A policy that has learnt, as it serves: lists for whoever asks, from what was known of them when it learnt.

Whoever comes again before the next champion is shown the best list that was found for them once: a list hangs on who
asks and on what they look at alone, and only whether it explores hangs on the visit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sandbox.experiment.offering import Offer
from sandbox.models.recommend.events import Matrix
from sandbox.models.recommend.rankers import ByChance, Ranker, SameForAll, is_personal
from sandbox.models.recommend.showing import (
    NOBODY,
    Exploration,
    Fallback,
    Shown,
    allowed,
    best_of,
    by_chance,
    explores,
    mixed,
    scored,
)
from sandbox.models.recommend.steady import Steady

_AT_ONCE = 8_192
"""Lists that are chosen together: the scores of a thousand items then take 32 MiB."""


@dataclass(eq=False)
class Found:
    """The best lists of those who looked at nothing, as they were found; a row for somebody unknown at the end."""

    best: NDArray[np.int32]
    """Shape (customers + 1, slots)."""
    width: NDArray[np.int64]
    """How many items each might be shown."""
    there: NDArray[np.bool_]

    @classmethod
    def none(cls, customers: int, slots: int) -> Found:
        """Nothing yet."""
        rows = customers + 1
        return cls(np.empty((rows, slots), np.int32), np.zeros(rows, np.int64), np.zeros(rows, np.bool_))


@dataclass(frozen=True, eq=False)
class Served:
    """What was learnt, and who had met and bought what by then."""

    ranker: Ranker
    met: Matrix
    """Customers by items."""
    fallback: Fallback | None
    offer: Offer = field(default_factory=Offer)
    owned: Matrix | None = None
    """Customers by items."""
    exploration: Exploration = field(default_factory=Exploration)
    _found: dict[int, Found] = field(default_factory=dict)
    """By the length of lists."""

    def lists(
        self, people: NDArray[np.int32], items: NDArray[np.int32], request: NDArray[np.int64], slots: int
    ) -> Shown:
        """A list for each who asks, the same for one as for many.

        Args:
            people: customers by their places, -1 for somebody unknown; shape (n,).
            items: what each looks at, -1 for nothing; shape (n,).
            request: a number for each, by which chance decides; shape (n,).
            slots: length of the lists.
        """
        exploration = self._exploration
        if exploration.share >= 1:
            best, width = np.full((len(people), slots), NOBODY, np.int32), np.zeros(len(people), np.int64)
        else:
            best, width = self._best(people, items, slots)
        if exploration.share == 0:
            return Shown(best, np.where(best == NOBODY, np.nan, 1.0), np.zeros(len(best), np.bool_))
        explored = explores(request, exploration)
        drawn = best[:0]
        if explored.any():
            which = np.flatnonzero(explored)
            pieces = [which[first : first + _AT_ONCE] for first in range(0, len(which), _AT_ONCE)]
            scores = [self._scores(people[some], items[some], request[some]) for some in pieces]
            drawn = np.concatenate(
                [
                    by_chance(each, request[some], slots, exploration.address)
                    for each, some in zip(scores, pieces, strict=True)
                ]
            )
            width = width.copy()
            width[which] = np.concatenate([allowed(each) for each in scores])
        return mixed(best, drawn, explored, width, exploration.share)

    @property
    def faults(self) -> dict[str, int]:
        """People who were answered by the fallback since the policy raised or gave nonsense, by the reason."""
        return dict(self.ranker.faults) if isinstance(self.ranker, Steady) else {}

    @property
    def _exploration(self) -> Exploration:
        inner = self.ranker.ranker if isinstance(self.ranker, Steady) else self.ranker
        return Exploration(1.0, inner.address) if isinstance(inner, ByChance) else self.exploration

    def _best(
        self, people: NDArray[np.int32], items: NDArray[np.int32], slots: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The best lists, and how many items might have been shown; found once for whoever looks at nothing."""
        if not is_personal(self.ranker) and not self.offer.is_personal:
            people, items = np.full_like(people, NOBODY), np.full_like(items, NOBODY)
        customers = self.met.shape[0]
        rows = np.where(people == NOBODY, customers, people)
        found = self._found.setdefault(slots, Found.none(customers, slots))
        missing = np.unique(rows[(items == NOBODY) & ~found.there[rows]])
        if len(missing):
            whom = np.where(missing == customers, NOBODY, missing).astype(np.int32)
            found.best[missing], found.width[missing] = self._searched(whom, np.full_like(whom, NOBODY), slots)
            found.there[missing] = True
        best, width = found.best[rows], found.width[rows]
        looking = np.flatnonzero(items != NOBODY)
        if len(looking):
            best[looking], width[looking] = self._searched(people[looking], items[looking], slots)
        return best, width

    def _searched(
        self, people: NDArray[np.int32], items: NDArray[np.int32], slots: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        pieces = []
        for first in range(0, len(people), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            scores = self._scores(people[some], items[some], people[some].astype(np.int64))
            pieces.append((best_of(scores, slots), allowed(scores)))
        return np.concatenate([best for best, _ in pieces]), np.concatenate([width for _, width in pieces])

    def _scores(
        self, people: NDArray[np.int32], items: NDArray[np.int32], request: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        owned = None if self.owned is None or not self.offer.not_owned else _rows(self.owned, people)
        scores = scored(self.ranker, self.seen(people, items), request, self.fallback)
        filters = self.offer.filters(people, owned)
        if filters is not None:
            filters.forbid(scores)
        return scores

    def seen(self, people: NDArray[np.int32], items: NDArray[np.int32]) -> Matrix:
        """What each who asks has met: what was known of them, and what they look at."""
        known = _rows(self.met, people)
        looking = np.flatnonzero(items != NOBODY)
        if not len(looking):
            return known
        ones = np.ones(len(looking), np.float32)
        now = sparse.csr_array((ones, (looking, items[looking])), (len(people), self.met.shape[1]))
        return sparse.csr_array(known + now)


def _rows(matrix: Matrix, people: NDArray[np.int32]) -> Matrix:
    """Rows of a matrix of customers; an empty one for somebody unknown."""
    known = np.flatnonzero(people != NOBODY)
    ones = np.ones(len(known), np.float32)
    whose = sparse.csr_array((ones, (known, people[known])), (len(people), matrix.shape[0]))
    return sparse.csr_array(whose @ matrix)


def by_history(best: NDArray[np.int64], people: int) -> Served:
    """The rules of history: one list for everybody, the best first; shape (items,)."""
    scores = np.empty(len(best), np.float32)
    scores[best] = np.arange(len(best), 0, -1)
    return Served(SameForAll(scores), sparse.csr_array((people, len(best)), dtype=np.float32), None)
