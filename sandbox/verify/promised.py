"""What the dummy promises beside the contract: a sample of its rows, and how many there are on each day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from sandbox.scenario.plan import Plan
from sandbox.sources.opening import open_source
from sandbox.verify.noticed import Noticed
from sandbox.world.glance import root_of, with_fewer

_PILOT = 300
_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Promised:
    """A sample of the dummy: its rows as `Noticed.table` has them, of so large a share of its entities."""

    table: pa.Table
    share: float


def promised(plan: Plan, dataset: str) -> Promised:
    """The rows of as many of the dummy's entities as make some twenty thousand; quick at any scale."""
    dummy = replace(plan, bindings={}, target=None)
    root = root_of(dummy, dataset)
    whole = dummy.datasets[root].rows
    if whole <= _PILOT:
        return Promised(_table(dummy, dataset), 1.0)
    pilot = _rows(with_fewer(dummy, _PILOT, {root: True}), dataset)
    wanted = min(whole, max(_PILOT, int(_PILOT * _ROWS / max(pilot, 1))))
    return Promised(_table(with_fewer(dummy, wanted, {root: True}), dataset), wanted / whole)


def _table(plan: Plan, dataset: str) -> pa.Table:
    noticed = Noticed()
    for batch in _batches(plan, dataset):
        noticed.add(batch)
    return noticed.table()


def _rows(plan: Plan, dataset: str) -> int:
    return sum(batch.num_rows for batch in _batches(plan, dataset))


def _batches(plan: Plan, dataset: str) -> Iterator[pa.RecordBatch]:
    source = open_source(plan, dataset)
    try:
        for share in source.shares():
            for batch in source.batches(share):
                if isinstance(batch, pa.RecordBatch):
                    yield batch
    finally:
        source.close()
