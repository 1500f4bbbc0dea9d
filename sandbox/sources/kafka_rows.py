"""Messages of Kafka as rows: a batch of them at once, with what the broker and the header `_sandbox` tell of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, words_at
from sandbox.contract.envelope import envelope
from sandbox.scenario.parts import Unread
from sandbox.sources.brought_envelopes import brought, brought_alike
from sandbox.sources.json_digits import NO_KEYS, Keys
from sandbox.sources.kafka import KafkaMessages
from sandbox.sources.kafka_taken import Taken
from sandbox.sources.message_reading import MessageReader, message_reader
from sandbox.sources.messages import Messages


@dataclass(slots=True)
class KafkaRows:
    """Reads messages of a topic; used by one thread."""

    config: KafkaMessages
    names: Sequence[str] = ()
    """Columns that there are in any case, where values are JSON."""
    exact: Keys = NO_KEYS
    """Keys whose numbers are kept as they are written, where values are JSON."""
    _read: MessageReader = field(init=False)

    def __post_init__(self) -> None:
        self._read = message_reader(self.config, self.config.patience_s, self.names, self.exact)

    def __call__(self, found: Taken) -> Iterator[pa.RecordBatch | Unread]:
        """The rows of messages, and those that are none; messages without a value are left out."""
        if None in found.values:
            found = found.kept([at for at, value in enumerate(found.values) if value is not None])
        if found.values:
            yield from self._read(Messages(found.values, self._envelopes(found), lambda at: _place(found, at)))

    def _envelopes(self, found: Taken) -> pa.StructArray:
        """What the broker knows, and before it what the header tells."""
        headers = found.headers
        known = envelope(
            self._ids(found.partitions, found.offsets),
            found.arrived,
            partition=found.partitions,
            offset=found.offsets,
            contract_version=0,
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


def _place(found: Taken, at: int) -> str:
    return f"partition {found.partitions[at]} offset {found.offsets[at]}"
