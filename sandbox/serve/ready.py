"""Lists that are ready before anybody asks: chosen for everybody together when a policy has learnt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.experiment.serving import Served
from sandbox.models.recommend.rankers import Scores
from sandbox.models.recommend.showing import NOBODY, best_of, scored

LONGEST = 50
"""Items of a list that is ready; longer ones are chosen when they are asked for."""
MOST_CELLS = 200_000_000
"""People by items that are scored beforehand, about a second's work; for others it is chosen when they ask."""
MOST_REMEMBERED = 50_000
"""People whose lists are remembered once they were asked for."""
MOST_OF_ONE = 1_000
"""Lists that are remembered of each: a page asks for few lengths, but for many items."""
_AT_ONCE = 1 << 22
SCORE_DECIMALS = 9


@dataclass(frozen=True, eq=False)
class Ready:
    """The lists of people by their rows, shape (people, slots)."""

    item: NDArray[np.int32]
    score: NDArray[np.float64]

    @classmethod
    def of(cls, served: Served, people: NDArray[np.int64]) -> Ready:
        """Choose for those whose rows are given, as many as there is time for."""
        items = served.met.shape[1]
        some = people[: MOST_CELLS // max(items, 1)]
        slots = min(LONGEST, items)
        end = int(some[-1]) + 1 if len(some) else 0
        item, score = np.full((end, slots), NOBODY, np.int32), np.zeros((end, slots))
        step = max(_AT_ONCE // max(items, 1), 1)
        for begin in range(0, len(some), step):
            rows = some[begin : begin + step]
            scores = scored(served.ranker, served.met[rows], rows, served.fallback)
            item[rows] = best_of(scores, slots)
            score[rows] = softmax(scores, item[rows])
        return cls(item, score)


def softmax(scores: Scores, chosen: NDArray[np.int32]) -> NDArray[np.float64]:
    """How likely each chosen item is among all that may be shown; what is `NOBODY` has 0.

    Args:
        scores: shape (n, items), -inf for what may not be shown.
        chosen: places of items, shape (n, slots).
    """
    highest = scores.max(axis=1, initial=-np.inf, keepdims=True)
    highest[highest == -np.inf] = 0.0
    weights = np.exp(scores - highest, dtype=np.float64)
    total = weights.sum(axis=1, keepdims=True)
    total[total == 0] = 1.0
    found = np.take_along_axis(weights, np.maximum(chosen, 0), axis=1) / total
    return np.where(chosen == NOBODY, 0.0, found.round(SCORE_DECIMALS))


@dataclass(eq=False)
class Remembered:
    """What was chosen for somebody, until they do something; the latest people."""

    _by_person: OrderedDict[str | None, dict[Hashable, object]] = field(default_factory=OrderedDict)

    def get(self, who: str | None, what: Hashable) -> object | None:
        """What is remembered."""
        found = self._by_person.get(who)
        return found.get(what) if found is not None else None

    def keep(self, who: str | None, what: Hashable, value: object) -> None:
        """Remember."""
        mine = self._by_person.setdefault(who, {})
        if len(mine) >= MOST_OF_ONE:
            mine.clear()
        mine[what] = value
        self._by_person.move_to_end(who)
        if len(self._by_person) > MOST_REMEMBERED:
            self._by_person.popitem(last=False)

    def forget(self, who: str | None) -> None:
        """Somebody has done something."""
        self._by_person.pop(who, None)

    def clear(self) -> None:
        """Everything was learnt anew."""
        self._by_person.clear()
