"""What events say, while they are under way: the rows themselves, by the number of their event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.addresses import Words
from sandbox.contract.envelope import ENVELOPE, envelope, with_envelope
from sandbox.delivery.chain import Arrivals
from sandbox.delivery.keys import hashes_of
from sandbox.delivery.transit import Transit
from sandbox.world.finish import plain
from sandbox.world.rowsets import Whole

ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, eq=False)
class Cargo:
    """Rows of events in the order of their numbers, and what their envelopes said when they happened.

    The last `fresh` numbers follow one another; those before are of events that were held over.
    """

    rows: pa.Table
    numbers: Whole
    event_ids: Words
    happened_us: Whole
    versions: NDArray[np.int32]
    fresh: int

    def __len__(self) -> int:
        return len(self.numbers)

    @classmethod
    def of(cls, batches: Sequence[pa.RecordBatch], first: int) -> Cargo | None:
        """Events that were made one after the other, numbered from `first`; None for none."""
        if not batches:
            return None
        whole = pa.Table.from_batches(batches)
        told = whole.column(ENVELOPE).chunks
        return cls(
            whole.drop_columns([ENVELOPE]),
            np.arange(first, first + whole.num_rows, dtype=np.int64),
            np.concatenate([np.asarray(chunk.field("event_id")) for chunk in told]),
            np.concatenate([np.asarray(chunk.field("arrived_at").cast(pa.int64())) for chunk in told]),
            np.concatenate([np.asarray(chunk.field("contract_version")) for chunk in told]),
            whole.num_rows,
        )

    def joined(self, later: Cargo | None) -> Cargo:
        """With later events behind."""
        if later is None:
            return self
        one, two = self.rows, later.rows
        if one.schema != two.schema:
            one, two = _plain(one), _plain(two)
        return Cargo(
            pa.concat_tables([one, two]),
            np.concatenate([self.numbers, later.numbers]),
            np.concatenate([self.event_ids, later.event_ids]),
            np.concatenate([self.happened_us, later.happened_us]),
            np.concatenate([self.versions, later.versions]),
            later.fresh,
        )

    def in_one_piece(self) -> Cargo:
        """With each column in one chunk: rows are then taken by their places without searching for chunks."""
        return replace(self, rows=self.rows.combine_chunks())

    def kept(self, numbers: Whole) -> Cargo:
        """Only the rows of some events, each once."""
        wanted = np.unique(numbers)
        places = self.places(wanted)
        return Cargo(
            _taken(self.rows, places),
            wanted,
            self.event_ids.take(places),
            self.happened_us.take(places),
            self.versions.take(places),
            0,
        )

    def places(self, numbers: Whole) -> Whole:
        """Where the rows of some events lie."""
        held = len(self) - self.fresh
        if not self.fresh:
            return np.searchsorted(self.numbers, numbers)
        places: Whole = numbers - (self.numbers[held] - held)
        if held:
            early = np.flatnonzero(numbers < self.numbers[held])
            places[early] = np.searchsorted(self.numbers[:held], numbers[early])
        return places

    def departing(self, keys: Sequence[str]) -> Transit:
        """The events as they set out, dealt by the values of some columns."""
        hashes = [hashes_of(self.rows.column(key).combine_chunks()) for key in keys]
        return Transit(
            self.happened_us,
            self.numbers,
            self.event_ids.view(np.int64),
            np.zeros(len(self), np.int32),
            np.array(hashes, np.uint64).reshape(len(keys), len(self)),
        )

    def delivered(self, arrivals: Arrivals, first: int, last: int) -> pa.RecordBatch:
        """The rows of some arrivals, with the envelope of their arrival."""
        events = arrivals.events
        places = self.places(events.numbers[first:last])
        [batch] = _taken(self.rows, places).to_batches()
        made = envelope(
            self.event_ids.take(places),
            events.times[first:last],
            attempt=arrivals.attempts[first:last],
            partition=arrivals.partitions[first:last].astype(np.int32),
            offset=arrivals.offsets[first:last],
            contract_version=self.versions.take(places),
        )
        return with_envelope(batch, made)


def _taken(rows: pa.Table, places: Whole) -> pa.Table:
    """Rows of a table whose columns are one chunk each, or none."""
    wanted = pa.array(places)
    columns = [_of_chunk(column.chunk(0), wanted) if column.num_chunks else column for column in rows.columns]
    return pa.table(columns, schema=rows.schema)


def _of_chunk(column: pa.Array, wanted: pa.Array) -> pa.Array:
    """Values by their places. Arrow takes numbers and what is known of them apart in half the time."""
    kind = column.type
    if not column.null_count or not (pa.types.is_primitive(kind) and kind.bit_width >= 8):
        return pc.take(column, wanted, boundscheck=False)
    numbers = pa.Array.from_buffers(kind, len(column), [None, column.buffers()[1]], offset=column.offset)
    known = pc.take(column.is_valid(), wanted, boundscheck=False)
    values = pc.take(numbers, wanted, boundscheck=False)
    return pa.Array.from_buffers(kind, len(wanted), [known.buffers()[1], values.buffers()[1]])


def _plain(rows: pa.Table) -> pa.Table:
    """Without dictionaries: parts of a stream may have encoded the same column each in their way."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            column = pa.chunked_array([plain(chunk) for chunk in rows.column(place).chunks], field.type.value_type)
            rows = rows.set_column(place, field.with_type(field.type.value_type), column)
    return rows
