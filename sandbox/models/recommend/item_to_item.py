"""Item to item: people who looked at this also looked at that.

Source: Linden, Smith and York, Amazon.com recommendations: item-to-item collaborative filtering (2003).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.models.recommend.base import ALSO, SCORE_DECIMALS, Suggestion

MOST_LOOKED_AT = 20
"""Items of a person that count, the latest: what was looked at long ago says little of today."""


@dataclass(frozen=True, eq=False)
class ItemToItem:
    """Neighbours of each item."""

    alike: pa.Table
    """`item`, `other` and `score`, by item, the most alike first."""

    def rank(self, seen: Sequence[Any], without: Collection[Any], n: int) -> list[Suggestion]:
        """Items by the sum of their scores with those that were looked at, which are not among them themselves."""
        latest = list(seen[:MOST_LOOKED_AT])
        near = pa.concat_tables([self.neighbours(item) for item in latest]) if latest else self.alike.slice(0, 0)
        apart = pa.array([*latest, *without], self.alike.schema.field("other").type)
        near = near.filter(pc.invert(pc.is_in(near["other"], apart)))
        summed = near.group_by("other", use_threads=False).aggregate([("score", "sum")])
        scores = np.round(summed["score_sum"].to_numpy(), SCORE_DECIMALS)
        summed = pa.table({"other": summed["other"], "score": scores})
        best = summed.sort_by([("score", "descending"), ("other", "ascending")]).slice(0, n)
        pairs = zip(best["other"].to_pylist(), best["score"].to_pylist(), strict=True)
        return [Suggestion(item, score, ALSO) for item, score in pairs]

    def neighbours(self, item: Any) -> pa.Table:
        """`other` and `score` of what is looked at together with an item; no rows for one that nobody looked at."""
        first, count = self._spans.get(item, (0, 0))
        return self.alike.slice(first, count).select(["other", "score"])

    @cached_property
    def _spans(self) -> dict[Any, tuple[int, int]]:
        """Where each item's neighbours stand, and how many."""
        runs = self.alike["item"].combine_chunks().value_counts() if len(self.alike) else None
        if runs is None:
            return {}
        items, counts = runs.field("values").to_pylist(), runs.field("counts").to_numpy()
        firsts = np.cumsum(counts) - counts
        spans = zip(firsts.tolist(), counts.tolist(), strict=True)
        return dict(zip(items, spans, strict=True))
