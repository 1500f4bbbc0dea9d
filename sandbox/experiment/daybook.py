"""What customers did day by day, written down as the loop goes: the rows of a panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.experiment.arriving import Happened
from sandbox.experiment.moments import Floats
from sandbox.experiment.pages import Pages, People, added_up
from sandbox.experiment.panel import Done, Numbers, Panel
from sandbox.experiment.planned import PER
from sandbox.experiment.tally import NEVER_US

COLUMNS = ("lists", "clicks", "goals", "value")
"""What is counted of each customer and day."""
_MEASURED = {"click_rate": 1, PER.format("click_rate"): 0, "conversion": 2, "goals": 2, "value": 3}
"""Which of these each column of a panel is, as `SHELF_METRICS` has them."""


@dataclass(eq=False)
class Daybook:
    """Sums by customer in memory, and by customer and day on the disk."""

    days_us: NDArray[np.int64]
    """Where each local day begins, and where the last ends, microseconds UTC; shape (days + 1,)."""
    customers: int
    totals: Floats = field(init=False)
    """Of all days so far, shape (columns, customers)."""
    _pages: Pages = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is written yet."""
        self.totals, self._pages = np.zeros((len(COLUMNS), self.customers)), Pages(len(COLUMNS))

    def see(self, people: People, times_us: NDArray[np.int64]) -> None:
        """Write down lists that were shown."""
        self._add(people, times_us, np.eye(1, len(COLUMNS)).repeat(len(people), axis=0))

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
        units = np.flatnonzero((first_us < NEVER_US) & (arm >= 0))
        number = np.full(self.customers, -1)
        number[units] = np.arange(len(units))
        return Panel(
            arms=arms,
            days=days,
            arm=arm[units],
            first=self._day(first_us[units]),
            diary=_Written(self._pages, number),
            segments={name: column.take(pa.array(units)) for name, column in segments.items()},
        )

    def _add(self, people: People, times_us: NDArray[np.int64], sums: Floats) -> None:
        days = self._day(times_us)
        for day in np.unique(days[(days >= 0) & (days < len(self.days_us) - 1)]).tolist():
            of_day = days == day
            whose, found = added_up([people[of_day]], [sums[of_day]], len(COLUMNS))
            self._pages.write(day, whose, found)
            self.totals[:, whose] += found.T

    def _day(self, times_us: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.searchsorted(self.days_us, times_us, side="right") - 1
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """A daybook as a panel reads it: by the numbers of its units."""

    pages: Pages
    number: Numbers
    """Of each customer's unit, -1 for who is none; shape (customers,)."""

    def of(self, day: int) -> Done:
        people, sums = self.pages.read(day)
        unit = self.number[people]
        kept = unit >= 0
        columns = [np.ascontiguousarray(column) for column in sums[kept].T]
        return Done(unit[kept], {name: columns[place] for name, place in _MEASURED.items()})
