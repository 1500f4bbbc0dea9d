"""Which categories there are and how often each comes: never one that fewer than ten people have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.calibrate.families import FEW, nice
from sandbox.calibrate.numbers import effective


@dataclass(frozen=True, slots=True)
class Categories:
    """The categories that may be told, the commonest first, with their shares."""

    shares: dict[Any, float | int]
    folded: int
    """Categories that too few people have; their rows count for the others, by these' own shares."""
    folded_rows: float
    """The share of rows that these were."""
    interval: str
    deviation: float
    """By how much chance moves the share of the commonest, at 95 %."""

    def said(self) -> str:
        """What was left out, in words; empty where nothing was."""
        if not self.folded:
            return ""
        return f"{self.folded:,} of fewer than {FEW} people ({self.folded_rows:.2%} of rows) folded into the others"


def categories_of(values: pa.Array, people: npt.NDArray[np.int32]) -> Categories | None:
    """The categories of a column.

    Args:
        values: of any plain type, without nulls.
        people: whose each is; shape (rows,).
    Returns:
        None where no category is had by enough people.
    """
    encoded = values.dictionary_encode() if not pa.types.is_dictionary(values.type) else values
    codes = np.asarray(encoded.indices.cast(pa.int64()), np.int64)
    names: Sequence[Any] = encoded.dictionary.to_pylist()
    times = np.bincount(codes, minlength=len(names))
    pairs = np.unique(codes * (int(people.max(initial=0)) + 1) + people) // (int(people.max(initial=0)) + 1)
    had_by = np.bincount(pairs, minlength=len(names))
    told = [int(code) for code in np.argsort(-times, kind="stable") if had_by[code] >= FEW and times[code]]
    if not told:
        return None
    kept = times[told].sum()
    shares = {names[code]: nice(times[code] / kept) for code in told}
    first = times[told[0]] / times.sum()
    deviation = 1.96 * math.sqrt(first * (1 - first) / max(effective(people), 1.0))
    interval = f"{names[told[0]]} {nice(max(first - deviation, 0), 3)} to {nice(min(first + deviation, 1), 3)}"
    folded = int((times > 0).sum()) - len(told)
    return Categories(shares, folded, float(1 - kept / times.sum()), interval, deviation)


def distance(said: dict[Any, float], seen: dict[Any, float]) -> float:
    """Total variation of two sets of weights, 0 to 1."""
    totals = [sum(each.values()) or 1.0 for each in (said, seen)]
    names = {*said, *seen}
    return sum(abs(said.get(name, 0) / totals[0] - seen.get(name, 0) / totals[1]) for name in names) / 2
