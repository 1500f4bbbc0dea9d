"""A recommender that has learnt: what is alike first, then best sellers, so that nobody goes away with nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa

from sandbox.models.recommend.base import Suggestion
from sandbox.models.recommend.best_sellers import BestSellers
from sandbox.models.recommend.counting import SHRINK, count
from sandbox.models.recommend.item_to_item import ItemToItem

LeaveOut = Literal["bought", "seen", "nothing"]


@dataclass(frozen=True, eq=False)
class Recommender:
    """Lists for customers, known or not, by what they have looked at or by an item before them."""

    best_sellers: BestSellers
    item_to_item: ItemToItem
    seen: pa.Table
    """`customer`, `items` (latest first) and `bought`, by customer."""

    def recommend(
        self, customer: Any = None, n: int = 10, *, item: Any = None, leave_out: LeaveOut = "bought"
    ) -> list[Suggestion]:
        """The list for a customer, or for whoever looks at an item.

        Args:
            customer: their id; None or one who was never seen gets the best sellers.
            n: how many, >= 1; fewer come where there are fewer items.
            item: what they look at now; the list is then about this instead of all they have looked at.
            leave_out: what must not be in the list: what the customer `bought`, all that was `seen`, or `nothing`.
        """
        seen, bought = self.known(customer)
        without = {"bought": bought, "seen": [*seen, *bought], "nothing": []}[leave_out]
        looked_at = seen if item is None else [item]
        apart = frozenset([*without, *([] if item is None else [item])])
        found = self.item_to_item.rank(looked_at, apart, n)
        if len(found) < n:
            found += self.best_sellers.rank(looked_at, apart | {each.item for each in found}, n - len(found))
        return found

    def knows(self, item: Any) -> bool:
        """Whether anybody has looked at an item."""
        return item in self._items

    def known(self, customer: Any) -> tuple[list[Any], list[Any]]:
        """What a customer has looked at, latest first, and bought; two empty lists for one who was never seen."""
        row = self._rows.get(customer)
        if row is None:
            return [], []
        return self.seen["items"][row].as_py(), self.seen["bought"][row].as_py() or []

    @cached_property
    def _items(self) -> frozenset[Any]:
        return frozenset(self.best_sellers.items["item"].to_pylist())

    @cached_property
    def _rows(self) -> dict[Any, int]:
        return {customer: row for row, customer in enumerate(self.seen["customer"].to_pylist())}


def train(
    schema: pa.Schema, interactions: Iterable[pa.RecordBatch], goal: str | None = None, *, shrink: float = SHRINK
) -> Recommender:
    """Learn best sellers and what is looked at together; parameters as those of `counting.count`."""
    counts = count(schema, interactions, goal, shrink=shrink)
    return Recommender(BestSellers(counts.items), ItemToItem(counts.alike), counts.seen)
