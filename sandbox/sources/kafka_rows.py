"""Messages of Kafka as rows: a batch of them at once, with what the broker and the header `_sandbox` tell of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, words_at
from sandbox.clients.registry import SchemaRegistry
from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD, envelope
from sandbox.scenario.parts import Unread
from sandbox.sources.avro_messages import AvroReader
from sandbox.sources.json_columns import ObjectReader
from sandbox.sources.kafka import KafkaMessages
from sandbox.sources.messages import Messages, brought, brought_alike, json_messages


@dataclass(slots=True)
class KafkaRows:
    """Reads messages of a topic; used by one thread."""

    config: KafkaMessages
    names: list[str]
    """Columns that there are in any case, where values are JSON."""
    _objects: ObjectReader = field(default_factory=ObjectReader)
    _avro: AvroReader | None = None

    def __post_init__(self) -> None:
        if self.config.registry is not None and self.config.format == "avro":
            self._avro = AvroReader(SchemaRegistry(self.config.registry, self.config.patience_s))

    def __call__(self, messages: Sequence[Any]) -> Iterator[pa.RecordBatch | Unread]:
        """The rows of messages, and those that are none; messages without a value are left out."""
        values = [message.value() for message in messages]
        if None in values:
            messages = [message for message, value in zip(messages, values, strict=True) if value is not None]
            values = [value for value in values if value is not None]
        if not messages:
            return
        told = self._envelopes(messages)
        rows = None if self._avro else self._objects(values)
        if rows is not None:
            if self.config.message is not None:
                rows = rows.append_column(self.config.message, pa.array(values, pa.binary()).cast(pa.string()))
            yield _with_columns(rows, self.names).append_column(ENVELOPE_FIELD, told)
            return
        together = Messages(pa.array(values, pa.binary()), told, lambda at: _place(messages[at]))
        yield from self._avro(together) if self._avro else json_messages(together, self.names, self.config.message)

    def _envelopes(self, messages: Sequence[Any]) -> pa.StructArray:
        """What the broker knows, and before it what the header tells."""
        partitions = np.array([message.partition() for message in messages], np.int32)
        offsets = np.array([message.offset() for message in messages], np.int64)
        headers: list[Any] = [_header(message) for message in messages]
        # A message's time is a pair to be made in Python; it is not asked for where the header tells of the arrival.
        arrived = 0 if None not in headers else np.array([_time_us(message) for message in messages], np.int64)
        known = envelope(
            self._ids(partitions, offsets), arrived, partition=partitions, offset=offsets, contract_version=0
        )
        if headers.count(None) == len(headers):
            return known
        alike = brought_alike(headers, known) if None not in headers else None
        if alike is not None:
            return alike
        try:
            texts = pa.array(headers, pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            return known
        return brought(texts, known)

    def _ids(self, partitions: np.ndarray[Any, Any], offsets: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """An id for each place; the same at every reading."""
        ids = np.empty(len(offsets), np.uint64)
        for partition in np.unique(partitions).tolist():
            mine = partitions == partition
            ids[mine] = words_at(Address(("event", "kafka", self.config.topic, str(partition))), offsets[mine])
        return ids


def _header(message: Any) -> bytes | None:
    for name, value in message.headers() or ():
        if name == ENVELOPE:
            return value  # type: ignore[no-any-return]
    return None


def _time_us(message: Any) -> int:
    """When it came, by its own time or the broker's; 1970 where it has none."""
    return int(max(0, message.timestamp()[1])) * 1000


def _place(message: Any) -> str:
    return f"partition {message.partition()} offset {message.offset()}"


def _with_columns(rows: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """The rows with a column for each name, first and in that order; one that they lack is null."""
    order = [*names, *(name for name in rows.schema.names if name not in names)]
    if order == rows.schema.names:
        return rows
    columns = [
        rows.column(name) if name in rows.schema.names else pa.nulls(rows.num_rows, pa.string()) for name in order
    ]
    return pa.RecordBatch.from_arrays(columns, names=order)
