"""Rows as messages of Kafka: value, key, headers and time of each, made a column at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.sinks.avro_rows import Encoded
from sandbox.sinks.damage import damaged
from sandbox.sinks.json_rows import json_rows
from sandbox.sinks.pieces import Piece, joined
from sandbox.sinks.texts import json_text, object_pieces, plain_text

if TYPE_CHECKING:
    from sandbox.sinks.kafka import KafkaTopic

TOLD = ("event_id", "operation", "attempt", "arrived_at", "contract_version")
"""What the header tells of the envelope; partition and offset are the broker's to give."""
Header = tuple[str, bytes | None]
Message = tuple[bytes, bytes | None, int, list[Header] | None]
"""Value, key, time in milliseconds (0: the clock's) and headers."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of a batch, a row each."""

    values: Sequence[bytes]
    keys: Sequence[bytes | None] | None
    headers: Mapping[str, Sequence[bytes | None]]
    times_ms: Sequence[int] | None
    deletes: frozenset[int]
    """Places of rows that tell of a delete and have a key."""
    wrong: Mapping[int, str] = field(default_factory=dict)
    """Rows that cannot be written, by their place, and why."""

    def __iter__(self) -> Iterator[Message]:
        """Each message, its headers made only when it is its turn: so many small lists at once would cost."""
        named = [zip(repeat(name), values) for name, values in self.headers.items()]
        headers = map(list, zip(*named, strict=True)) if named else repeat(None)
        return zip(self.values, self.keys or repeat(None), self.times_ms or repeat(0), headers, strict=False)


@dataclass(frozen=True, slots=True)
class Messaging:
    """How rows of a contract become messages of a topic."""

    config: KafkaTopic
    contract: Contract
    largest: int
    """Bytes of a message at most."""
    avro: Callable[[pa.RecordBatch], Encoded] | None = None

    def __call__(self, batch: pa.RecordBatch, faults: NDArray[np.int8] | None) -> Messages:
        """The messages of some rows, their bytes wrong where they are to be wrong."""
        keys = self._keys(batch)
        encoded = self._values(batch, faults)
        return Messages(
            encoded.values,
            keys,
            self._headers(batch),
            self._times(batch),
            self._deletes(batch, keys),
            dict(encoded.wrong),
        )

    def _values(self, batch: pa.RecordBatch, faults: NDArray[np.int8] | None) -> Encoded:
        if self.avro is None:
            return Encoded(damaged(json_rows(batch), faults, self.largest).to_pylist())
        encoded = self.avro(batch)
        if faults is None or not faults.any():
            return encoded
        octets = damaged(pa.array(encoded.values, pa.binary()), faults, self.largest)
        return Encoded(octets.to_pylist(), encoded.wrong)

    def _keys(self, batch: pa.RecordBatch) -> list[bytes | None] | None:
        names = self.config.keys(self.contract)
        if not names:
            return None
        columns = [batch.column(name) for name in names]
        if len(names) == 1:
            return _octets(plain_text(columns[0]))
        return _octets(joined(object_pieces(names, columns), batch.num_rows))

    def _headers(self, batch: pa.RecordBatch) -> dict[str, list[bytes | None]]:
        told = {name: _octets(plain_text(batch.column(name))) for name in self.config.headers}
        if self.config.envelope:
            told[ENVELOPE] = _octets(_told(batch.column(ENVELOPE)))
        return told

    def _times(self, batch: pa.RecordBatch) -> list[int] | None:
        own = self.contract.time or self.contract.valid_from
        if self.config.time == "event" and own is not None:
            moments = batch.column(own)
        elif self.config.time == "now":
            return None
        else:
            moments = batch.column(ENVELOPE).field("arrived_at")
        if pa.types.is_timestamp(moments.type):
            moments = moments.view(pa.timestamp(moments.type.unit))
        # Kafka's time is not negative, and 0 asks for the clock's.
        times = pc.fill_null(moments.cast(pa.timestamp("ms"), safe=False).cast(pa.int64()), 1)
        return list(pc.max_element_wise(times, 1).to_pylist())

    def _deletes(self, batch: pa.RecordBatch, keys: Any) -> frozenset[int]:
        operations = batch.column(ENVELOPE).field("operation")
        if keys is None or self.config.deletes == "message":
            return frozenset()
        deleted = pc.equal(operations.cast(pa.string()), "delete").to_numpy(zero_copy_only=False)
        return frozenset(np.flatnonzero(deleted).tolist())


def _told(envelope: pa.StructArray) -> pa.StringArray:
    """The envelope of each row as JSON. What is the same in all rows, as most of it is, is written once."""
    parts = [envelope.field(name) for name in TOLD]
    # Microseconds: the text of a time would cost as much as all the rest.
    parts = [part.view(pa.int64()) if pa.types.is_timestamp(part.type) else part for part in parts]
    pieces: list[Piece] = []
    for lead, part, name in zip("{,,,,", parts, TOLD, strict=True):
        numbers = part.indices if pa.types.is_dictionary(part.type) else part
        one = len(part) > 1 and pc.all(pc.equal(numbers, numbers[0])).as_py()
        pieces += [f'{lead}"{name}":', json_text(part.slice(0, 1))[0].as_py() if one else json_text(part)]
    return joined([*pieces, "}"], len(envelope))


def _octets(texts: pa.StringArray) -> list[bytes | None]:
    return list(texts.cast(pa.binary()).to_pylist())
