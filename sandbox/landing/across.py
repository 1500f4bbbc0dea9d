"""Rules that need all rows: who breaks a key is moved from its part to the rejected rows.

A row that goes may have been the parent of others, so datasets are judged again until nothing more goes. Keys that a
world proves by their making are believed as long as no row of the parent was refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sandbox.contract.digests import ColumnDigests
from sandbox.contract.envelope import split_envelope
from sandbox.contract.keys import broken_keys
from sandbox.contract.model import Contract
from sandbox.contract.rejected import refuse
from sandbox.contract.rules import foreign_key_name, rules_of
from sandbox.landing.parts import PartWriter, Target
from sandbox.landing.receipts import PartEntry, Receipt
from sandbox.scenario.parts import Source

Receipts = dict[str, list[Receipt]]
"""Of each dataset the receipts of its shares, in their order."""
_ROWS_AT_ONCE = 65_536
_MEMORY_MB = 600


@dataclass(frozen=True)
class Placed:
    """A dataset whose shares lie there as Parquet: its source, and where."""

    source: Source
    target: Target

    @property
    def contract(self) -> Contract:
        """The dataset's contract."""
        return self.source.contract


def needs_judging(sources: Mapping[str, Source]) -> list[str]:
    """Datasets that may have to be read again, with keys that nothing proves or in the way of such keys; in order."""
    needed: set[str] = set()
    for dataset, source in sources.items():
        across = {rule.name for rule in rules_of(source.contract) if rule.across} - source.proven
        for key in source.contract.foreign_keys:
            name = foreign_key_name(key)
            if key.dataset not in sources:
                across.discard(name)
            elif name in across or _may_refuse(sources[key.dataset]):
                needed |= {dataset, key.dataset}
        if across:
            needed.add(dataset)
    return [dataset for dataset in sources if dataset in needed]


def judge(landed: Mapping[str, Placed], receipts: Receipts, workers: int) -> Receipts:
    """Move out every row that breaks a key.

    Args:
        landed: the datasets of `needs_judging`, each after its parents where that is possible.
        receipts: of all datasets; those of others tell whether a parent lost rows.
        workers: threads to judge with.
    Returns:
        The receipts as they are now.
    """
    receipts = dict(receipts)
    waiting = list(landed)
    passes: Counter[str] = Counter()
    while waiting:
        dataset = waiting.pop(0)
        passes[dataset] += 1
        offenders = _offenders(dataset, landed, receipts, workers)
        if not offenders.num_rows:
            continue
        receipts[dataset] = list(_without(landed[dataset], receipts[dataset], offenders, passes[dataset]))
        for name, child in landed.items():
            if name not in waiting and any(key.dataset == dataset for key in child.contract.foreign_keys):
                waiting.append(name)
    return receipts


def _may_refuse(source: Source) -> bool:
    return any(rule.name not in source.proven for rule in rules_of(source.contract))


def _offenders(dataset: str, landed: Mapping[str, Placed], receipts: Receipts, workers: int) -> pa.Table:
    here = landed[dataset]
    believed = set(here.source.proven)
    for key in here.contract.foreign_keys:
        if key.dataset not in landed:
            believed.add(foreign_key_name(key))
        elif any(receipt.rejected for receipt in receipts[key.dataset]):
            believed.discard(foreign_key_name(key))
    spill = here.target.layout.work / "spill"
    here.target.layout.make(spill)
    above = {key.dataset for key in here.contract.foreign_keys if key.dataset in landed}
    return broken_keys(
        here.contract,
        _files(here, receipts),
        {name: _files(landed[name], receipts) for name in sorted(above)},
        spill=spill,
        proven=frozenset(believed),
        memory_mb=_MEMORY_MB,
        threads=workers,
    )


def _files(landed: Placed, receipts: Receipts) -> list[Path]:
    return [landed.target.layout.out / entry.file for entry in _entries(receipts[landed.contract.dataset])]


def _entries(receipts: Sequence[Receipt]) -> list[PartEntry]:
    return [entry for receipt in receipts for entry in receipt.parts]


def _without(landed: Placed, receipts: Sequence[Receipt], offenders: pa.Table, again: int) -> Iterator[Receipt]:
    """The receipts after the offenders' parts were written anew; a part of a Parquet landing is one file."""
    part = 0
    for receipt in receipts:
        mine = offenders.filter(pc.equal(offenders["part"], part)) if receipt.parts else offenders.slice(0, 0)
        part += len(receipt.parts)
        yield _rewritten(landed, receipt, mine, again) if mine.num_rows else receipt


def _rewritten(landed: Placed, receipt: Receipt, offenders: pa.Table, again: int) -> Receipt:
    target, contract = landed.target, landed.contract
    name = f"part-{receipt.index:05d}"
    kept = PartWriter(target, name, must=True)
    refused = PartWriter(target.rejected(contract), f"{name}-keys{'' if again == 1 else f'-{again}'}")
    values = ColumnDigests(contract.schema)
    rows = offenders["row"].to_numpy()
    try:
        with pq.ParquetFile(target.layout.out / receipt.parts[0].file) as parquet:
            start = 0
            for batch in parquet.iter_batches(_ROWS_AT_ONCE, use_threads=False):
                inside = (rows >= start) & (rows < start + batch.num_rows)
                out, reasons = _reasons(rows[inside] - start, offenders["reason"].filter(pa.array(inside)))
                stays = np.ones(batch.num_rows, np.bool_)
                stays[out] = False
                staying = batch.filter(pa.array(stays))
                values.update(split_envelope(staying)[0])
                kept.write(staying)
                if len(out):
                    refused.write(refuse(contract, batch, out, reasons))
                start += batch.num_rows
        gone = len(np.unique(rows))
        counts = Counter(receipt.broken) + Counter(offenders["reason"].to_pylist())
        return replace(
            receipt,
            accepted=receipt.accepted - gone,
            rejected=receipt.rejected + gone,
            broken=dict(sorted(counts.items())),
            parts=kept.publish(),
            rejected_parts=(*receipt.rejected_parts, *refused.publish()),
            values=values.finish(),
        )
    finally:
        kept.discard()
        refused.discard()


def _reasons(rows: npt.NDArray[np.int64], reasons: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], pa.ListArray]:
    """Each offending row once, in order, and the list of its reasons; `rows` is sorted."""
    unique, starts = np.unique(rows, return_index=True)
    offsets = pa.array(np.concatenate([starts, [len(rows)]]).astype(np.int32))
    return unique, pa.ListArray.from_arrays(offsets, reasons.combine_chunks())
