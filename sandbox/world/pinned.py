"""Values that pins write over what was made, and where a pinned reference leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sandbox.errors import InputError, Problem
from sandbox.scenario.parts import Table
from sandbox.scenario.plan import DatasetPlan
from sandbox.world.finish import joined, plain
from sandbox.world.rowsets import Whole


@dataclass(frozen=True, slots=True)
class PinnedHere:
    """The pinned values of one column among some consecutive rows; `rows` counts from the first of these."""

    rows: Whole
    values: pa.Array

    def over(self, values: pa.Array, who: Whole | None = None) -> pa.Array:
        """These values with the pinned ones in their rows; `who` is the row of each value, if not its own place."""
        owners = np.arange(len(values)) if who is None else who
        places = np.searchsorted(self.rows, owners)
        is_pinned = self.rows[np.minimum(places, len(self.rows) - 1)] == owners
        taken = np.where(is_pinned, len(values) + places, np.arange(len(values)))
        pieces = [values, self.values] if values.type == self.values.type else [plain(values), plain(self.values)]
        return joined(pieces, values.type).take(pa.array(taken))

    def leading(self, positions: Whole, table: Table, path: str, column: str) -> Whole:
        """Where the rows' references lead, with the pinned ones. Raises InputError where one leads nowhere."""
        found = table.find(self.values)
        lost = np.flatnonzero((found < 0) & np.asarray(self.values.is_valid()))
        if len(lost):
            said = f"the value pinned for '{column}' is no key of the dataset that it leads to."
            raise InputError(Problem(said, f"{path}.pin"))
        led = positions.copy()
        led[self.rows] = found
        return led


def pinned_within(plan: DatasetPlan, column: str, start: int, stop: int) -> PinnedHere | None:
    """What is pinned of a column in the rows [start, stop) of its dataset; None if nothing is."""
    if plan.pins is None or column not in plan.pins.columns:
        return None
    pinned = plan.pins.columns[column]
    first, last = np.searchsorted(pinned.rows, [start, stop])
    if first == last:
        return None
    return PinnedHere(np.array(pinned.rows[first:last], np.int64) - start, pinned.values[first:last])
