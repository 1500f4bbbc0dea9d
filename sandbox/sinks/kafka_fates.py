"""What becomes of messages that librdkafka was given: their fates come back by callback, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox import registry
from sandbox.sinks.kafka_messages import Message, Messages

if TYPE_CHECKING:
    from sandbox.sinks.kafka_producing import KafkaProducing

_REFUSED = frozenset(
    {"MSG_SIZE_TOO_LARGE", "INVALID_MSG_SIZE", "INVALID_RECORD", "INVALID_TIMESTAMP", "INVALID_MSG", "POLICY_VIOLATION"}
)
"""What brokers say of a message itself; everything else is said of them or of us."""


@dataclass(slots=True)
class Chunk:
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
        self.outlet.refuse(self.first + self._place_of(message), self.open, error.str(), was_sent=True)

    def put(self, at: int, message: Message) -> None:
        """Send a row with care: wait for room, book a refusal, let a delete be told twice."""
        if at in self.messages.wrong:
            self.outlet.refuse(self.first + at, self.open, self.messages.wrong[at])
            return
        deletes = self.outlet.config.deletes if at in self.messages.deletes else "message"
        try:
            if deletes == "both":
                self.outlet.produce_beside(message, self._only_failures)
            self.outlet.produce(message if deletes == "message" else (None, *message[1:]), self.callback())
        except failure() as refused:
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


def failure() -> type[Exception]:
    """What the client raises."""
    found: type[Exception] = registry.from_extra("confluent_kafka", "kafka").KafkaException
    return found
