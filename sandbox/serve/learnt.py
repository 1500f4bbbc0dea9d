"""What all policies know from one moment on, and the lists that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sandbox.errors import InputError, did_you_mean
from sandbox.experiment.serving import Served
from sandbox.models.recommend.events import Matrix
from sandbox.models.recommend.rankers import Scores
from sandbox.models.recommend.showing import NOBODY, best_of, scored
from sandbox.serve.knowledge import Knowledge
from sandbox.serve.people import Met
from sandbox.serve.ready import Ready, softmax


@dataclass(frozen=True, slots=True)
class Listed:
    """A list for somebody."""

    items: list[str]
    """Ids, the best first."""
    scores: list[float]
    """A softmax over the whole catalogue, in the same order: they sum to 1 over all items that may be shown."""
    policy: str
    version: int
    """How often the policy had learnt."""


@dataclass(frozen=True, eq=False)
class Champion:
    """A policy that has learnt."""

    served: Served
    version: int
    ready: Ready


@dataclass(frozen=True, eq=False)
class Learnt:
    """What all policies know from one moment on."""

    knowledge: Knowledge
    met: Met
    champions: Mapping[str, Champion]
    ids: Sequence[str]
    """Of the items, by place."""
    at: float
    """When, seconds since 1970."""

    def champion(self, policy: str) -> Champion:
        """What a policy has learnt. Raises InputError: there is none of this name."""
        champions = self.champions
        if policy not in champions:
            raise InputError(f"no policy '{policy}'.{did_you_mean(policy, champions)}")
        return champions[policy]

    def list_for(
        self, policy: str, customer: str | None, n: int, item: str | None, allowed: NDArray[np.bool_] | None
    ) -> Listed:
        """The list for a customer or a session, or for whoever looks at an item; see `Recommendations.ask`."""
        champion, apart = self.champion(policy), self._place(item)
        seen = self.met.items(customer) if item is None else apart
        scores = self._scores(champion, [seen], [self._number(customer)])
        scores[0, apart] = -np.inf
        if allowed is not None:
            scores[0, ~allowed] = -np.inf
        best = best_of(scores, max(n, 1))[:, :n]
        chosen = best[best != NOBODY]
        return Listed(
            [self.ids[place] for place in chosen.tolist()],
            softmax(scores, chosen[None, :])[0].tolist(),
            policy,
            champion.version,
        )

    def rank(
        self, policy: str, customer: str | None, items: Sequence[str], *, allowed: NDArray[np.bool_] | None = None
    ) -> Listed:
        """The caller's own items, the best first; those that are unknown come last, and have no chance.

        Args:
            policy, customer: as for `Recommendations.ask`.
            items: ids, each once.
            allowed: which items may stay, by place, shape (items,); None: all.
        """
        champion = self.champion(policy)
        scores = self._scores(champion, [self.met.items(customer)], [self._number(customer)])[0]
        mine = np.full(len(scores), -np.inf, np.float32)
        places = [self.met.places[item] for item in items if item in self.met.places]
        mine[places] = scores[places]
        if allowed is not None:
            mine[~allowed] = -np.inf
        chosen = best_of(mine[None, :], len(mine))[0]
        chosen = chosen[chosen != NOBODY]
        strangers = [item for item in items if item not in self.met.places] if allowed is None else []
        ranked = [self.ids[place] for place in chosen]
        return Listed(
            [*ranked, *strangers],
            [*softmax(mine[None, :], chosen[None, :])[0].tolist(), *[0.0] * len(strangers)],
            policy,
            champion.version,
        )

    def batch(self, policy: str, customers: Sequence[str | None], n: int) -> list[list[str]]:
        """The same lists for many at once."""
        seen = [self.met.items(customer) for customer in customers]
        scores = self._scores(self.champion(policy), seen, [self._number(customer) for customer in customers])
        ids = self.ids
        return [[ids[place] for place in row if place != NOBODY] for row in best_of(scores, n).tolist()]

    def _scores(self, champion: Champion, seen: Sequence[NDArray[np.int64]], numbers: Sequence[int]) -> Scores:
        served = champion.served
        return scored(served.ranker, self._rows(seen), np.array(numbers, np.int64), served.fallback)

    def _rows(self, seen: Sequence[NDArray[np.int64]]) -> Matrix:
        lengths = np.fromiter((len(each) for each in seen), np.int64, len(seen))
        indices = np.concatenate(seen)
        ends = np.concatenate([[0], np.cumsum(lengths)])
        return sparse.csr_array((np.ones(len(indices), np.float32), indices, ends), shape=(len(seen), len(self.ids)))

    def _place(self, item: str | None) -> NDArray[np.int64]:
        place = None if item is None else self.met.places.get(item)
        return np.array([] if place is None else [place], np.int64)

    def _number(self, who: str | None) -> int:
        """By which those who ask are told apart where chance decides: a place, or below 0 for whoever has none."""
        row = self.met.people.get(who) if who is not None else None
        if row is not None:
            return row
        return -1 - (int.from_bytes(blake2b((who or "").encode(), digest_size=8).digest(), "big") >> 1)
