"""What lies in a topic of Kafka now: shares of each partition, up to the end that it had when it was opened."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.parts import Share, Unread
from sandbox.sources.ahead import read_ahead
from sandbox.sources.json_digits import NO_KEYS, Keys
from sandbox.sources.kafka import KafkaMessages
from sandbox.sources.kafka_consuming import AT_ONCE, Consuming, consuming, partitions_of
from sandbox.sources.kafka_rows import KafkaRows
from sandbox.sources.kafka_taken import Taken
from sandbox.sources.message_streams import END
from sandbox.sources.shapes import union_of

SHARE_MESSAGES = 1 << 20
"""Messages of a share at most. Shares are cut at multiples of it, so that a whole one stays as it is when more come."""
_LOOKED_AT = 16
"""Shares that are looked at for the keys of their first messages."""
_FIRST = 1_000
_WAIT_S = 0.5
_AHEAD = 2
"""Batches of messages that wait for the one before them to be read."""


@dataclass(slots=True)
class KafkaPartitions:
    """The messages of a topic, as raw rows."""

    config: KafkaMessages
    ranges: Sequence[tuple[int, int, int]]
    """Partition, first offset, and the offset after the last, of each share."""
    exact: Keys = NO_KEYS
    """Keys whose numbers are kept as they are written."""
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
        rows = KafkaRows(self.config, names, self.exact)
        for messages in read_ahead(self._read(*self.ranges[share.index]), _AHEAD):
            if messages is not None:
                yield from rows(messages)

    def look(self, consumer: Consuming) -> None:
        """Learn the columns from the first messages. Raises OutsideError: there are none that could be read."""
        schemas = []
        for partition, first, last in self.ranges[:_LOOKED_AT]:
            rows = KafkaRows(self.config)
            for messages in _messages(consumer, partition, first, min(last, first + _FIRST)):
                found = rows(messages) if messages is not None else ()
                schemas += [each.schema for each in found if isinstance(each, pa.RecordBatch)]
        if not schemas:
            where = f"kafka://{self.config.servers}/{self.config.topic}"
            raise OutsideError(f"{where}: holds no message that is a row in {self.config.format} from its start on.")
        known = union_of([schema.remove(schema.get_field_index(ENVELOPE)) for schema in schemas])
        self._schema = known.append(ENVELOPE_FIELD)

    def keep_digits(self, keys: Keys) -> None:
        """Keep numbers under these keys as they are written."""
        self.exact = keys

    def close(self) -> None:
        """Nothing is held open between shares."""

    def _read(self, partition: int, first: int, last: int) -> Generator[Taken | None, None, None]:
        consumer = consuming(self.config)
        try:
            yield from _messages(consumer, partition, first, last)
        finally:
            consumer.close()


def _messages(consumer: Consuming, partition: int, first: int, last: int) -> Iterator[Taken | None]:
    """The messages of a partition from one offset to before another, in batches.

    None says that nothing came for a while; so that who wants to leave need not wait until something does.
    """
    consumer.assign({partition: first})
    following = first
    # Offsets have gaps where messages were compacted away, so the last one may never come.
    while following < last and consumer.ends.get(partition, -1) < last:
        found = consumer.take_together(min(AT_ONCE, last - following), _WAIT_S)
        if found is not None:
            following = int(found.offsets[-1]) + 1
        if found is not None and following > last:
            found = found.kept(np.flatnonzero(found.offsets < last).tolist())
        yield found


def opened(config: KafkaMessages) -> KafkaPartitions:
    """Look at the partitions. Raises InputError, OutsideError."""
    if config.start == END:
        where = f"kafka://{config.servers}/{config.topic}"
        raise InputError(f"{where}: start: nothing lies behind the end; only who follows begins there.")
    consumer = consuming(config, for_a_look=True)
    try:
        bounds = {partition: consumer.bounds(partition) for partition in partitions_of(config)}
        begins = consumer.begins(bounds)
        ranges = [
            (partition, first, last)
            for partition, begin in begins.items()
            for first, last in _cut(begin, bounds[partition][1])
        ]
        source = KafkaPartitions(config, ranges)
        source.look(consumer)
        return source
    finally:
        consumer.close()


def _cut(begin: int, end: int) -> Iterator[tuple[int, int]]:
    while begin < end:
        after = min(end, (begin // SHARE_MESSAGES + 1) * SHARE_MESSAGES)
        yield begin, after
        begin = after
