"""librdkafka's own mock cluster: brokers in this process, for whoever has no Kafka.

It makes a topic as soon as a producer asks for it, with four partitions, and knows nothing of topics' settings.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator

from confluent_kafka import Consumer, Message, Producer, TopicPartition

PARTITIONS = 4


@contextlib.contextmanager
def mock_kafka(*topics: str, brokers: int = 1) -> Iterator[str]:
    """The servers of a cluster that has these topics."""
    quiet = logging.getLogger("tests.mock_kafka")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    owner = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": brokers}, logger=quiet)
    for topic in topics:
        owner.list_topics(topic, timeout=10)
    found = owner.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{broker.host}:{broker.port}" for broker in found)
    owner.close()


def consumed(servers: str, topic: str, messages: int, partitions: int = PARTITIONS) -> list[Message]:
    """The first messages of a topic: so many, by partition and offset."""
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "tests"})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
    found: list[Message] = []
    while len(found) < messages:
        told = consumer.consume(messages - len(found), timeout=20)
        assert told, f"{len(found)} of {messages} messages came"
        found += told
    consumer.close()
    assert not any(message.error() for message in found)
    return sorted(found, key=lambda message: (message.partition(), message.offset()))


def rows_of(messages: list[Message]) -> list[dict[str, object]]:
    """The JSON objects of messages that have a value."""
    return [json.loads(message.value()) for message in messages if message.value() is not None]
