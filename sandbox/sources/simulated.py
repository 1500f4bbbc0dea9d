"""A dataset of the world as a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.contract.model import Contract
from sandbox.scenario.parts import Share

if TYPE_CHECKING:
    from sandbox.world.world import World

MOST_BLOCKS, FEWEST_BLOCKS, PARTS_OF_SMALL = 16, 4, 4
"""Blocks of a share: 16, fewer of a table that would else leave workers idle. The table's size alone decides it."""


class SimulatedSource:
    """Rows as the world makes them; a share is up to 16 blocks of rows, or of a history's entities."""

    def __init__(self, world: World, contract: Contract, proven: frozenset[str]) -> None:
        self.contract = contract
        self.proven = proven
        own = contract.time or contract.valid_from
        self.arrival = f"its own {own}" if own else "the clock's start"
        self._world = world

    def shares(self) -> Sequence[Share]:
        """Ranges of units, the last one shorter; one empty share of an empty dataset."""
        dataset = self.contract.dataset
        units = self._world.units(dataset)
        size = share_units(units)
        ranges = [(start, min(start + size, units)) for start in range(0, max(units, 1), size)]
        return [
            Share(index, f"{start}-{stop}", start, stop, self._world.rows_of(dataset, start, stop), f"{start}-{stop}")
            for index, (start, stop) in enumerate(ranges)
        ]

    def first_share(self, rows: int) -> Share:
        """The share of the first rows, at least so many if there are; nothing is counted for it, so it is quick."""
        known = self._world.recipe(self.contract.dataset).plan.rows
        stop = rows if known < 0 else min(rows, known)
        return Share(0, f"0-{stop}", 0, stop, -1, f"0-{stop}")

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The share's rows, block by block."""
        return self._world.batches(self.contract.dataset, share.start, share.stop)

    def close(self) -> None:
        """Nothing is held open."""


def share_units(units: int) -> int:
    """How many units a share of a dataset with so many units has."""
    blocks = -(-units // BLOCK_ROWS)
    return BLOCK_ROWS * min(MOST_BLOCKS, max(FEWEST_BLOCKS, -(-blocks // PARTS_OF_SMALL)))
