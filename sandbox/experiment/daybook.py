"""What customers did day by day, written down as the loop goes: the rows of a panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.experiment.arriving import Happened
from sandbox.experiment.moments import Floats
from sandbox.experiment.panel import Panel
from sandbox.experiment.planned import PER
from sandbox.experiment.tally import NEVER_US

COLUMNS = ("lists", "clicks", "goals", "value")
"""What is counted of each customer and day."""
_MEASURED = {"click_rate": 1, PER.format("click_rate"): 0, "conversion": 2, "goals": 2, "value": 3}
"""Which of these each column of a panel is, as `SHELF_METRICS` has them."""


@dataclass(eq=False)
class Daybook:
    """Sums by customer and day."""

    days_us: NDArray[np.int64]
    """Where each local day begins, and where the last ends, microseconds UTC; shape (days + 1,)."""
    customers: int
    _keys: list[NDArray[np.int64]] = field(default_factory=list)
    _sums: list[Floats] = field(default_factory=list)

    def see(self, people: NDArray[np.int32], times_us: NDArray[np.int64]) -> None:
        """Write down lists that were shown."""
        self._add(people, times_us, np.eye(1, len(COLUMNS)).repeat(len(people), axis=0))

    def totals(self) -> Floats:
        """Sums by customer of all days; shape (customers, columns)."""
        self._tidy()
        person = self._keys[0] % self.customers
        columns = self._sums[0].T
        return np.column_stack([np.bincount(person, weights=each, minlength=self.customers) for each in columns])

    def act(self, happened: Happened, first_us: NDArray[np.int64]) -> None:
        """Write down clicks and goals; what came before somebody's first list, or is nobody's, does not count."""
        counts = (happened.people >= 0) & (happened.clicks | happened.goals)
        counts[counts] = happened.times_us[counts] >= first_us[happened.people[counts]]
        what = (np.zeros(int(counts.sum())), happened.clicks[counts], happened.goals[counts], happened.values[counts])
        self._add(happened.people[counts], happened.times_us[counts], np.column_stack(what).astype(np.float64))

    def panel(
        self,
        arms: tuple[str, ...],
        arm: NDArray[np.int16],
        first_us: NDArray[np.int64],
        segments: Mapping[str, pa.Array],
        days: int | None = None,
    ) -> Panel:
        """All of it, of the customers who have seen a list.

        Args:
            arms: names, by code.
            arm: the code of each customer's arm, shape (customers,).
            first_us: when each first saw a list.
            segments: what tells customers apart, each of shape (customers,).
            days: how many count; all by default.
        """
        days = len(self.days_us) - 1 if days is None else days
        first_us = np.where(first_us < self.days_us[days], first_us, NEVER_US)
        self._tidy()
        units = np.flatnonzero((first_us < NEVER_US) & (arm >= 0))
        number = np.full(self.customers, -1)
        number[units] = np.arange(len(units))
        whole = int(np.searchsorted(self._keys[0], days * self.customers))
        keys, sums = self._keys[0][:whole], self._sums[0][:whole]
        day, person = keys // self.customers, keys % self.customers
        kept = number[person] >= 0
        return Panel(
            arms=arms,
            days=days,
            arm=arm[units],
            first=self._day(first_us[units]),
            unit=number[person[kept]],
            day=day[kept],
            columns=_measured(sums[kept]),
            segments={name: column.take(pa.array(units)) for name, column in segments.items()},
        )

    def _add(self, people: NDArray[np.int32], times_us: NDArray[np.int64], sums: Floats) -> None:
        day = self._day(times_us)
        inside = (day >= 0) & (day < len(self.days_us) - 1)
        keys, found = _added_up([day[inside] * self.customers + people[inside]], [sums[inside]])
        self._keys.append(keys)
        self._sums.append(found)

    def _tidy(self) -> None:
        """Put all that was written into one piece."""
        keys, sums = _added_up(self._keys, self._sums)
        self._keys, self._sums = [keys], [sums]

    def _day(self, times_us: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.searchsorted(self.days_us, times_us, side="right") - 1
        return found


def _measured(sums: Floats) -> dict[str, Floats]:
    columns = [np.ascontiguousarray(column) for column in sums.T]
    return {name: columns[place] for name, place in _MEASURED.items()}


def _added_up(keys: list[NDArray[np.int64]], sums: list[Floats]) -> tuple[NDArray[np.int64], Floats]:
    """Each key once, rising, with the sum of all that was written under it."""
    if not keys:
        return np.zeros(0, np.int64), np.zeros((0, len(COLUMNS)))
    whole = np.concatenate(sums)
    found, where = np.unique(np.concatenate(keys), return_inverse=True)
    columns = [np.bincount(where, weights=whole[:, column], minlength=len(found)) for column in range(len(COLUMNS))]
    return found, np.column_stack(columns)
