"""What expressions of a journey see: the customer, the item, the visit so far, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.contract.zones import to_local
from sandbox.world.draws import Floats
from sandbox.world.finish import with_nulls
from sandbox.world.periods import DAY_US, HOUR_US
from sandbox.world.recipe import AT, ITEM, PARENT, VISIT
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
    appeals: Floats
    known: NDArray[np.bool_]
    seen: Mapping[int, NDArray[np.int16]]
    step: int

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: Whole) -> Moment:
        """Some of them."""
        return Moment(
            self.story,
            self.rows[places],
            self.times[places],
            self.lasted_us[places],
            self.items[places],
            self.appeals[places],
            self.known[places],
            {state: counts[places] for state, counts in self.seen.items()},
            self.step,
        )

    def column(self, name: str) -> pa.Array:
        """A column by its full name, such as `parent.plan`, `item.price`, `visit.step`, `at.hour`."""
        prefix, _, rest = name.partition(".")
        prefix += "."
        if prefix == PARENT:
            return self.story.people.column(rest).take(pa.array(self.rows))
        if prefix == ITEM:
            catalogue = self.story.catalogue
            assert catalogue is not None
            values = catalogue.column(rest).take(pa.array(np.maximum(self.items, 0)))
            missing = self.items < 0
            return with_nulls(values, missing) if missing.any() else values
        return self._of_visit(rest) if prefix == VISIT else self._of_time(rest)

    def _of_visit(self, name: str) -> pa.Array:
        if name == "step":
            return pa.array(np.full(len(self), self.step, np.int64))
        if name == "seconds":
            return pa.array(self.lasted_us / 1e6)
        if name == "appeal":
            return pa.array(self.appeals)
        if name == "known":
            return pa.array(self.known)
        return pa.array(self.seen[self.story.machine.names.index(name)].astype(np.int64))

    def _of_time(self, name: str) -> pa.Array:
        local = to_local(self.times, self.story.recipe.clock.zone)
        if name == "hour":
            return pa.array(local // HOUR_US % 24)
        if name == "weekday":
            return pa.array((local // DAY_US + 3) % 7 + 1)
        return pa.array((self.times - self.story.recipe.clock.start_us) / DAY_US)


def moment_types(states: Mapping[str, object]) -> dict[str, pa.DataType]:
    """The columns that do not hang on other datasets, with their types; `at.weekday` counts from 1, Monday."""
    visit = {"step": pa.int64(), "seconds": pa.float64(), "appeal": pa.float64(), "known": pa.bool_()}
    time = {"hour": pa.int64(), "weekday": pa.int64(), "day": pa.float64()}
    return {
        **{f"{VISIT}{name}": made for name, made in visit.items()},
        **{f"{VISIT}{state}": pa.int64() for state in states},
        **{f"{AT}{name}": made for name, made in time.items()},
    }
