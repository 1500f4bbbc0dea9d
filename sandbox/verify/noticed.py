"""What a pass over real rows notices beside the rules: a sample of them, read and as they were written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.contract.checks import Checked
from sandbox.contract.conform import Conformed
from sandbox.contract.envelope import ENVELOPE

ARRIVED = "_arrived_at"
"""Of a sample: when each row arrived, microseconds UTC as int64; 0 where nothing tells it."""
Rows = npt.NDArray[np.int64]

_MOST_ROWS = 20_000
_MOST_TEXTS = 200


@dataclass
class Noticed:
    """Every so many rows of a source, at most some 20,000: which ones follows from the source alone."""

    extra: Sequence[str] = ()
    """Columns of the source that nobody asked for."""
    parts: list[pa.Table] = field(default_factory=list)
    """The contract's columns as they were read (null where they could not be), the extra ones as they came."""
    texts: dict[str, list[str]] = field(default_factory=dict)
    """By column: the first values that could not be read, as they were written."""
    stride: int = 1
    seen: int = 0
    """Rows that went by."""
    held: int = 0
    """Rows of the sample."""

    def add(self, batch: pa.RecordBatch | Conformed | Checked) -> None:
        """Look at a batch; of rows that could not even be taken apart there is nothing to see."""
        if isinstance(batch, Checked):
            return
        read, raw = (batch.batch, batch.raw) if isinstance(batch, Conformed) else (batch, batch)
        while self.held + len(chosen := self._every(read.num_rows)) > _MOST_ROWS:
            self._thin()
        self.seen += read.num_rows
        self.held += len(chosen)
        if len(chosen):
            extra = [name for name in self.extra if name in raw.schema.names]
            self.parts.append(_flat(read.take(pa.array(chosen)), raw.select(extra).take(pa.array(chosen))))
        if isinstance(batch, Conformed):
            for name, unreadable in batch.unreadable.items():
                self._texts(name, raw.column(raw.schema.get_field_index(name)), np.flatnonzero(unreadable))

    def table(self) -> pa.Table:
        """The sample as one table, rows in the order in which they came."""
        if len(self.parts) > 1:
            self.parts = [pa.concat_tables(_of_one_type(self.parts), promote_options="permissive")]
        return self.parts[0] if self.parts else pa.table({})

    def __iadd__(self, other: Noticed) -> Noticed:
        """Add what another share holds, which comes after this one."""
        while self.stride < other.stride:
            self._thin()
        while other.stride < self.stride:
            other._thin()
        self.extra = self.extra or other.extra
        self.parts += other.parts
        self.held += other.held
        for name, texts in other.texts.items():
            self.texts[name] = [*self.texts.get(name, []), *texts][:_MOST_TEXTS]
        while self.held > _MOST_ROWS:
            self._thin()
        return self

    def _every(self, rows: int) -> Rows:
        """Which of the next rows are looked at."""
        return np.arange(-self.seen % self.stride, rows, self.stride)

    def _texts(self, name: str, written: pa.Array, rows: Rows) -> None:
        kept = self.texts.setdefault(name, [])
        room = _MOST_TEXTS - len(kept)
        if room > 0:
            kept += [str(value) for value in written.take(pa.array(rows[:room])).to_pylist()]

    def _thin(self) -> None:
        """Leave every second row out."""
        whole = self.table()
        self.parts = [whole.take(pa.array(np.arange(0, whole.num_rows, 2)))]
        self.stride *= 2
        self.held = self.parts[0].num_rows


def _flat(read: pa.RecordBatch, extra: pa.RecordBatch) -> pa.Table:
    columns = {name: read.column(at) for at, name in enumerate(read.schema.names) if name != ENVELOPE}
    columns |= {name: extra.column(at) for at, name in enumerate(extra.schema.names)}
    plain = {
        name: each.dictionary_decode() if pa.types.is_dictionary(each.type) else each for name, each in columns.items()
    }
    return pa.table({**plain, ARRIVED: read.column(ENVELOPE).field("arrived_at").cast(pa.int64())})


def _of_one_type(parts: Sequence[pa.Table]) -> list[pa.Table]:
    """Parts whose columns fit together: messages may bring a column as a number, then as a text."""
    kinds: dict[str, set[pa.DataType]] = {}
    for part in parts:
        for name, kind in zip(part.schema.names, part.schema.types, strict=True):
            if not pa.types.is_null(kind):
                kinds.setdefault(name, set()).add(kind)
    mixed = [name for name, some in kinds.items() if len(some) > 1]
    return [_as_texts(part, mixed) for part in parts]


def _as_texts(part: pa.Table, names: Sequence[str]) -> pa.Table:
    """Columns as texts; what has no text of its own, such as a list, counts as not known."""
    for at, name in enumerate(part.column_names):
        if name in names:
            kind = part.schema.types[at]
            has_none = pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
            texts = pa.nulls(part.num_rows, pa.string()) if has_none else part[name].cast(pa.string())
            part = part.set_column(at, name, texts)
    return part
