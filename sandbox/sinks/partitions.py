"""Rows spread over folders as lakes have them: by the day and hour of their time, or by their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.envelope import split_envelope
from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario.parts import SinkPart
from sandbox.sinks.hive import HiveWriter

_OF_TIME = {"dt": "%Y-%m-%d", "hour": "%H"}


@dataclass(frozen=True, slots=True)
class Partition:
    """Names of folders, the outermost first: `dt` and `hour` of a row's time in UTC, and columns."""

    names: tuple[str, ...]
    contract: Contract

    @property
    def derived(self) -> tuple[str, ...]:
        """Those that are no columns of the contract; files have all of its columns beside them."""
        return tuple(name for name in self.names if name not in self.contract.names)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the contract, and what is derived."""
        return pa.schema([*self.contract.schema, *(pa.field(name, pa.string()) for name in self.derived)])

    def widened(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows without their envelope, with a column for each name."""
        data, envelope = split_envelope(batch)
        if not self.derived:
            return data
        own = self.contract.time or self.contract.valid_from
        if own is None:
            assert envelope is not None
            moments = envelope.field("arrived_at")
        else:
            moments = data.column(own).cast(pa.timestamp("us"), safe=False)
        derived = [pc.strftime(moments, _OF_TIME[name]) for name in self.derived]
        return pa.RecordBatch.from_arrays([*data.columns, *derived], names=[*data.schema.names, *self.derived])


def partition_of(written: str | None, contract: Contract) -> Partition | None:
    """What `dt,hour` asks for; None where nothing is asked. Raises ValueError: a name is none."""
    if written is None:
        return None
    names = tuple(name.strip() for name in written.split(",") if name.strip())
    known = [*_OF_TIME, *contract.names]
    for name in names:
        if name not in known:
            raise ValueError(f"'{name}' is neither dt nor hour nor a column.{did_you_mean(name, known)}")
    if len(set(names)) < max(len(names), 1):
        raise ValueError(f"got '{written}', must be different names with commas between, such as dt,hour.")
    if set(names) >= set(contract.names):
        raise ValueError("leaves no column for the files; name fewer.")
    return Partition(names, contract)


class Parted:
    """Writes a span of rows; `files` are those that it came to, relative to its folder."""

    def __init__(self, sink: SinkPart, root: Path, file: str, contract: Contract, partition: Partition | None) -> None:
        self._root = root
        self._file = file
        self._partition = partition
        self._writer = (
            sink.open(str(root / file), contract.schema)
            if partition is None
            else HiveWriter(sink, root, file, partition.schema, partition.names)
        )

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows, with their envelope."""
        self._writer.write(split_envelope(batch)[0] if self._partition is None else self._partition.widened(batch))

    def size(self) -> int:
        """Bytes that are on disk by now; a format that gathers rows has more of them in memory."""
        return sum(path.stat().st_size for path in self._root.rglob("*") if path.is_file())

    def close(self) -> Sequence[str]:
        """Finish the files, and name them."""
        self._writer.close()
        return list(self._writer.rows) if isinstance(self._writer, HiveWriter) else [self._file]
