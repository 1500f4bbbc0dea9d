"""What a pass over keys of whole numbers proves by itself: most tables are numbered, and need no join to be judged.

Numbers that rise from row to row all differ. Where they leave nothing out either, a reference between the first and the
last of them leads to one that is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from sandbox.contract.model import Contract, ForeignKey
from sandbox.contract.rules import foreign_key_name, rules_of


@dataclass
class Stretch:
    """One column of one share, as its rows go by; nulls, which are no keys, are passed over."""

    rows: int = 0
    lowest: int = 0
    highest: int = 0
    rises: bool = True
    """Whether each number was larger than all before it."""

    def add(self, column: pa.Array) -> None:
        """Look at the next rows of a column of whole numbers."""
        numbers = column.drop_null().to_numpy(zero_copy_only=False)
        if not len(numbers):
            return
        lowest, highest = int(numbers.min()), int(numbers.max())
        if self.rises:
            after = not self.rows or lowest > self.highest
            self.rises = after and bool(np.all(numbers[1:] > numbers[:-1]))
        self.lowest = min(lowest, self.lowest) if self.rows else lowest
        self.highest = max(highest, self.highest) if self.rows else highest
        self.rows += len(numbers)


Stretches = Mapping[str, Sequence[Stretch]]
"""By column, one of each share."""


def proven_by_numbers(contract: Contract, seen: Mapping[str, Stretches]) -> frozenset[str]:
    """The rules across rows that need not be judged any more.

    Args:
        contract: whose rules.
        seen: by dataset, its own and those that its keys lead to; without a column that holds no whole numbers.
    """
    own = seen[contract.dataset]
    unique = {
        rule.name
        for rule in rules_of(contract)
        if rule.across and rule.kind != "foreign_key" and any(_all_differ(own.get(name)) for name in rule.columns)
    }
    return frozenset(unique | {foreign_key_name(key) for key in contract.foreign_keys if _leads(key, own, seen)})


def _all_differ(stretches: Sequence[Stretch] | None) -> bool:
    if stretches is None or not all(stretch.rises for stretch in stretches):
        return False
    ordered = sorted((each for each in stretches if each.rows), key=lambda each: each.lowest)
    return all(one.highest < next_one.lowest for one, next_one in pairwise(ordered))


def _leads(key: ForeignKey, own: Stretches, seen: Mapping[str, Stretches]) -> bool:
    """Whether every number of a reference lies in a run of keys that leaves none out."""
    if len(key.columns) > 1 or key.dataset not in seen:
        return False
    children, parents = own.get(key.columns[0]), seen[key.dataset].get(key.references[0])
    if children is None or parents is None or not _all_differ(parents):
        return False
    referring, there = ([each for each in some if each.rows] for some in (children, parents))
    if not referring:
        return True
    if not there:
        return False
    first, last = min(each.lowest for each in there), max(each.highest for each in there)
    leaves_none_out = sum(each.rows for each in there) == last - first + 1
    return leaves_none_out and all(first <= each.lowest and each.highest <= last for each in referring)
