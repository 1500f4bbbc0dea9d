"""An open topic: messages go to librdkafka one call each, and their fates come back by callback, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox import registry
from sandbox.clients.kafka import Brokers, Topic, Trouble
from sandbox.clients.registry import SchemaRegistry
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Account, Books, Errand, Refusal
from sandbox.sinks.avro_rows import avro_rows
from sandbox.sinks.kafka_messages import Message, Messages, Messaging
from sandbox.sinks.texts import slices

if TYPE_CHECKING:
    from sandbox.sinks.kafka import KafkaTopic

LARGEST = 1_000_000
"""Bytes of a message that clients of Kafka send unless told otherwise; a topic may take less or more."""
WAITING_MESSAGES, WAITING_KB = 100_000, 256 << 10
"""What waits in the client at most before who sends has to wait."""
_POLLED_EVERY = 1_000
_LINGER_MS = 20
_REFUSED = frozenset(
    {"MSG_SIZE_TOO_LARGE", "INVALID_MSG_SIZE", "INVALID_RECORD", "INVALID_TIMESTAMP", "INVALID_MSG", "POLICY_VIOLATION"}
)
"""What brokers say of a message itself; everything else is said of them or of us."""


def opened(config: KafkaTopic, errand: Errand) -> KafkaProducing:
    """Look at the topic, or make it where that is asked for. Raises InputError, OutsideError."""
    brokers = Brokers(config.servers, config.settings, errand.patience_s)
    topic = _topic(config, brokers)
    largest = int(topic.settings.get("max.message.bytes", LARGEST))
    trouble, retries = Trouble(), Retries()
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
        "statistics.interval.ms": 1000,
        "stats_cb": retries,
    }
    producer = brokers.client("Producer", trouble, wanted)
    avro = None
    if config.registry is not None:
        schemas = SchemaRegistry(config.registry, errand.patience_s)
        subject = config.subject or f"{config.topic}-value"
        avro = avro_rows(errand.contract, lambda schema: schemas.register(subject, schema))
    messaging = Messaging(config, errand.contract, largest, avro)
    return KafkaProducing(config, brokers, messaging, producer, trouble, retries)


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
class Retries:
    """Requests that the client sent once more, as its statistics tell; these come as JSON, once a second."""

    requests: int = 0

    def __call__(self, statistics: str) -> None:
        """Note them; the client calls this by itself."""
        import json

        self.requests = sum(broker["txretries"] for broker in json.loads(statistics)["brokers"].values())


@dataclass(slots=True)
class KafkaProducing:
    """Hands rows to the client; `poll` and `flush` serve the callbacks, in the thread that sends."""

    config: KafkaTopic
    brokers: Brokers
    messaging: Messaging
    producer: Any
    trouble: Trouble
    retries: Retries
    _books: Books = field(default_factory=Books)
    _refusals: list[Refusal] = field(default_factory=list)
    _failure: str = ""

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
        return replace(self._books.account(), retried=self.retries.requests)

    def refusals(self) -> Sequence[Refusal]:
        """Rows refused since this was last asked."""
        told, self._refusals = self._refusals, []
        return told

    def flush(self) -> None:
        """Wait until the fate of every message is known; the client gives up on its own when patience ends."""
        while len(self.producer):
            self.producer.flush(0.2)  # in short turns, so that Ctrl-C is heard
            self._check()

    def held(self) -> None:
        """Kafka keeps no books for its producers."""
        return

    def close(self) -> None:
        """Let go of what waits."""
        self.producer.purge()
        self.producer.flush(0.1)

    def _hand_over(self, messages: Messages) -> None:
        chunk = _Chunk(self, messages, self._books.sent, self._books.open(len(messages.values)))
        if messages.deletes or messages.wrong:
            for at, message in enumerate(messages):
                chunk.put(at, message)
            return
        produce, topic, settled, failure = self.producer.produce, self.config.topic, chunk.callback(), _failure()
        told = iter(messages)
        for start in range(0, len(messages.values), _POLLED_EVERY):
            self._serve(0)
            for at, (value, key, time_ms, headers) in enumerate(islice(told, _POLLED_EVERY), start):
                try:
                    produce(topic, value, key, on_delivery=settled, timestamp=time_ms, headers=headers)
                except (BufferError, failure):
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

    def refuse(self, row: int, chunk: list[int], reason: str) -> None:
        """Book a row that is never taken."""
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


@dataclass(slots=True)
class _Chunk:
    """The rows of one hand-over on their way. Kept until the last of them has its fate."""

    outlet: KafkaProducing
    messages: Messages
    first: int
    open: list[int]
    told: set[int] = field(default_factory=set)
    """Places of rows that were refused late."""

    def callback(self) -> Callable[[Any, Any], None]:
        """What the client calls, once for each message, when that has its fate."""
        chunk = self.open

        def settled(error: Any, message: Any) -> None:
            if error is None:
                chunk[0] -= 1
            else:
                self.failed(error, message)

        return settled

    def failed(self, error: Any, message: Any) -> None:
        """A message did not get there."""
        if error.name() not in _REFUSED:
            self.outlet.fail(error)
            return
        self.outlet.refuse(self.first + self._place_of(message), self.open, error.str())

    def put(self, at: int, message: Message) -> None:
        """Send a row with care: wait for room, book a refusal, let a delete be told twice."""
        if at in self.messages.wrong:
            self.outlet.refuse(self.first + at, self.open, self.messages.wrong[at])
            return
        deletes = self.outlet.config.deletes if at in self.messages.deletes else "message"
        try:
            if deletes == "both":
                self.outlet.produce(message, self._only_failures)
            self.outlet.produce(message if deletes == "message" else (None, *message[1:]), self.callback())
        except _failure() as refused:
            self._refuse_at_once(at, refused.args[0])

    def _only_failures(self, error: Any, message: Any) -> None:
        """Of the first of two messages of a row; the second, which comes after it, settles the row."""
        if error is not None and error.name() in _REFUSED:
            self.open[0] += 1
            self.failed(error, message)
        elif error is not None:
            self.outlet.fail(error)

    def _refuse_at_once(self, at: int, error: Any) -> None:
        if error.name() not in _REFUSED:
            self.outlet.fail(error)
            return
        size = len(self.messages.values[at])
        self.outlet.refuse(
            self.first + at,
            self.open,
            f"{error.str()}: {size:,} bytes; the topic takes {self.outlet.messaging.largest:,}",
        )

    def _place_of(self, message: Any) -> int:
        """Which row a refused message was: the client tells its bytes, not its place; equal ones are told in turn."""
        at = self.messages.values.index(message.value())
        while at in self.told:
            at = self.messages.values.index(message.value(), at + 1)
        self.told.add(at)
        return at


def _failure() -> type[Exception]:
    found: type[Exception] = registry.from_extra("confluent_kafka", "kafka").KafkaException
    return found
