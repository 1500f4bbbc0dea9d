"""What became of each event, one row a sending: when it arrived and where, or which stage lost it, or neither yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sandbox.delivery.bringing import Brought
from sandbox.delivery.cargo import Cargo
from sandbox.delivery.chain import Chain
from sandbox.delivery.transit import Transit
from sandbox.scenario.language.delivery import FAULTS
from sandbox.world.recipe import INSTANT

FATES = pa.schema(
    {
        "event_id": pa.uint64(),
        "attempt": pa.int32(),
        "happened_at": INSTANT,
        "arrived_at": INSTANT,
        "partition": pa.int32(),
        "offset": pa.int64(),
        "fault": pa.string(),
        "lost_at": pa.string(),
    }
)
"""`attempt` 1 is the first sending; `arrived_at`, `partition` and `offset` are null of what has not arrived, `fault` of
what is whole, `lost_at` (a stage) of what is not lost."""


def fates(chain: Chain, came: Sequence[Brought]) -> pa.RecordBatch:
    """Of the events that arrived, in their order, and then of those that were lost, stage by stage."""
    pieces = [_arrived(chain, each) for each in came if each.cargo is not None]
    for place, stage in enumerate(chain.stages):
        told = [_lost(chain, each, place, stage.plan.name) for each in came if each.cargo is not None]
        order = Transit.together([each.arrivals.lost[place] for each in came]).order()
        pieces.append(_joined(told).take(pa.array(order)))
    return _joined(pieces)


def _arrived(chain: Chain, came: Brought) -> pa.RecordBatch:
    arrivals = came.arrivals
    told = {
        "arrived_at": pa.array(arrivals.events.times).cast(INSTANT),
        "partition": pa.array(arrivals.partitions.astype(np.int32)),
        "offset": pa.array(arrivals.offsets),
    }
    assert came.cargo is not None
    return _rows(chain, came.cargo, arrivals.events, told)


def _lost(chain: Chain, came: Brought, place: int, name: str) -> pa.RecordBatch:
    lost = came.arrivals.lost[place]
    assert came.cargo is not None
    return _rows(chain, came.cargo, lost, {"lost_at": pa.repeat(pa.scalar(name), len(lost))})


def _joined(pieces: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    some = pa.Table.from_batches(pieces, schema=FATES).combine_chunks().to_batches()
    return some[0] if some else pa.RecordBatch.from_pylist([], schema=FATES)


def open_fates(chain: Chain, cargo: Cargo, pending: Transit) -> pa.RecordBatch:
    """Of the events that are still under way."""
    return _rows(chain, cargo, pending.in_order(), {})


def _rows(chain: Chain, cargo: Cargo, events: Transit, told: dict[str, pa.Array]) -> pa.RecordBatch:
    places = cargo.places(events.numbers)
    names = pa.array([None, *FAULTS], pa.string())
    columns = told | {
        "event_id": pa.array(cargo.event_ids[places]),
        "attempt": pa.array(chain.attempts_of(events)),
        "happened_at": pa.array(cargo.happened_us[places]).cast(INSTANT),
        "fault": names.take(pa.array(events.faults)),
    }
    arrays = [columns.get(field.name, pa.nulls(len(events), field.type)) for field in FATES]
    return pa.RecordBatch.from_arrays(arrays, schema=FATES)
