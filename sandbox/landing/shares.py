"""One share of a source, landed: checked, digested, written, and told in a receipt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.conform import Conformed
from sandbox.contract.digests import ColumnDigests
from sandbox.contract.envelope import split_envelope
from sandbox.landing.parts import PartWriter, Target
from sandbox.landing.progress import Meter
from sandbox.landing.receipts import Receipt
from sandbox.landing.workers import Stop
from sandbox.scenario.parts import Share, Source


@dataclass(frozen=True)
class ShareTask:
    """One share to land. `fingerprint` tells of everything that its rows and files follow from."""

    source: Source
    share: Share
    target: Target
    fingerprint: str


def land_share(task: ShareTask, meter: Meter, stop: Stop) -> Receipt:
    """Land one share; what an earlier try left of it is replaced.

    Raises:
        InputError, OutsideError, OSError: from the source or the disk; the share is then not done.
        Stopped: the work was broken off.
    """
    source, target = task.source, task.target
    name = part_name(task.share.index)
    parts = PartWriter(target, name, must=task.share.index == 0)
    refused = PartWriter(target.rejected(source.contract), name)
    values = ColumnDigests(source.contract.schema)
    check = RowCheck(source.contract, source.proven)
    broken: Counter[str] = Counter()
    accepted = rejected = 0
    try:
        for batch in source.batches(task.share):
            stop.check()
            checked = batch if isinstance(batch, Checked) else check(batch)
            came = _rows_in(batch)
            _account(target.dataset, came, checked)
            if checked.accepted.num_rows:
                values.update(split_envelope(checked.accepted)[0])
                parts.write(checked.accepted)
            if checked.rejected.num_rows:
                refused.write(checked.rejected)
                broken.update(checked.counts)
            accepted += checked.accepted.num_rows
            rejected += checked.rejected.num_rows
            meter.add(target.dataset, came)
        receipt = Receipt(
            fingerprint=task.fingerprint,
            index=task.share.index,
            accepted=accepted,
            rejected=rejected,
            broken=dict(sorted(broken.items())),
            parts=parts.publish(),
            rejected_parts=refused.publish(),
            values=values.finish(),
        )
    finally:
        parts.discard()
        refused.discard()
    receipt.keep(target.layout, target.dataset)
    return receipt


def part_name(index: int) -> str:
    """The name of a share's files, without their ending."""
    return f"part-{index:05d}"


def _rows_in(batch: pa.RecordBatch | Conformed | Checked) -> int:
    if isinstance(batch, Checked):
        return len(batch.accepted) + len(batch.rejected)
    return len(batch.batch) if isinstance(batch, Conformed) else len(batch)


def _account(dataset: str, came: int, checked: Checked) -> None:
    went = checked.accepted.num_rows + checked.rejected.num_rows
    if came != went:
        raise AssertionError(f"{dataset}: {came} rows came and {went} went on; none may be lost or doubled")
