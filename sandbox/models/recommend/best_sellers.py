"""Best sellers: the same list for everybody, what was sold most first. What any other policy has to beat."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sandbox.models.recommend.base import BEST, Suggestion


@dataclass(frozen=True, slots=True, eq=False)
class BestSellers:
    """Items by how often they were sold; then by how many people looked at them, then by id."""

    items: pa.Table
    """`item` and `sold`, the best first."""

    def rank(self, seen: Sequence[Any], without: Collection[Any], n: int) -> list[Suggestion]:
        """The first `n` that are not left out; whoever asks."""
        first = self.items.slice(0, n + len(without))
        pairs = zip(first["item"].to_pylist(), first["sold"].to_pylist(), strict=True)
        return [Suggestion(item, float(sold), BEST) for item, sold in pairs if item not in without][:n]
