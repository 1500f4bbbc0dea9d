"""A ranker that asks elsewhere: a list for each who asks, as scores; what was not answered has none."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sandbox.models.recommend.events import Matrix, Numbers
from sandbox.models.recommend.rankers import Scores

Ask = Callable[[str | None], Sequence[str]]
"""Items for a customer, or for somebody unknown, the best first. Raises AnswerError."""
MOST_FAILURES = 10
"""One after the other: whoever fails so often is left alone for a while."""
REST_S = 5.0


class AnswerError(Exception):
    """There was no list, for this reason."""


@dataclass(eq=False)
class Remote:
    """Knows people and items by the ids that go over the wire."""

    ask: Ask
    people: Sequence[str | None]
    """By their numbers."""
    items: Sequence[str]
    behind: Scores
    """What comes behind the items of a list, between 0 and 2; shape (items,)."""
    connections: int = 8
    failure: str = ""
    """Why the last list was not had."""
    _failures: int = 0
    _rests_until: float = field(default=0.0)

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """The listed items first, in their order; NaN for whoever got no list."""
        whom = [self.people[number] if 0 <= number < len(self.people) else None for number in person.tolist()]
        with ThreadPoolExecutor(self.connections, "sandbox-asks") as pool:
            lists = list(pool.map(self._asked, whom))
        found = np.tile(np.asarray(self.behind, np.float32), (len(lists), 1))
        for row, listed in enumerate(lists):
            if listed is None:
                found[row] = np.nan
            else:
                places = [self._places[item] for item in listed if item in self._places]
                found[row, places] = 3.0 + np.arange(len(places), 0, -1, dtype=np.float32)
        return found

    def _asked(self, customer: str | None) -> Sequence[str] | None:
        if time.monotonic() < self._rests_until:
            return None
        try:
            listed = self.ask(customer)
        except AnswerError as error:
            self.failure = str(error)
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                self._rests_until = time.monotonic() + REST_S
            return None
        self._failures = 0
        return listed

    @cached_property
    def _places(self) -> dict[str, int]:
        return {item: place for place, item in enumerate(self.items)}


def items_of(body: bytes) -> list[str]:
    """The items of an answer `{"items": […]}`. Raises AnswerError: it is something else."""
    try:
        told = json.loads(body)
    except ValueError:
        raise AnswerError("answered no JSON") from None
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list):
        raise AnswerError("answered without a list of `items`")
    return [str(item) for item in items]
