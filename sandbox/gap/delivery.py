"""The gap of delivery: how late rows arrive, how far out of order, how often again, and with what pauses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.gap.columns import ColumnGap
from sandbox.gap.derived import Derived, derived_gaps, repeated
from sandbox.gap.sharing import shared
from sandbox.gap.side import Side
from sandbox.gap.sides import Sides
from sandbox.sources.reading import ALWAYS_THERE

_SECOND_US = 1_000_000


def delivery_gaps(sides: Sides, seed: int) -> tuple[list[ColumnGap], list[str]]:
    """Measure how rows arrive, and say what could not be measured; nothing for a dataset that knows no time.

    Args:
        sides: dummy and real.
        seed: of the halves.
    """
    time = sides.contract.time
    if time is None:
        return [], []
    if not _is_told(sides.real, time):
        return [], ["delivery: nothing in the real source says when a row arrived (`arrived_at` of the target)"]
    dummy, real = shared(lambda side: list(_derived(side, _arrivals(side, time))), (sides.dummy, sides.real))
    return derived_gaps(dummy, real, seed), []


@dataclass(frozen=True, eq=False)
class _Arrivals:
    """Rows in the order of arrival: their numbers, when they happened and when they arrived."""

    rows: npt.NDArray[np.int64]
    happened_us: npt.NDArray[np.int64]
    arrived_us: npt.NDArray[np.int64]


def seconds_late(side: Side, time: str) -> npt.NDArray[np.float64] | None:
    """How long after it happened each row arrived, no number where that is not known; None where nothing tells it."""
    if not _is_told(side, time):
        return None
    happened = _happened(side, time)
    known = (happened != ALWAYS_THERE) & (side.arrived_us != ALWAYS_THERE)
    return np.where(known, (side.arrived_us - happened) / _SECOND_US, np.nan)


def _is_told(side: Side, time: str) -> bool:
    """Whether the source knows of arrivals: else each row is taken to have arrived as it happened."""
    happened = _happened(side, time)
    return bool(len(side.arrived_us) and ((happened != side.arrived_us) & (happened != ALWAYS_THERE)).any())


def _arrivals(side: Side, time: str) -> _Arrivals:
    happened = _happened(side, time)
    rows = np.flatnonzero((happened != ALWAYS_THERE) & (side.arrived_us != ALWAYS_THERE))
    rows = rows[np.argsort(side.arrived_us[rows], kind="stable")]
    return _Arrivals(rows, happened[rows], side.arrived_us[rows])


def _happened(side: Side, time: str) -> npt.NDArray[np.int64]:
    moments = side.table.column(time).combine_chunks().cast(pa.timestamp("us", "UTC"), safe=False)
    return np.asarray(moments.cast(pa.int64()).fill_null(ALWAYS_THERE))


def _derived(side: Side, found: _Arrivals) -> Iterator[Derived]:
    entities = side.entities[found.rows]
    late = (found.arrived_us - found.happened_us) / _SECOND_US
    yield Derived("seconds late", pa.array(late), entities)
    newest = np.maximum.accumulate(found.happened_us)
    yield Derived("seconds behind the newest", pa.array((newest - found.happened_us) / _SECOND_US), entities)
    yield Derived("arrived before", repeated(side.event_id[found.rows]), entities)
    pauses = np.diff(found.arrived_us)
    apart = pauses > 0
    yield Derived("seconds to the next arrival", pa.array(pauses[apart] / _SECOND_US), entities[1:][apart])
