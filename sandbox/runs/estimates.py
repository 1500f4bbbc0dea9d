"""How much a scenario would make: rows and bytes of each simulated dataset, estimated from a few of its entities."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sandbox.errors import InputError
from sandbox.scenario.plan import Plan
from sandbox.sinks.parquet import ParquetFile
from sandbox.world.glance import root_of, standing_still, with_fewer
from sandbox.world.world import World

FEW = 500
"""Entities that the estimate looks at; of twice as many it would be off by a third less."""
_MEASURED_ROWS = 4_000
_MOST_AT_ONCE = 200_000
"""Events a day of the few entities, above which none are made to be measured."""
_BYTES_A_VALUE = 8
_MARGIN = 10
"""How many times more there may be of what entities do who change meanwhile; few scenarios reach 2."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a dataset would come to; `is_exact` says that its rows are no estimate. Bytes are those of Parquet."""

    rows: int
    size_bytes: int
    is_exact: bool


def estimates(plan: Plan, *, most_unmeasured: int = 0) -> dict[str, Estimate]:
    """Estimate every simulated dataset that leaves the world.

    Args:
        plan: of the scenario.
        most_unmeasured: up to so many rows of a dataset nothing is made to measure their size; its bytes are then those
            of its plain values.
    Raises:
        InputError: a rate or a parameter of the first entities is out of bounds.
    """
    few = with_fewer(plan, FEW)
    world = World(few)
    found = {}
    for name, spec in plan.scenario.datasets.items():
        if spec.hidden or name in plan.bindings:
            continue
        dataset, root = plan.datasets[name], root_of(plan, name)
        share = plan.datasets[root].rows / max(few.datasets[root].rows, 1)
        is_plain = dataset.parent is None and spec.history is False
        is_exact = is_plain or (share == 1 and not _is_by_time(world, name))
        rows = dataset.rows if is_plain else round(share * _rows(world, name))
        fixed, a_row = 0.0, float(_BYTES_A_VALUE * len(dataset.contract.names))
        if rows > most_unmeasured and _is_small(world, name):
            fixed, a_row = _bytes(world, name)
        found[name] = Estimate(rows, round(fixed + rows * a_row), is_exact)
    return found


def is_little(plan: Plan, most_rows: int, most_unmeasured: int) -> bool:
    """Whether a plan surely makes no more than so many rows in all, and so many of each dataset, told in a moment.

    Entities that listen to events are taken to stay as they are at first; so what is said to be little is a tenth of
    that. False where the plan may be larger, where only `estimates` tells.
    """
    try:
        found = estimates(standing_still(plan), most_unmeasured=most_unmeasured)
    except InputError:
        return False
    rows = [_MARGIN * each.rows for each in found.values()]
    return sum(rows) <= most_rows and all(each <= most_unmeasured for each in rows)


def _rows(world: World, dataset: str) -> float:
    found = world.plan.datasets[dataset]
    if found.spec.visits is not None:
        return world.rows_of(dataset, 0, world.units(dataset))
    if not _is_by_time(world, dataset):
        return world.rows(dataset)
    stream = found.parent or ""
    events = _rows(world, stream)
    if not _is_small(world, stream):
        return events
    hours = world.first_units(stream, _MEASURED_ROWS)
    made, lines = (sum(piece.last - piece.first for piece in world.slices(of, 0, hours)) for of in (stream, dataset))
    return events * lines / made if made else 0.0


def _is_by_time(world: World, dataset: str) -> bool:
    """Whether rows are made by hours of the clock: a stream's, and those of the lines of its events."""
    found = world.plan.datasets[dataset]
    parent = world.plan.datasets.get(found.parent or "")
    return found.spec.visits is not None or (parent is not None and parent.spec.visits is not None)


def _is_small(world: World, dataset: str) -> bool:
    """Whether a few rows of a dataset can be had without making very many."""
    if not _is_by_time(world, dataset):
        return True
    days = max(world.units(dataset) / 24, 1)
    return _rows(world, dataset) / days <= _MOST_AT_ONCE


def _bytes(world: World, dataset: str) -> tuple[float, float]:
    """What a file takes, and what each row adds to it: by writing a few thousand rows, and half of them."""
    schema = world.plan.datasets[dataset].contract.schema
    stop = min(world.units(dataset), world.first_units(dataset, _MEASURED_ROWS))
    batches: list[pa.RecordBatch] = []
    rows = 0
    for batch in world.batches(dataset, 0, stop):
        batches.append(batch.drop_columns(["_sandbox"]).slice(0, _MEASURED_ROWS - rows))
        rows += len(batches[-1])
        if rows >= _MEASURED_ROWS:
            break
    half = rows // 2
    if not half:
        return _written(schema, []), float(_BYTES_A_VALUE * len(schema))
    whole, first = _written(schema, batches), _written(schema, batches, half)
    a_row = max(0.0, (whole - first) / (rows - half))
    return max(0.0, whole - rows * a_row), a_row


def _written(schema: pa.Schema, batches: list[pa.RecordBatch], most: int = _MEASURED_ROWS) -> int:
    """Bytes of a file with the first rows of some batches."""
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        path = Path(folder) / "sample.parquet"
        writer = ParquetFile().open(str(path), schema)
        for batch in batches:
            if most > 0:
                writer.write(batch.slice(0, most))
            most -= len(batch)
        writer.close()
        return path.stat().st_size
