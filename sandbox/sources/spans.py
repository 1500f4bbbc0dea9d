"""Rows of a span of time: the timed ones that lie in it, and of a history the versions that hold in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Contract
from sandbox.scenario.span import Span

_INSTANT = pa.timestamp("us", "UTC")


def within(batches: Iterable[pa.RecordBatch], contract: Contract, span: Span) -> Iterator[pa.RecordBatch]:
    """What of some batches lies in a span; batches of nothing are left out.

    Of a history, a version that ends at the span's end or later is given as one that goes on: nobody knew better then.
    """
    for batch in batches:
        inside = _of_span(batch, contract, span)
        if inside.num_rows:
            yield inside


def _of_span(batch: pa.RecordBatch, contract: Contract, span: Span) -> pa.RecordBatch:
    since, until = (pa.scalar(end, _INSTANT) for end in (span.since_us, span.until_us))
    if contract.time is not None:
        times = _instants(batch.column(contract.time))
        return batch.filter(pc.and_(pc.greater_equal(times, since), pc.less(times, until)))
    if contract.valid_from is None or contract.valid_to is None:
        return batch
    begins, ends = (_instants(batch.column(name)) for name in (contract.valid_from, contract.valid_to))
    goes_on = pc.fill_null(pc.greater_equal(ends, until), True)
    kept = pc.and_(pc.less(begins, until), pc.or_(goes_on, pc.fill_null(pc.greater(ends, since), True)))
    at = batch.schema.get_field_index(contract.valid_to)
    known = pc.if_else(goes_on, pa.scalar(None, batch.schema.field(at).type), batch.column(at))
    return batch.set_column(at, batch.schema.field(at), known).filter(kept)


def _instants(times: pa.Array) -> pa.Array:
    return times if times.type == _INSTANT else times.cast(_INSTANT)
