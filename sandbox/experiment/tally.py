"""What would have been, customer by customer: sums since they first saw a list, over several draws of chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEVER_US = 2**62
"""When somebody first saw a list who never has."""


@dataclass(eq=False)
class Tally:
    """Sums by customer; all of shape (customers,)."""

    lists: NDArray[np.float64]
    """Summed over draws, where there are several, like what follows."""
    clicks: NDArray[np.float64]
    goals: NDArray[np.float64]
    values: NDArray[np.float64]
    converted: NDArray[np.uint32]
    """Whether there was a goal at all, a bit for each draw."""

    @classmethod
    def none(cls, customers: int) -> Tally:
        """Nobody has seen anything."""
        sums = {name: np.zeros(customers) for name in ("lists", "clicks", "goals", "values")}
        return cls(converted=np.zeros(customers, np.uint32), **sums)

    def add(self, other: Tally) -> None:
        """Add what somebody else counted."""
        for mine, theirs in zip(self._sums, other._sums, strict=True):
            mine += theirs
        self.converted |= other.converted

    @property
    def _sums(self) -> tuple[NDArray[np.float64], ...]:
        return self.lists, self.clicks, self.goals, self.values

    def see(self, people: NDArray[np.int32]) -> None:
        """Lists that were shown."""
        self.lists += np.bincount(people, minlength=len(self.lists))

    def act(
        self,
        people: NDArray[np.int32],
        times_us: NDArray[np.int64],
        clicks: NDArray[np.bool_],
        goals: NDArray[np.bool_],
        values: NDArray[np.float64],
        first_us: NDArray[np.int64],
        draw: int = 0,
    ) -> None:
        """Events; what came before somebody's first list, or is nobody's, does not count."""
        counts = (people >= 0) & (clicks | goals)
        counts[counts] = times_us[counts] >= first_us[people[counts]]
        who, size = people[counts], len(self.lists)
        for sums, what in ((self.clicks, clicks), (self.goals, goals), (self.values, values)):
            sums += np.bincount(who, weights=what[counts].astype(np.float64), minlength=size)
        self.converted[people[counts & goals]] |= np.uint32(1 << draw)

    def figures(self, who: NDArray[np.bool_], draws: int = 1) -> dict[str, float]:
        """The metrics of some customers, sums of several draws as their means; nan where there is nobody."""
        count = float(who.sum()) * draws
        lists, clicks, goals, values = (
            float(each[who].sum()) for each in (self.lists, self.clicks, self.goals, self.values)
        )
        converted = float(np.bitwise_count(self.converted[who]).sum())
        pairs = {
            "click_rate": (clicks, lists),
            "conversion": (converted, count),
            "goals": (goals, count),
            "value": (values, count),
        }
        return {name: over / under if under else float("nan") for name, (over, under) in pairs.items()}
