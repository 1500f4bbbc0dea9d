"""A policy that has learnt, as it serves: lists for whoever asks, from what was known of them when it learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sandbox.models.recommend.events import Events, Matrix
from sandbox.models.recommend.rankers import Nothing, Ranker, SameForAll, best_selling
from sandbox.models.recommend.showing import NOBODY, Fallback, Shown, show

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.models.recommend.policies import PolicyPart

_AT_ONCE = 8_192
"""Lists that are chosen together: the scores of a thousand items then take 32 MiB."""


@dataclass(frozen=True, eq=False)
class Served:
    """What was learnt, and who had met what by then."""

    ranker: Ranker
    met: Matrix
    """Customers by items."""
    fallback: Fallback | None

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
        pieces = [
            show(self.ranker, self._seen(people[some], items[some]), request[some], slots, fallback=self.fallback)
            for some in (slice(first, first + _AT_ONCE) for first in range(0, len(people), _AT_ONCE))
        ]
        if len(pieces) == 1:
            return pieces[0]
        names = ("item", "propensity", "explored")
        return Shown(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in names))

    def _seen(self, people: NDArray[np.int32], items: NDArray[np.int32]) -> Matrix:
        """What each who asks has met: what was known of them, and what they look at."""
        known, looking = np.flatnonzero(people != NOBODY), np.flatnonzero(items != NOBODY)
        ones = np.ones(max(len(known), len(looking)), np.float32)
        whose = sparse.csr_array((ones[: len(known)], (known, people[known])), (len(people), self.met.shape[0]))
        now = sparse.csr_array((ones[: len(looking)], (looking, items[looking])), (len(people), self.met.shape[1]))
        return sparse.csr_array(whose @ self.met + now)


def taught(part: PolicyPart, events: Events, catalogue: pa.Table, seed: int) -> Served:
    """Let a policy learn from events."""
    ranker = part.learn(events, catalogue, seed)
    fallback = None if isinstance(ranker, Nothing) else Fallback(best_selling(events))
    return Served(ranker, events.matrix(), fallback)


def by_history(best: NDArray[np.int64], people: int) -> Served:
    """The rules of history: one list for everybody, the best first; shape (items,)."""
    scores = np.empty(len(best), np.float32)
    scores[best] = np.arange(len(best), 0, -1)
    return Served(SameForAll(scores), sparse.csr_array((people, len(best)), dtype=np.float32), None)
