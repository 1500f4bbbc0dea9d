"""Rows of a span of time: the timed ones that lie in it, and of a history the versions that hold in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Contract
from sandbox.scenario.span import Span

if TYPE_CHECKING:
    from sandbox.world.recipe import Recipe


def within(
    batches: Iterable[pa.RecordBatch], contract: Contract, span: Span, recipe: Recipe
) -> Iterator[pa.RecordBatch]:
    """What of some batches lies in a span; batches of nothing are left out.

    Of a history, a version that ends at the span's end or later is given as one that goes on: nobody knew better then.
    """
    for batch in batches:
        inside = _of_span(batch, contract, span, recipe)
        if inside.num_rows:
            yield inside


def _of_span(batch: pa.RecordBatch, contract: Contract, span: Span, recipe: Recipe) -> pa.RecordBatch:
    since, until = span.since_us, span.until_us
    if contract.time is not None:
        times = _instants(batch.column(contract.time), recipe)
        return batch.filter(pc.and_(pc.greater_equal(times, since), pc.less(times, until)))
    if contract.valid_from is None or contract.valid_to is None:
        return batch
    begins, ends = (_instants(batch.column(name), recipe) for name in (contract.valid_from, contract.valid_to))
    goes_on = pc.fill_null(pc.greater_equal(ends, until), True)
    kept = pc.and_(pc.less(begins, until), pc.or_(goes_on, pc.fill_null(pc.greater(ends, since), True)))
    at = batch.schema.get_field_index(contract.valid_to)
    known = pc.if_else(goes_on, pa.scalar(None, batch.schema.field(at).type), batch.column(at))
    return batch.set_column(at, batch.schema.field(at), known).filter(kept)


def _instants(times: pa.Array, recipe: Recipe) -> pa.Array:
    """Microseconds UTC as the world reads them, local times by the scenario's zone; null where there is none."""
    from sandbox.world.views import moments

    return pa.array(moments(times, recipe), mask=np.asarray(times.is_null()))
