"""Keys over a whole source: the key columns alone are kept aside, as Parquet, until all are there to be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.keys import broken_keys
from sandbox.contract.model import Contract
from sandbox.contract.rules import foreign_key_name, rules_of
from sandbox.verify.findings import Offender
from sandbox.verify.numbering import Stretch, proven_by_numbers
from sandbox.verify.tally import FIRST, Tally, offenders

_ARRIVED = "_arrived_at"
_MEMORY_MB = 800


def key_columns(contract: Contract, contracts: Mapping[str, Contract]) -> tuple[str, ...]:
    """Columns of a dataset that its own keys, or keys of others into it, are about; in the contract's order."""
    own = {name for rule in rules_of(contract) if rule.across for name in rule.columns}
    into = {
        name
        for other in contracts.values()
        for key in other.foreign_keys
        if key.dataset == contract.dataset
        for name in key.references
    }
    return tuple(name for name in contract.names if name in own | into)


@dataclass
class KeptKeys:
    """The key columns of one share's rows, and when each arrived, in a file; nothing where the dataset has no keys."""

    path: Path
    share: str
    contract: Contract
    columns: Sequence[str]
    numbers: dict[str, Stretch] = field(default_factory=dict)
    """What the columns of whole numbers are."""
    _writer: pq.ParquetWriter | None = None

    def __post_init__(self) -> None:
        kinds = {name: self.contract.column(name).arrow for name in self.columns}
        self.numbers = {name: Stretch() for name, kind in kinds.items() if pa.types.is_integer(kind)}

    @property
    def is_empty(self) -> bool:
        """Whether no row was added, so that there is no file."""
        return self._writer is None

    def add(self, accepted: pa.RecordBatch) -> None:
        """Append rows that keep the rules of their own."""
        if not self.columns or not accepted.num_rows:
            return
        for name, stretch in self.numbers.items():
            stretch.add(accepted.column(name))
        arrays = [accepted.column(name) for name in self.columns]
        arrays = [array.dictionary_decode() if pa.types.is_dictionary(array.type) else array for array in arrays]
        arrived = accepted.column(ENVELOPE).field("arrived_at")
        kept = pa.RecordBatch.from_arrays([*arrays, arrived], names=[*self.columns, _ARRIVED])
        if self._writer is None:
            # Keys hardly repeat: a dictionary of them, and their range, would cost more than writing them does.
            self._writer = pq.ParquetWriter(
                self.path, kept.schema, compression="none", use_dictionary=False, write_statistics=False
            )
        self._writer.write_batch(kept)

    def close(self) -> None:
        """Write the end of the file."""
        if self._writer is not None:
            self._writer.close()


def judge_keys(
    tally: Tally, kept: Mapping[str, Sequence[KeptKeys]], proven: frozenset[str], folder: Path, threads: int
) -> list[str]:
    """Judge the keys of a dataset and count what breaks them.

    Args:
        tally: of the dataset.
        kept: the keys of every dataset that was looked at, in the order of the shares.
        proven: rules that hold by the data's making.
        folder: for what does not fit into memory.
        threads: to judge with.
    Returns:
        The rules that could not be judged, with the reason.
    """
    contract = tally.contract
    files = {name: [each.path for each in some if not each.is_empty] for name, some in kept.items()}
    apart = {foreign_key_name(key): key.dataset for key in contract.foreign_keys if key.dataset not in files}
    parents = {key.dataset: files[key.dataset] for key in contract.foreign_keys if key.dataset in files}
    proven |= frozenset(apart) | proven_by_numbers(contract, {name: _numbers(some) for name, some in kept.items()})
    mine, names = files[contract.dataset], [each.share for each in kept[contract.dataset] if not each.is_empty]
    found = broken_keys(contract, mine, parents, spill=folder, proven=proven, memory_mb=_MEMORY_MB, threads=threads)
    tally.bad += len(found.group_by(["part", "row"]).aggregate([]))
    for rule in found["reason"].unique().to_pylist():
        rows = found.filter(pc.equal(found["reason"], rule))
        since = _since_us(mine, rows)
        tally.broken(
            rule, rows.num_rows, since if since and since > 0 else None, _first(tally, rule, mine, names, rows)
        )
    return [f"{rule}: {dataset} was not looked at" for rule, dataset in apart.items()]


def _numbers(kept: Sequence[KeptKeys]) -> dict[str, list[Stretch]]:
    return {name: [each.numbers[name] for each in kept] for name in (kept[0].numbers if kept else ())}


def _since_us(files: Sequence[Path], rows: pa.Table) -> int | None:
    """When the first of the offending rows arrived; `rows` is sorted by part."""
    first: int | None = None
    for part in rows["part"].unique().to_pylist():
        inside = rows.filter(pc.equal(rows["part"], part))["row"]
        arrived = pq.read_table(files[part], columns=[_ARRIVED])[_ARRIVED].cast(pa.int64()).take(inside)
        lowest = pc.min(arrived).as_py()
        first = lowest if first is None else min(first, lowest)
    return first


def _first(tally: Tally, rule: str, files: Sequence[Path], names: Sequence[str], rows: pa.Table) -> list[Offender]:
    shown = []
    for row in rows.slice(0, FIRST).to_pylist():
        table = pq.read_table(files[row["part"]]).slice(row["row"], 1)
        shown += offenders(tally.contract, rule, table.to_batches()[0], names[row["part"]], tally.show_pii)
    return shown
