"""A dataset's rows without landing them: to look at, or to hand to a caller in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import split_envelope, with_envelope
from sandbox.scenario.forms import CHANGED_AT, SEQUENCE, contract_of
from sandbox.scenario.parts import Source
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import first_shares, open_source

if TYPE_CHECKING:
    from sandbox.world.world import World


def accepted_batches(
    plan: Plan, dataset: str, world: World | None = None, first: int | None = None, *, envelope: bool = False
) -> Iterator[pa.RecordBatch]:
    """Rows that keep the rules which a row decides by itself, in the contract's columns and types, batch by batch.

    Keys are rules of all rows together: only a landing judges them.

    Args:
        plan: where the rows come from.
        dataset: whose rows.
        world: of this plan, if the caller has one already.
        first: only so many rows are wanted; no more are made than they take.
        envelope: with the column that says when each row arrived, as the last.
    Raises:
        InputError: the source does not fit its contract.
        OutsideError: it cannot be read.
    """
    yield from accepted_rows(open_source(plan, dataset, world), first, envelope=envelope)


def accepted_table(plan: Plan, dataset: str, world: World | None = None, first: int | None = None) -> pa.Table:
    """The same rows as one table, in the form in which the plan has its histories. Raises, as `accepted_batches`."""
    return pa.Table.from_batches(accepted_batches(plan, dataset, world, first), contract_of(plan, dataset).schema)


def changes_in_order(plan: Plan, dataset: str, world: World | None = None) -> pa.Table:
    """The changes of a history by their time, those of a key one after the other; the plan has histories as changes."""
    order = (CHANGED_AT, SEQUENCE, *plan.datasets[dataset].contract.primary_key)
    return accepted_table(plan, dataset, world).sort_by([(name, "ascending") for name in order])


def accepted_rows(source: Source, first: int | None = None, *, envelope: bool = False) -> Iterator[pa.RecordBatch]:
    """The rows of a source as `accepted_batches` gives them; it is closed at the end."""
    check = RowCheck(source.contract, source.proven)
    schema = source.contract.schema
    try:
        for share in source.shares() if first is None else first_shares(source, first):
            for batch in source.batches(share):
                checked = batch if isinstance(batch, Checked) else check(batch)
                data, told = split_envelope(checked.accepted)
                rows = data.cast(schema)
                if envelope and told is not None:
                    rows = with_envelope(rows, told)
                if first is not None:
                    rows = rows.slice(0, first)
                    first -= len(rows)
                if rows.num_rows:
                    yield rows
                if first == 0:
                    return
    finally:
        source.close()
