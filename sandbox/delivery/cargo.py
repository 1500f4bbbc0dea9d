"""What events say, while they are under way: the rows themselves, by the number of their event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import Words
from sandbox.contract.envelope import ENVELOPE, envelope
from sandbox.delivery.chain import Arrivals
from sandbox.delivery.keys import hashes_of
from sandbox.delivery.transit import Transit
from sandbox.world.finish import plain
from sandbox.world.rowsets import Whole

ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, eq=False)
class Cargo:
    """Rows of events in the order of their numbers, with the envelope that they had when they happened."""

    rows: pa.Table
    numbers: Whole

    def __len__(self) -> int:
        return len(self.numbers)

    @classmethod
    def of(cls, batches: Sequence[pa.RecordBatch], first: int) -> Cargo | None:
        """Events that were made one after the other, numbered from `first`; None for none."""
        if not batches:
            return None
        rows = pa.Table.from_batches(batches)
        return cls(rows, np.arange(first, first + rows.num_rows, dtype=np.int64))

    def joined(self, other: Cargo | None) -> Cargo:
        """With later events behind."""
        if other is None or not len(other):
            return self
        if not len(self):
            return other
        one, two = self.rows, other.rows
        if one.schema != two.schema:
            one, two = _plain(one), _plain(two)
        return Cargo(pa.concat_tables([one, two]), np.concatenate([self.numbers, other.numbers]))

    def kept(self, numbers: Whole) -> Cargo:
        """Only the rows of some events, each once."""
        wanted = np.unique(numbers)
        places = np.searchsorted(self.numbers, wanted)
        return Cargo(self.rows.take(pa.array(places)).combine_chunks(), wanted)

    @cached_property
    def happened_us(self) -> Whole:
        """When each event happened, microseconds UTC."""
        return self._told("arrived_at", pa.int64()).view(np.int64)

    @cached_property
    def event_ids(self) -> Words:
        """The envelopes' ids."""
        return self._told("event_id", pa.uint64()).view(np.uint64)

    def happened_at(self, numbers: Whole) -> Whole:
        """When some of the events happened."""
        return np.asarray(self.happened_us[np.searchsorted(self.numbers, numbers)], np.int64)

    def departing(self, keys: Sequence[str]) -> Transit:
        """The events as they set out, dealt by the values of some columns."""
        hashes = [hashes_of(self.rows.column(key).combine_chunks()) for key in keys]
        return Transit(
            self.happened_us,
            self.numbers,
            self.event_ids.view(np.int64),
            np.zeros(len(self), np.int32),
            np.zeros(len(self), np.int8),
            np.array(hashes, np.uint64).reshape(len(keys), len(self)),
        )

    def delivered(self, arrivals: Arrivals, first: int, last: int) -> pa.RecordBatch:
        """The rows of some arrivals, with the envelope of their arrival."""
        events = arrivals.events
        places = pa.array(np.searchsorted(self.numbers, events.numbers[first:last]))
        taken = self.rows.take(places).combine_chunks()
        was = taken.column(ENVELOPE).combine_chunks()
        made = envelope(
            was.field("event_id"),
            events.times[first:last],
            operation=was.field("operation").indices,
            attempt=arrivals.attempts[first:last],
            partition=arrivals.partitions[first:last].astype(np.int32),
            offset=arrivals.offsets[first:last],
            contract_version=was.field("contract_version"),
        )
        whole = taken.set_column(taken.schema.get_field_index(ENVELOPE), taken.schema.field(ENVELOPE), made)
        [batch] = whole.to_batches() or [pa.RecordBatch.from_pylist([], schema=taken.schema)]
        return batch

    def _told(self, name: str, arrow: pa.DataType) -> NDArray[Any]:
        """What the envelopes say, as an array."""
        told = pa.chunked_array([chunk.field(name) for chunk in self.rows.column(ENVELOPE).chunks], None)
        return np.asarray(told.cast(arrow))


def _plain(rows: pa.Table) -> pa.Table:
    """Without dictionaries: parts of a stream may have encoded the same column each in their way."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            column = pa.chunked_array([plain(chunk) for chunk in rows.column(place).chunks], field.type.value_type)
            rows = rows.set_column(place, field.with_type(field.type.value_type), column)
    return rows
