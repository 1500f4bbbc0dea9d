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

SHARE_UNITS = 16 * BLOCK_ROWS


class SimulatedSource:
    """Rows as the world makes them; a share is 16 blocks of rows, or of a history's entities."""

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
        starts = range(0, max(units, 1), SHARE_UNITS)
        ranges = [(start, min(start + SHARE_UNITS, units)) for start in starts]
        return [
            Share(index, f"{start}-{stop}", start, stop, self._world.rows_of(dataset, start, stop), f"{start}-{stop}")
            for index, (start, stop) in enumerate(ranges)
        ]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The share's rows, block by block."""
        return self._world.batches(self.contract.dataset, share.start, share.stop)

    def close(self) -> None:
        """Nothing is held open."""
