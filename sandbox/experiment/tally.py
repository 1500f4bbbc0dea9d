"""What would have been, customer by customer and day by day: since they first saw a list, over draws of chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.experiment.moments import Floats

NEVER_US = 2**62
"""When somebody first saw a list who never has."""
_LISTS, _CLICKS, _GOALS, _VALUES, _CONVERTED = range(5)


@dataclass(eq=False)
class Tally:
    """Sums of one arm."""

    sums: Floats
    """Lists, clicks, goals and values by customer, shape (4, customers); over all draws, where there are several."""
    converted: NDArray[np.uint32]
    """Whether there was a goal at all, a bit for each draw; shape (customers,)."""
    daily: Floats
    """The same sums by day, and how many had their first goal then; shape (5, days)."""

    @classmethod
    def none(cls, customers: int, days: int) -> Tally:
        """Nobody has seen anything."""
        return cls(np.zeros((4, customers)), np.zeros(customers, np.uint32), np.zeros((5, days)))

    def add(self, other: Tally) -> None:
        """Add what somebody else counted of the days that follow, or of another draw."""
        self.sums += other.sums
        self.converted |= other.converted
        self.daily += other.daily

    def see(self, people: NDArray[np.int32], days: NDArray[np.int64]) -> None:
        """Lists that were shown."""
        self.sums[_LISTS] += np.bincount(people, minlength=self.sums.shape[1])
        self.daily[_LISTS] += np.bincount(days, minlength=self.daily.shape[1])

    def act(
        self,
        people: NDArray[np.int32],
        days: NDArray[np.int64],
        clicks: NDArray[np.bool_],
        goals: NDArray[np.bool_],
        values: Floats,
        before: NDArray[np.uint32],
        draw: int = 0,
    ) -> None:
        """Events of one draw, all of them clicks or goals that count, at most once for a tally.

        Args:
            people, days, clicks, goals, values: of shape (n,).
            before: who had a goal before, as `converted` tells it of all draws.
        """
        weights = (clicks.astype(np.float64), goals.astype(np.float64), values)
        for place, what in zip((_CLICKS, _GOALS, _VALUES), weights, strict=True):
            self.sums[place] += np.bincount(people, weights=what, minlength=self.sums.shape[1])
            self.daily[place] += np.bincount(days, weights=what, minlength=self.daily.shape[1])
        bit = np.uint32(1 << draw)
        fresh = np.flatnonzero(goals & ((before[people] & bit) == 0))
        order = fresh[np.lexsort((days[fresh], people[fresh]))]
        first = order[np.diff(people[order], prepend=-1) != 0]
        self.converted[people[first]] |= bit
        self.daily[_CONVERTED] += np.bincount(days[first], minlength=self.daily.shape[1])

    def figures(self, who: NDArray[np.bool_], draws: int = 1) -> dict[str, float]:
        """The metrics of some customers, sums of several draws as their means; nan where there is nobody."""
        converted = float(np.bitwise_count(self.converted[who]).sum())
        sums = [*(float(each[who].sum()) for each in self.sums), converted]
        return {name: float(value) for name, value in _metrics(sums, float(who.sum()) * draws).items()}

    def click_rates(self) -> Floats:
        """Clicks by lists, on each day by itself; nan on one without lists."""
        with np.errstate(divide="ignore", invalid="ignore"):
            rates: Floats = self.daily[_CLICKS] / self.daily[_LISTS]
        return rates

    def path(self, joined: NDArray[np.int64], draws: int = 1) -> dict[str, Floats]:
        """The metrics at the end of each day, of all who had taken part by then.

        Args:
            joined: how many first took part on each day, shape (days,).
            draws: how many were summed.
        """
        return _metrics(list(self.daily.cumsum(axis=1)), joined.cumsum() * float(draws))


def _metrics(sums: list[float] | list[Floats], count: float | Floats) -> dict[str, Floats]:
    lists, clicks, goals, values, converted = sums
    pairs = {
        "click_rate": (clicks, lists),
        "conversion": (converted, count),
        "goals": (goals, count),
        "value": (values, count),
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            name: np.where(np.asarray(under) > 0, np.divide(over, under), np.nan)
            for name, (over, under) in pairs.items()
        }
