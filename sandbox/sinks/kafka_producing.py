"""An open topic: messages go to librdkafka one call each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.clients.kafka import Brokers, Topic, Trouble
from sandbox.clients.registry import SchemaRegistry
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, Books, Errand, Refusal
from sandbox.sinks.avro_rows import avro_rows
from sandbox.sinks.kafka_fates import Chunk, failure
from sandbox.sinks.kafka_messages import Messages, Messaging
from sandbox.sinks.pieces import slices

if TYPE_CHECKING:
    from sandbox.sinks.kafka import KafkaTopic

LARGEST = 1_000_000
"""Bytes of a message that clients of Kafka send unless told otherwise; a topic may take less or more."""
WAITING_MESSAGES, WAITING_KB = 100_000, 256 << 10
"""What waits in the client at most before who sends has to wait."""
_POLLED_EVERY = 1_000
_LINGER_MS = 20
_STATISTICS_EVERY_S = 1.0


def opened(config: KafkaTopic, errand: Errand) -> KafkaProducing:
    """Look at the topic, or make it where that is asked for. Raises InputError, OutsideError."""
    brokers = Brokers(config.servers, config.settings, errand.patience_s)
    topic = _topic(config, brokers)
    largest = int(topic.settings.get("max.message.bytes", LARGEST))
    trouble, statistics = Trouble(), Statistics()
    wanted = {
        "acks": config.acks,
        "enable.idempotence": config.idempotent,
        "partitioner": config.partitioner,
        "compression.type": config.compression,
        "linger.ms": _LINGER_MS,
        "message.max.bytes": largest,
        "message.timeout.ms": int(1000 * errand.patience_s),
        "queue.buffering.max.messages": WAITING_MESSAGES,
        "queue.buffering.max.kbytes": WAITING_KB,
        "statistics.interval.ms": int(1000 * _STATISTICS_EVERY_S),
        "stats_cb": statistics,
    }
    producer = brokers.client("Producer", trouble, wanted)
    avro = None
    if config.registry is not None:
        schemas = SchemaRegistry(config.registry, errand.patience_s)
        subject = config.subject or f"{config.topic}-value"
        avro = avro_rows(errand.contract, lambda schema: schemas.register(subject, schema))
    messaging = Messaging(config, errand.contract, largest, avro)
    return KafkaProducing(config, brokers, messaging, producer, trouble, statistics)


def _topic(config: KafkaTopic, brokers: Brokers) -> Topic:
    topic = brokers.topic(config.topic)
    if topic is None and config.partitions is not None:
        brokers.make(config.topic, config.partitions, config.replication, config.topic_settings)
        topic = brokers.topic(config.topic)
    if topic is None:
        raise OutsideError(
            f"kafka://{config.servers}/{config.topic}: there is no such topic; look at its name, or have it made: "
            "?partitions=3."
        )
    return topic


@dataclass(slots=True)
class Statistics:
    """What the client tells of itself, as JSON, once a second."""

    transmitted: int = 0
    """Messages that it sent to brokers; one that was sent again counts again."""
    told: int = 0
    """How often it told."""

    def __call__(self, statistics: str) -> None:
        """Note them; the client calls this by itself."""
        import json

        self.transmitted = json.loads(statistics)["txmsgs"]
        self.told += 1


@dataclass(slots=True)
class KafkaProducing:
    """Hands rows to the client; `poll` and `flush` serve the callbacks, in the thread that sends."""

    config: KafkaTopic
    brokers: Brokers
    messaging: Messaging
    producer: Any
    trouble: Trouble
    statistics: Statistics
    _books: Books = field(default_factory=Books)
    _refusals: list[Refusal] = field(default_factory=list)
    _failure: str = ""
    _beside: int = 0
    """Messages that the client was given beyond one a row; less than 0 where it was not given all."""
    _known_trouble: int = 0

    def send(self, batch: pa.RecordBatch, faults: NDArray[np.int8] | None = None) -> None:
        """Hand the rows over; waits while too many wait already."""
        at = 0
        for part in slices(batch):
            wrong = None if faults is None else faults[at : at + part.num_rows]
            self._hand_over(self.messaging(part, wrong))
            at += part.num_rows

    def account(self) -> Account:
        """What is known by now; of a client that gave up too."""
        self.producer.poll(0)
        open_rows = sum(left for left, _ in self._books.pending)
        self._books.acknowledged = self._books.sent - open_rows - self._books.refused
        again = self.statistics.transmitted - self._books.sent - self._beside
        return replace(self._books.account(), retried=max(0, again))

    def refusals(self) -> Sequence[Refusal]:
        """Rows refused since this was last asked."""
        told, self._refusals = self._refusals, []
        return told

    def flush(self) -> None:
        """Wait until the fate of every message is known; the client gives up on its own when patience ends."""
        while len(self.producer):
            self.producer.flush(0.2)  # in short turns, so that Ctrl-C is heard
            self._check()
        if self.trouble.times > self._known_trouble:
            self._hear_statistics()

    def held(self) -> None:
        """Kafka keeps no books for its producers."""
        return

    def close(self) -> None:
        """Let go of what waits."""
        self.producer.purge()
        self.producer.flush(0.1)

    def _hear_statistics(self) -> None:
        """Wait for those of after the last message: after trouble they tell how many were sent again."""
        self._known_trouble = self.trouble.times
        told, end = self.statistics.told, time.monotonic() + 2 * _STATISTICS_EVERY_S
        while self.statistics.told == told and time.monotonic() < end:
            self.producer.poll(0.1)

    def _hand_over(self, messages: Messages) -> None:
        chunk = Chunk(self, messages, self._books.sent, self._books.open(len(messages.values)))
        if messages.deletes or messages.wrong:
            for at, message in enumerate(messages):
                chunk.put(at, message)
            return
        produce, topic, settled, raised = self.producer.produce, self.config.topic, chunk.callback(), failure()
        told = iter(messages)
        for start in range(0, len(messages.values), _POLLED_EVERY):
            self._serve(0)
            for at, (value, key, time_ms, headers) in enumerate(islice(told, _POLLED_EVERY), start):
                try:
                    produce(topic, value, key, on_delivery=settled, timestamp=time_ms, headers=headers)
                except (BufferError, raised):
                    chunk.put(at, (value, key, time_ms, headers))

    def produce(self, message: tuple[bytes | None, bytes | None, int, Any], done: Any) -> None:
        """Hand one message over, waiting for room. Raises KafkaException: it is refused at once."""
        value, key, time_ms, headers = message
        while True:
            try:
                self.producer.produce(
                    self.config.topic, value, key, on_delivery=done, timestamp=time_ms, headers=headers
                )
                return
            except BufferError:
                self._serve(0.1)

    def produce_beside(self, message: tuple[bytes | None, bytes | None, int, Any], done: Any) -> None:
        """As `produce`, one that goes before the message of a row."""
        self.produce(message, done)
        self._beside += 1

    def refuse(self, row: int, chunk: list[int], reason: str, was_sent: bool = False) -> None:
        """Book a row that is never taken, by brokers that were sent it or by the client already."""
        self._beside -= not was_sent
        chunk[0] -= 1
        self._books.refused += 1
        self._refusals.append(Refusal(row, reason))

    def fail(self, error: Any) -> None:
        """Note why messages are not delivered; raised by the next call of who sends."""
        if not self._failure and error.name() != "_PURGE_QUEUE":
            self._failure = error.name() if error.name().startswith("_MSG_TIMED") else error.str()

    def _serve(self, wait_s: float) -> None:
        self.producer.poll(wait_s)
        self._check()

    def _check(self) -> None:
        if self._failure.startswith("_MSG_TIMED"):
            raise self.brokers.silent(self.trouble.last or "messages are not acknowledged")
        if self._failure or self.trouble.fatal:
            told = (self._failure or self.trouble.fatal).rstrip(".")
            raise OutsideError(f"kafka://{self.config.servers}/{self.config.topic}: {told}.")
