"""Datasets that waited as Parquet until their keys were judged, written in the format that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow.parquet as pq

from sandbox.landing.parts import PartWriter, Target
from sandbox.landing.receipts import PartEntry, Receipt
from sandbox.landing.workers import Stop, each

_ROWS_AT_ONCE = 65_536


def export(receipts: Sequence[Receipt], staged: Target, target: Target, workers: int) -> list[Receipt]:
    """Write each part anew; the receipts tell of the new files, and of the same values."""
    stop = Stop()

    def written(receipt: Receipt) -> Receipt:
        parts = [_written(entry, receipt.index, staged, target, stop) for entry in receipt.parts]
        return replace(receipt, parts=tuple(entry for entries in parts for entry in entries))

    return sorted(each(receipts, written, workers, stop, lambda: None), key=lambda receipt: receipt.index)


def _written(entry: PartEntry, index: int, staged: Target, target: Target, stop: Stop) -> tuple[PartEntry, ...]:
    writer = PartWriter(target, f"part-{index:05d}", must=index == 0)
    try:
        with pq.ParquetFile(staged.layout.out / entry.file) as parquet:
            for batch in parquet.iter_batches(_ROWS_AT_ONCE, use_threads=False):
                stop.check()
                writer.write(batch)
        return writer.publish()
    finally:
        writer.discard()
