"""What lies in a topic of Kafka now: shares of each partition, up to the end that it had when it was opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.parts import Share, Unread
from sandbox.sources.kafka import END, KafkaMessages
from sandbox.sources.kafka_consuming import CALL_MESSAGES, consuming, partitions_of
from sandbox.sources.kafka_rows import KafkaRows
from sandbox.sources.shapes import union_of

SHARE_MESSAGES = 1 << 20
"""Messages of a share at most. Shares are cut at multiples of it, so that a whole one stays as it is when more come."""
_LOOKED_AT = 16
"""Shares that are looked at for the keys of their first messages."""
_FIRST = 1_000
_WAIT_S = 0.5


@dataclass(slots=True)
class KafkaPartitions:
    """The messages of a topic, as raw rows."""

    config: KafkaMessages
    ranges: Sequence[tuple[int, int, int]]
    """Partition, first offset, and the offset after the last, of each share."""
    _schema: pa.Schema = field(default_factory=lambda: pa.schema([]))

    def schema(self) -> pa.Schema:
        """Every key of the first messages (all text, where they are JSON) and the envelope; later ones may add some."""
        return self._schema

    def shares(self) -> Sequence[Share]:
        """One share a partition, or more of a long one."""
        return [
            Share(at, f"{partition}-{first}", rows=last - first, fingerprint=f"{partition} {first} {last}")
            for at, (partition, first, last) in enumerate(self.ranges)
        ]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Unread]:
        """The messages of a share, in their order; at a second reading the same."""
        names = [name for name in self._schema.names if name != ENVELOPE] if self.config.format == "json" else []
        yield from self._read(share.index, KafkaRows(self.config, names), None)

    def look(self) -> None:
        """Learn the columns from the first messages. Raises OutsideError: there are none that could be read."""
        schemas = []
        for at in range(min(_LOOKED_AT, len(self.ranges))):
            found = self._read(at, KafkaRows(self.config, []), _FIRST)
            schemas += [rows.schema for rows in found if isinstance(rows, pa.RecordBatch)]
        if not schemas:
            where = f"kafka://{self.config.servers}/{self.config.topic}"
            raise OutsideError(f"{where}: holds no message that is a row in {self.config.format} from its start on.")
        known = union_of([schema.remove(schema.get_field_index(ENVELOPE)) for schema in schemas])
        self._schema = known.append(ENVELOPE_FIELD)

    def close(self) -> None:
        """Nothing is held open between shares."""

    def _read(self, at: int, rows: KafkaRows, most: int | None) -> Iterator[pa.RecordBatch | Unread]:
        partition, first, last = self.ranges[at]
        last = last if most is None else min(last, first + most)
        consumer = consuming(self.config)
        try:
            consumer.assign({partition: first})
            following = first
            # Offsets have gaps where messages were compacted away, so the last one may never come.
            while following < last and consumer.ends.get(partition, -1) < last:
                messages = consumer.take(min(CALL_MESSAGES, last - following), _WAIT_S)
                if messages:
                    following = messages[-1].offset() + 1
                    yield from rows([message for message in messages if message.offset() < last])
        finally:
            consumer.close()


def opened(config: KafkaMessages) -> KafkaPartitions:
    """Look at the partitions. Raises InputError, OutsideError."""
    if config.start == END:
        where = f"kafka://{config.servers}/{config.topic}"
        raise InputError(f"{where}: start: nothing lies behind the end; only who follows begins there.")
    consumer = consuming(config)
    try:
        bounds = {partition: consumer.bounds(partition) for partition in partitions_of(config)}
        begins = consumer.begins(bounds)
    finally:
        consumer.close()
    ranges = [
        (partition, first, last)
        for partition, begin in begins.items()
        for first, last in _cut(begin, bounds[partition][1])
    ]
    source = KafkaPartitions(config, ranges)
    source.look()
    return source


def _cut(begin: int, end: int) -> Iterator[tuple[int, int]]:
    while begin < end:
        after = min(end, (begin // SHARE_MESSAGES + 1) * SHARE_MESSAGES)
        yield begin, after
        begin = after
