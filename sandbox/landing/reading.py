"""A dataset's rows without landing them: to look at, or to hand to a caller in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import split_envelope
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import open_source

if TYPE_CHECKING:
    from sandbox.world.world import World


def accepted_batches(plan: Plan, dataset: str, world: World | None = None) -> Iterator[pa.RecordBatch]:
    """Rows that keep the rules which a row decides by itself, in the contract's columns and types, batch by batch.

    Keys are rules of all rows together: only a landing judges them.

    Raises:
        InputError: the source does not fit its contract.
        OutsideError: it cannot be read.
    """
    source = open_source(plan, dataset, world)
    check = RowCheck(source.contract, source.proven)
    schema = source.contract.schema
    try:
        for share in source.shares():
            for batch in source.batches(share):
                checked = batch if isinstance(batch, Checked) else check(batch)
                if checked.accepted.num_rows:
                    yield split_envelope(checked.accepted)[0].cast(schema)
    finally:
        source.close()
