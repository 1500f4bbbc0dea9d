"""The accepted rows of a source, share by share, in plain types; what breaks the contract is set aside and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.conform import Conformed
from sandbox.contract.envelope import ENVELOPE, landed_schema
from sandbox.contract.rejected import rejected_schema
from sandbox.scenario.outlets import Faults
from sandbox.scenario.parts import Share, Source, Writer
from sandbox.sinks.parquet import ParquetFile


@dataclass
class SetAside:
    """Rows of a stream that break its contract: counted by share and rule, and kept in a file a share.

    A share that is read again, after the replay was stopped in the middle of it, replaces what it told.
    """

    folder: Path
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of each share, how many rows were set aside (`rows`) and how many broke each rule."""

    @property
    def rows(self) -> int:
        """How many rows."""
        return sum(counts["rows"] for counts in self.counts.values())

    @property
    def broken(self) -> Mapping[str, int]:
        """How many rows broke each rule."""
        rules: Counter[str] = Counter()
        for counts in self.counts.values():
            rules.update(counts)
        del rules["rows"]
        return dict(sorted(rules.items()))


@dataclass(frozen=True)
class Reading:
    """A source as a replay reads it."""

    source: Source
    aside: SetAside

    def batches(self, share: Share) -> Iterator[tuple[pa.RecordBatch, Faults | None]]:
        """Accepted rows with their envelope, texts without dictionaries, and how their bytes are to be wrong.

        Rows that a delivery damaged are accepted if they were right before: they are sent damaged.

        Raises:
            InputError, OutsideError: as the source.
        """
        contract = self.source.contract
        check = RowCheck(contract, self.source.proven)
        schema = landed_schema(contract.schema)
        counts: Counter[str] = Counter()
        writer: Writer | None = None
        try:
            for batch, faults in self._read(share):
                checked = batch if isinstance(batch, Checked) else check(batch)
                if faults is not None and checked.refused is not None:
                    faults = faults[~checked.refused]
                if checked.rejected.num_rows:
                    if writer is None:
                        self.aside.folder.mkdir(parents=True, exist_ok=True)
                        path = self.aside.folder / f"part-{share.index:05d}.parquet"
                        writer = ParquetFile().open(str(path), rejected_schema(contract))
                    writer.write(checked.rejected)
                    counts.update(checked.counts)
                    counts["rows"] += checked.rejected.num_rows
                    self.aside.counts[share.name] = dict(counts)
                if checked.accepted.num_rows:
                    yield _plain(checked.accepted, schema), faults
        finally:
            if writer is not None:
                writer.close()

    def _read(self, share: Share) -> Iterator[tuple[pa.RecordBatch | Conformed | Checked, Faults | None]]:
        """What the source gives: of a delivery, whole rows and what happens to them."""
        delivered = getattr(self.source, "delivered", None)
        if delivered is None:
            for batch in self.source.batches(share):
                yield batch, None
            return
        for each in delivered(share):
            yield each.batch, each.faults if each.faults.any() else None


def _plain(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in the contract's own types: a text may have come as a dictionary."""
    columns = [
        column if column.type == field.type or field.name == ENVELOPE else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
