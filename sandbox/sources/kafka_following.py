"""A topic of Kafka that is followed: all its partitions, those too that come later."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD
from sandbox.errors import OutsideError
from sandbox.scenario.parts import Unread
from sandbox.sources.json_digits import Keys
from sandbox.sources.kafka import KafkaMessages
from sandbox.sources.kafka_consuming import AT_ONCE, Consuming, consuming, partitions_of
from sandbox.sources.kafka_rows import KafkaRows
from sandbox.sources.kafka_taken import together

LOOK_EVERY_S = 60.0
"""How often it is looked whether the topic has more partitions."""


def followed(config: KafkaMessages, position: Mapping[str, str] | None) -> KafkaFollowing:
    """Look at the partitions; from the end means: from what is the end now. Raises InputError, OutsideError."""
    consumer = consuming(config)
    try:
        told = {} if position is None else {int(partition): int(offset) for partition, offset in position.items()}
        bounds = {partition: consumer.bounds(partition) for partition in partitions_of(config)}
        # A partition that came while nobody looked is read from its beginning.
        begins = {partition: low for partition, (low, _) in bounds.items()} if told else consumer.begins(bounds)
        gone = [
            partition for partition, offset in told.items() if partition in bounds and offset < bounds[partition][0]
        ]
        if gone:
            raise OutsideError(
                f"kafka://{config.servers}/{config.topic}: partition {gone[0]} does not have the messages any more "
                "that come next; brokers keep them for some time only. Begin anew, at a later start."
            )
        following = KafkaFollowing(config, consumer, {**begins, **told})
        consumer.assign(following.offsets)
    except BaseException:
        consumer.close()
        raise
    return following


@dataclass(slots=True)
class KafkaFollowing:
    """Which partitions are read, and where each stands."""

    config: KafkaMessages
    consumer: Consuming
    offsets: dict[int, int]
    """Of each partition, the offset of the message that comes next."""
    _rows: KafkaRows = field(init=False)
    _schema: pa.Schema = field(default_factory=lambda: pa.schema([ENVELOPE_FIELD]))
    _looked: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._rows = KafkaRows(self.config)

    def schema(self) -> pa.Schema:
        """The columns that came so far (all text, where they are JSON), and the envelope."""
        return self._schema

    def poll(self, wait_s: float) -> Sequence[pa.RecordBatch | Unread]:
        """Messages that came since, of all partitions; waits for the first, and not for more.

        Raises:
            OutsideError: nobody answers any more, or what comes next is gone.
        """
        if time.monotonic() > self._looked + LOOK_EVERY_S:
            self._look_again()
        end = time.monotonic() + wait_s
        came = self.consumer.take_together(1, 0)
        while came is None and (left := end - time.monotonic()) > 0:
            came = self.consumer.take_together(1, min(left, 0.5))
        if came is None:
            return []
        more = self.consumer.take_together(AT_ONCE, 0)
        messages = came if more is None else together([came, more])
        found = list(self._rows(messages))
        for partition in np.unique(messages.partitions).tolist():
            self.offsets[partition] = int(messages.offsets[messages.partitions == partition][-1]) + 1
        for rows in found:
            if isinstance(rows, pa.RecordBatch):
                self._learn(rows.schema)
        return found

    def position(self) -> Mapping[str, str]:
        """The next offset of each partition."""
        return {str(partition): str(offset) for partition, offset in sorted(self.offsets.items())}

    def lag(self) -> int:
        """Messages that wait in all partitions. Raises OutsideError: nobody answers."""
        return sum(max(0, self.consumer.bounds(partition)[1] - offset) for partition, offset in self.offsets.items())

    def keep_digits(self, keys: Keys) -> None:
        """Keep numbers under these keys as they are written."""
        self._rows = KafkaRows(self.config, exact=keys)

    def close(self) -> None:
        """Let the connections go."""
        self.consumer.close()

    def _learn(self, schema: pa.Schema) -> None:
        new = [each for each in schema if each.name != ENVELOPE and each.name not in self._schema.names]
        if new:
            self._schema = pa.schema([*list(self._schema)[:-1], *new, ENVELOPE_FIELD])

    def _look_again(self) -> None:
        self._looked = time.monotonic()
        new = [partition for partition in partitions_of(self.config) if partition not in self.offsets]
        if new:
            self.offsets |= {partition: self.consumer.bounds(partition)[0] for partition in new}
            self.consumer.assign(self.offsets)
