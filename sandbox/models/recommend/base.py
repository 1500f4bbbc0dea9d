"""What a recommender learns from and gives back: the words that every file of this room shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

PERSON = "person"
ITEM = "item"
SCORE = "score"
SCORE_DECIMALS = 9
"""Scores are rounded before they decide, and ties go by the item's id: a request and a batch give the same list."""

ALSO = "also"
"""Why: who looked at the same also looked at this."""
BEST = "best seller"
"""Why: many have bought or looked at it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One item of a list: its id, its score (comparable among those of one reason), and why it is there."""

    item: Any
    score: float
    why: str


class Policy(Protocol):
    """One way to rank items: by popularity, by what is looked at together, and what else may come."""

    def rank(self, seen: list[Any], without: frozenset[Any], n: int) -> list[Suggestion]:
        """The best items for somebody who has looked at `seen`, latest first.

        Args:
            seen: ids of items; empty for somebody unknown.
            without: ids that must not be in the list.
            n: how many at most; fewer come where the policy knows no more.
        """


def roles(interactions: pa.Schema) -> list[str]:
    """Which columns of `customer`, `visitor`, `item`, `event` and `happened_at` interactions have.

    Raises:
        ValueError: there is no item, nobody who looks at it, or no time.
    """
    names = [name for name in ("customer", "visitor", "item", "event", "happened_at") if name in interactions.names]
    if "item" not in names or "happened_at" not in names or not {"customer", "visitor"} & set(names):
        raise ValueError(
            f"interactions need item, happened_at and customer or visitor; there are {interactions.names}."
        )
    return names
