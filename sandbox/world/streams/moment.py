"""What expressions of a journey see: the customer, the item, the visit so far, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sandbox.contract.zones import to_local
from sandbox.scenario.plan import ClockPlan
from sandbox.world.arrays import Operand
from sandbox.world.draws import Floats
from sandbox.world.periods import DAY_US, HOUR_US
from sandbox.world.recipe import CHANGE, ITEM, PARENT, VISIT
from sandbox.world.rowsets import Whole

if TYPE_CHECKING:
    from sandbox.world.streams.story import Story


@dataclass(frozen=True, eq=False)
class Moment:
    """Visits under way as columns; arrays of shape (n,)."""

    story: Story
    rows: Whole
    """Rows of people."""
    times: Whole
    lasted_us: Whole
    items: NDArray[np.int32]
    appeals: Floats | None
    """None where no expression asks."""
    known: NDArray[np.bool_]
    seen: Mapping[int, NDArray[np.int16]]
    step: int

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: Whole) -> Moment:
        """Some of them, some perhaps more than once."""
        return replace(
            self,
            rows=self.rows[places],
            times=self.times[places],
            lasted_us=self.lasted_us[places],
            items=self.items[places],
            appeals=None if self.appeals is None else self.appeals[places],
            known=self.known[places],
            seen={state: counts[places] for state, counts in self.seen.items()},
        )

    def operand(self, name: str) -> Operand:
        """A column by its full name, such as `parent.plan`, `item.price`, `visit.step`, `at.hour`, `change.sale`."""
        prefix, _, rest = name.partition(".")
        prefix += "."
        if prefix == PARENT:
            return self.story.people.operand(rest).take(self.rows)
        if prefix == ITEM:
            return self._of_item(rest)
        if prefix == VISIT:
            return Operand(self._of_visit(rest))
        if prefix == CHANGE:
            return Operand(self.story.changes.strength(rest, self.rows, self.times))
        return Operand(time_column(rest, self.times, self.story.recipe.clock))

    def _of_item(self, name: str) -> Operand:
        catalogue = self.story.catalogue
        assert catalogue is not None
        values, missing = catalogue.operand(name).take(np.maximum(self.items, 0)), self.items < 0
        nulls = missing if values.nulls is None else values.nulls | missing
        return replace(values, nulls=nulls) if missing.any() else values

    def _of_visit(self, name: str) -> NDArray[np.generic]:
        if name == "step":
            return np.asarray(self.step, np.int64)
        if name == "seconds":
            return self.lasted_us / 1e6
        if name == "appeal":
            assert self.appeals is not None
            return self.appeals
        if name == "known":
            return self.known
        return self.seen[self.story.machine.names.index(name)].astype(np.int64)


def time_column(name: str, times_us: Whole, clock: ClockPlan) -> NDArray[np.generic]:
    """`at.hour` and `at.weekday` (1 is Monday) of the zone, or `at.day`, how many days after the clock's start."""
    if name == "day":
        return np.asarray((times_us - clock.start_us) / DAY_US)
    local = to_local(times_us, clock.zone)
    return local // HOUR_US % 24 if name == "hour" else (local // DAY_US + 3) % 7 + 1
