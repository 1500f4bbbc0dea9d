"""The files of one share: written aside, then put in their places all together."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.contract.rejected import rejected_schema
from sandbox.landing.layout import Layout
from sandbox.landing.receipts import PartEntry, part_entry
from sandbox.scenario.parts import SinkPart, Writer
from sandbox.sinks.hive import HiveWriter
from sandbox.sinks.parquet import ParquetFile


@dataclass(frozen=True)
class Target:
    """Where and how rows land: below `root`, in the sink's format, by the columns of `schema`."""

    layout: Layout
    dataset: str
    root: Path
    sink: SinkPart
    schema: pa.Schema
    partition_by: tuple[str, ...] = ()

    def rejected(self, contract: Contract) -> Target:
        """Where the dataset's refused rows land: always as Parquet, with their envelope if it is kept at all."""
        schema = rejected_schema(contract)
        if ENVELOPE not in self.schema.names:
            schema = schema.remove(schema.get_field_index(ENVELOPE))
        root = self.layout.rejected / self.dataset
        return replace(self, root=root, sink=ParquetFile(), schema=schema, partition_by=())


class PartWriter:
    """Writes one part, in one file or in hive folders. Without rows it writes nothing, unless it must."""

    def __init__(self, target: Target, name: str, must: bool = False) -> None:
        self._target = target
        self._name = f"{name}{target.sink.suffix()}"
        self._must = must
        self._aside = Path()
        self._writer: Writer | None = None
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows, of which the columns of the target's schema are written."""
        self._rows += batch.num_rows
        self._opened().write(batch.select(self._target.schema.names))

    def publish(self) -> tuple[PartEntry, ...]:
        """Finish the files and put them in their places."""
        if self._writer is None and not self._must:
            return ()
        writer = self._opened()
        writer.close()
        rows = writer.rows if isinstance(writer, HiveWriter) else {self._name: self._rows}
        layout, root = self._target.layout, self._target.root
        entries = tuple(part_entry(layout, root / name, self._aside / name, count) for name, count in rows.items())
        for name in rows:
            layout.publish(self._aside / name, root / name)
        return entries

    def discard(self) -> None:
        """Let go of whatever is still written aside."""
        if self._writer is not None:
            # Why it is discarded is on its way already; that half a file cannot be closed adds nothing.
            with suppress(OSError, pa.ArrowException):
                self._writer.close()
            shutil.rmtree(self._aside, ignore_errors=True)

    def _opened(self) -> Writer:
        if self._writer is None:
            target = self._target
            self._aside = target.layout.aside(f"{target.root.name}-{target.root.parent.name}-{self._name}")
            if target.partition_by:
                self._writer = HiveWriter(target.sink, self._aside, self._name, target.schema, target.partition_by)
            else:
                self._writer = target.sink.open(str(self._aside / self._name), target.schema)
        return self._writer
