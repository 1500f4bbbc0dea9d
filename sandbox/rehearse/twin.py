"""The pretended real data before anything happens to it: the same world by another seed, in files by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address, words
from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import split_envelope
from sandbox.contract.model import Contract
from sandbox.errors import OutsideError
from sandbox.scenario.language import Binding
from sandbox.scenario.plan import Plan
from sandbox.sinks.csv import CsvFile
from sandbox.sources.opening import open_source
from sandbox.world.glance import root_of, with_fewer
from sandbox.world.world import World

ROWS = 40_000
"""Of a dataset, at most about so many take part: enough to see every fault, and quick at any scale."""
_PILOT = 300
_DAY_US = 86_400_000_000

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Part:
    """One file: the rows of a day, or all rows of a dataset that knows no time."""

    file: str
    rows: pa.Table
    day: int | None = None
    """Counted from 1970 in the scenario's zone."""


@dataclass(frozen=True, eq=False)
class Twin:
    """A dataset as it might really come."""

    contract: Contract
    parts: Sequence[Part]
    loaded_at: str
    """The column that tells when each row arrived."""

    @property
    def rows(self) -> pa.Table:
        """All rows."""
        return pa.concat_tables([part.rows for part in self.parts])


def small(plan: Plan) -> Plan:
    """The plan, simulated, with so few entities that no dataset has many more than `ROWS` rows."""
    plan = replace(plan, bindings={}, target=None)
    pilot = with_fewer(plan, _PILOT)
    world = World(pilot)
    limits: dict[str, int] = {}
    for name in _shown(plan):
        root = root_of(plan, name)
        drawn = pilot.datasets[root].rows
        rows = _count(pilot, name, world)
        if drawn > 0 and rows:
            limits[root] = min(limits.get(root, ROWS), max(1, drawn * ROWS // rows))
    for root, most in limits.items():
        plan = with_fewer(plan, max(most, _PILOT), {root: True})
    return plan


def twins(plan: Plan) -> dict[str, Twin]:
    """Every dataset that leaves the world, made by another seed: the same laws, other people."""
    seed = int(words(Address(("rehearse", plan.seed)), 0, 1)[0] % 2**31)
    other = replace(plan, seed=seed)
    world = World(other)
    return {name: _twin(other, name, world) for name in _shown(plan)}


def bound(plan: Plan, dataset: str, folder: Path, twin: Twin) -> Plan:
    """The plan with the files of a folder in the place of a dataset."""
    binding = Binding.read({"csv": {"path": str(folder)}, "arrived_at": f'"{twin.loaded_at}"'})
    return replace(plan, target="rehearsed", bindings={dataset: binding})


def write(parts: Sequence[Part], folder: Path) -> None:
    """Write each part as a CSV file. Raises OutsideError: the disk does not take it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in parts:
            writer = CsvFile().open(str(folder / part.file), part.rows.schema)
            try:
                for batch in part.rows.to_batches():
                    writer.write(batch)
            finally:
                writer.close()
    except OSError as error:
        raise OutsideError(f"{folder}: cannot be written: {error.strerror or error}.") from error


def _twin(plan: Plan, dataset: str, world: World) -> Twin:
    contract = plan.datasets[dataset].contract
    loaded_at = next(name for name in ("loaded_at", "_loaded_at", "__loaded_at") if name not in contract.names)
    tables: list[pa.Table] = []
    source = open_source(plan, dataset, world)
    try:
        check = RowCheck(contract, source.proven)
        for share in source.shares():
            for batch in source.batches(share):
                checked = batch if isinstance(batch, Checked) else check(batch)
                tables.append(_plain(checked.accepted, loaded_at))
    finally:
        source.close()
    whole = pa.concat_tables(tables).combine_chunks() if tables else contract.schema.empty_table()
    if not whole.num_rows:
        return Twin(contract, [], loaded_at)
    for key in contract.keys:
        whole = _first_of_each(whole, key)
    return Twin(contract, _by_day(whole, contract, plan.clock.zone), loaded_at)


def _first_of_each(whole: pa.Table, key: Sequence[str]) -> pa.Table:
    """Without rows whose key came before, as no landing keeps them; a key with a null in it is no key."""
    numbered = whole.select(list(key)).append_column("_row", pa.array(np.arange(whole.num_rows)))
    first = numbered.group_by(list(key), use_threads=False).aggregate([("_row", "min")])["_row_min"]
    if len(first) == whole.num_rows:
        return whole
    is_kept = np.zeros(whole.num_rows, np.bool_)
    is_kept[np.asarray(first.combine_chunks())] = True
    for name in key:
        is_kept |= np.asarray(pc.is_null(whole[name]).combine_chunks())
    return whole.filter(pa.array(is_kept))


def _plain(batch: pa.RecordBatch, loaded_at: str) -> pa.Table:
    rows, told = split_envelope(batch)
    assert told is not None
    columns = {
        name: column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for name, column in zip(rows.schema.names, rows.columns, strict=True)
    }
    return pa.table({**columns, loaded_at: told.field("arrived_at")})


def _by_day(whole: pa.Table, contract: Contract, zone: str) -> list[Part]:
    if contract.time is None or pa.types.is_date(whole[contract.time].type):
        return [Part("all.csv", whole)]
    moments = whole[contract.time].cast(pa.timestamp("us", tz="UTC"), safe=False)
    local = pc.local_timestamp(moments.cast(pa.timestamp("us", tz=zone))).cast(pa.int64())
    days = np.asarray(local.combine_chunks(), np.int64) // _DAY_US
    order = np.argsort(days, kind="stable")
    numbers, starts = np.unique(days[order], return_index=True)
    stops = [*starts[1:].tolist(), len(order)]
    return [
        Part(f"{np.datetime64(int(day), 'D')}.csv", whole.take(pa.array(order[start:stop])).combine_chunks(), int(day))
        for day, start, stop in zip(numbers, starts.tolist(), stops, strict=True)
    ]


def _shown(plan: Plan) -> list[str]:
    return [name for name, found in plan.datasets.items() if not found.spec.hidden]


def _count(plan: Plan, dataset: str, world: World) -> int:
    source = open_source(plan, dataset, world)
    try:
        batches = (batch for share in source.shares() for batch in source.batches(share))
        return sum(batch.num_rows for batch in batches if isinstance(batch, pa.RecordBatch))
    finally:
        source.close()
