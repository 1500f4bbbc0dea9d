"""Consumers of Kafka that belong to no group: partitions from an offset on, and errors in words."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox import registry
from sandbox.clients.kafka import Brokers, Trouble
from sandbox.errors import OutsideError
from sandbox.sources.kafka import KafkaMessages
from sandbox.sources.kafka_taken import Taken, taken, together
from sandbox.sources.message_streams import BEGINNING, END

AT_ONCE = 20_000
"""Messages that are read together, where so many are there."""
_OF_A_CALL = 1_000
"""Messages that are taken from the client in one call."""
_ASKED_FOR_S = 5.0
_SETTINGS = {
    "group.id": "sandbox",  # the client wants one; none is joined, and nothing committed
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
    "queued.max.messages.kbytes": 128 << 10,
    "fetch.queue.backoff.ms": 10,  # not a second, by which a queue that was full would be long empty
    "fetch.message.max.bytes": 8 << 20,
}
_FOR_A_LOOK = {"queued.min.messages": 1_000, "fetch.message.max.bytes": 256 << 10}


@dataclass(slots=True)
class Consuming:
    """A consumer of some partitions, and where it is."""

    config: KafkaMessages
    brokers: Brokers
    consumer: Any
    trouble: Trouble
    ends: dict[int, int] = field(default_factory=dict)
    """Of partitions that were read to their end at some time, the offset of the message that came next there."""
    _silent_since: float | None = None

    def assign(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on."""
        place = registry.from_extra("confluent_kafka", "kafka").TopicPartition
        self.consumer.assign([place(self.config.topic, partition, offset) for partition, offset in offsets.items()])

    def take(self, messages: int, wait_s: float) -> list[Any]:
        """So many messages, or those that came by then.

        Raises:
            OutsideError: nobody answers any more, or what is asked for is gone.
        """
        found = self.consumer.consume(messages, wait_s)
        good = [message for message in found if message.error() is None]
        if len(good) < len(found):
            for message in found:
                if message.error() is not None:
                    self._judge(message)
        if found:
            self._silent_since, self.trouble.last = None, ""
        elif self.trouble.last:
            self._check_that_somebody_answers()
        return good

    def take_together(self, most: int, wait_s: float) -> Taken | None:
        """Up to so many messages, or those that came when none had come for so long; None: there are none.

        Raises:
            OutsideError: as `take`.
        """
        pieces: list[Taken] = []
        while most > 0 and (messages := self.take(min(most, _OF_A_CALL), wait_s)):
            pieces.append(taken(messages))
            most -= len(messages)
        return together(pieces) if pieces else None

    def bounds(self, partition: int) -> tuple[int, int]:
        """The first offset that is kept, and the one after the last. Raises OutsideError: nobody answers."""
        place = registry.from_extra("confluent_kafka", "kafka").TopicPartition(self.config.topic, partition)
        asked = lambda: self.consumer.get_watermark_offsets(place, timeout=_ASKED_FOR_S)  # noqa: E731
        low, high = self.brokers.asked(self.consumer, asked, self.trouble)
        return int(low), int(high)

    def begins(self, bounds: Mapping[int, tuple[int, int]]) -> dict[int, int]:
        """Where `start` and `after` say that each partition begins, within its bounds.

        Raises:
            OutsideError: nobody answers.
        """
        start = self.config.start
        wanted: Mapping[int, int] = {}
        if start == END:
            wanted = {partition: high for partition, (_, high) in bounds.items()}
        elif isinstance(start, int):
            wanted = dict.fromkeys(bounds, start)
        elif start != BEGINNING:
            wanted = self._offsets_at(start, bounds)
        after = {int(partition): offset + 1 for partition, offset in self.config.after.items()}
        wanted = {**wanted, **{partition: offset for partition, offset in after.items() if partition in bounds}}
        return {partition: min(max(wanted.get(partition, low), low), high) for partition, (low, high) in bounds.items()}

    def close(self) -> None:
        """Let the connections go."""
        self.consumer.close()

    def _offsets_at(self, start: str, bounds: Mapping[int, tuple[int, int]]) -> dict[int, int]:
        moment_ms = int(dt.datetime.fromisoformat(start).timestamp() * 1000)
        place = registry.from_extra("confluent_kafka", "kafka").TopicPartition
        asked = [place(self.config.topic, partition, moment_ms) for partition in bounds]
        found = self.brokers.asked(
            self.consumer, lambda: self.consumer.offsets_for_times(asked, timeout=_ASKED_FOR_S), self.trouble
        )
        # -1: nothing came since.
        return {each.partition: each.offset if each.offset >= 0 else bounds[each.partition][1] for each in found}

    def _judge(self, message: Any) -> None:
        """What an error in the place of a message means."""
        error = message.error()
        if error.name() == "_PARTITION_EOF":
            self.ends[message.partition()] = message.offset()
            return
        where = f"kafka://{self.config.servers}/{self.config.topic}"
        if error.name() in ("_AUTO_OFFSET_RESET", "OFFSET_OUT_OF_RANGE"):
            raise OutsideError(
                f"{where}: partition {message.partition()} does not have the messages any more that come next; brokers "
                "keep them for some time only. Begin at a later start."
            )
        if not error.retriable() and error.name() not in ("_ALL_BROKERS_DOWN", "_TRANSPORT", "_MAX_POLL_EXCEEDED"):
            raise OutsideError(f"{where}: {error.str()}.")

    def _check_that_somebody_answers(self) -> None:
        """Nothing came, and the client complained: an idle topic, or brokers that are gone?"""
        failure = registry.from_extra("confluent_kafka", "kafka").KafkaException
        try:
            self.consumer.list_topics(self.config.topic, timeout=1.0)
            self._silent_since, self.trouble.last = None, ""
        except failure as error:
            now = time.monotonic()
            self._silent_since = self._silent_since or now
            if now - self._silent_since > self.config.patience_s:
                raise self.brokers.silent(self.trouble.last or error.args[0].str()) from None


def consuming(config: KafkaMessages, for_a_look: bool = False) -> Consuming:
    """A consumer that reads nothing yet, set up for all there is or for a look at its beginning. Raises InputError."""
    trouble = Trouble()
    brokers = Brokers(config.servers, config.settings, config.patience_s)
    settings = {**_SETTINGS, **(_FOR_A_LOOK if for_a_look else {})}
    return Consuming(config, brokers, brokers.client("Consumer", trouble, settings), trouble)


def partitions_of(config: KafkaMessages) -> Sequence[int]:
    """The topic's partitions. Raises OutsideError: there is no such topic, or nobody answers."""
    topic = Brokers(config.servers, config.settings, config.patience_s).topic(config.topic, with_settings=False)
    if topic is None:
        raise OutsideError(f"kafka://{config.servers}/{config.topic}: there is no such topic; look at its name.")
    return topic.partitions
