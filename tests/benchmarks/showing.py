"""How fast lists are shown: ten of a thousand items, by sixty-four factors, with filters and exploration, one thread.

Beside it the same choice by hand: one product of matrices and NumPy's partition, with no ties, filters, propensities.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from sandbox.models.recommend.showing import Exploration, Filters, show
from tests.benchmarks.printing import Line

PEOPLE, ITEMS, FACTORS, SLOTS, AT_ONCE = 50_000, 1_000, 64, 10, 1_024


@dataclass(frozen=True)
class Known:
    """A ranker of people whose factors are known."""

    people: np.ndarray
    items: np.ndarray

    def scores(self, seen, person):
        return self.people[person] @ self.items.T


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Shown slots a second of processor time, the best of some rounds."""
    random, people = np.random.default_rng(1), max(int(PEOPLE * share), AT_ONCE)
    ranker = Known(*(random.normal(0, 1, (size, FACTORS)).astype(np.float32) for size in (people, ITEMS)))
    seen = sparse.csr_array(sparse.random_array((people, ITEMS), density=0.01, dtype=np.float32, rng=random))

    def shown(who: np.ndarray) -> None:
        show(ranker, seen[who], who, SLOTS, filters=Filters(owned=seen[who]), exploration=Exploration(0.05))

    def by_hand(who: np.ndarray) -> None:
        np.argpartition(ranker.scores(seen[who], who), ITEMS - SLOTS, axis=1)[:, ITEMS - SLOTS :]

    with threadpool_limits(1):
        fast, slow = (max(_slots_a_second(each, people) for _ in range(rounds)) for each in (by_hand, shown))
    lists = {"slots a second": slow, "lists a second": slow / SLOTS, "wanted": "500,000 slots"}
    return [
        Line("by hand: product and partition alone", {"slots a second": fast, "lists a second": fast / SLOTS}),
        Line("shown: ties, filters, exploration, propensities too", lists),
    ]


def _slots_a_second(choose: Callable[[np.ndarray], None], people: int) -> float:
    begin = time.process_time()
    for first in range(0, people, AT_ONCE):
        choose(np.arange(first, min(first + AT_ONCE, people)))
    return people * SLOTS / (time.process_time() - begin)
