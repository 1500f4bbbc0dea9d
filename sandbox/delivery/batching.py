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
    rows = len(times_us)
    order, edges = by_group(partitions)
    leaves = leaves_us[order]
    fresh = np.zeros(rows, np.bool_)
    fresh[edges[:-1]] = True
    fresh[1:] |= leaves[1:] != leaves[:-1]
    begins = np.flatnonzero(fresh)
    sizes = np.diff(np.append(begins, rows))
    places = np.arange(rows) - np.repeat(begins, sizes)
    lasts = places // batch * batch + (batch - 1)
    is_full = lasts < np.repeat(sizes, sizes)
    fills = np.minimum(np.repeat(begins, sizes) + lasts, max(rows - 1, 0))
    ready = np.where(is_full, times_us[order][fills], leaves)
    is_open = ~is_full & (leaves >= until_us)
    found, unsettled = np.empty(rows, np.int64), np.empty(rows, np.bool_)
    found[order], unsettled[order] = ready, is_open
    return found, unsettled
