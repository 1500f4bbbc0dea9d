"""Leaving together: at fixed times, or as soon as a batch is full, whichever comes first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandbox.delivery.transit import by_group
from sandbox.world.rowsets import Whole


def leaving(times_us: Whole, every_us: int, start_us: int) -> Whole:
    """When the batch leaves in which each event is: so many microseconds apart, counted from the clock's start."""
    return start_us - (start_us - times_us) // every_us * every_us


def filled(
    times_us: Whole, leaves_us: Whole, partitions: NDArray[np.integer], batch: int, until_us: int
) -> tuple[Whole, NDArray[np.bool_]]:
    """When each event leaves where a full batch of a partition need not wait, and which cannot be told yet.

    Args:
        times_us: when events come, rising; all that come before `until_us` to whom it matters.
        leaves_us: when each leaves at the latest.
        batch: so many make a batch full.
    Returns:
        When each leaves; and of which that is open, since others may come that fill their batch.
    """
    is_late = leaves_us >= until_us
    order, begins, sizes = _batches(leaves_us, partitions)
    fuller = np.flatnonzero(sizes >= batch)
    if not len(fuller):
        return leaves_us, is_late
    # Only of those that fill a batch: where each row stands among them, and which row is the last of its batch.
    lengths = sizes[fuller]
    places = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    lasts = places // batch * batch + (batch - 1)
    is_full = np.flatnonzero(lasts < np.repeat(lengths, lengths))
    firsts = np.repeat(begins[fuller], lengths)[is_full]
    rows, fill = order[firsts + places[is_full]], order[firsts + lasts[is_full]]
    ready = leaves_us.copy()
    ready[rows], is_late[rows] = times_us[fill], False
    return ready, is_late


def _batches(leaves_us: Whole, partitions: NDArray[np.integer]) -> tuple[NDArray[np.intp], Whole, Whole]:
    """Rows by partition and departure; where those that leave together begin there, and how many they are."""
    order, edges = by_group(partitions)
    leaves = leaves_us.take(order)
    fresh = np.empty(len(leaves), np.bool_)
    np.not_equal(leaves[1:], leaves[:-1], out=fresh[1:])
    fresh[edges[:-1]] = True
    begins = np.flatnonzero(fresh)
    return order, begins, np.diff(begins, append=len(leaves))
