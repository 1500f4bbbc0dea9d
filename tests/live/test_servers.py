"""The servers themselves: what was acknowledged is there after a kill."""

from __future__ import annotations

import subprocess

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic


def test_kafka_keeps_what_it_acknowledged_when_it_is_killed(kafka, topic):
    admin = AdminClient({"bootstrap.servers": kafka.address})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": kafka.address, "acks": "all"})
    producer.produce(topic, b"kept")
    assert producer.flush(30) == 0
    kafka.kill()
    kafka.start()
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": topic})
    consumer.assign([TopicPartition(topic, 0, 0)])
    message = consumer.poll(30)
    consumer.close()
    assert message.value() == b"kept"


def test_postgresql_keeps_what_was_committed_when_it_is_killed(postgresql):
    assert _asked("create table kept as select 7 as number") == "SELECT 1"
    postgresql.kill()
    postgresql.start()
    assert _asked("select number from kept") == "7"


def _asked(statement):
    done = subprocess.run(["psql", "-At", "-c", statement], capture_output=True, text=True, check=True)
    return done.stdout.strip()
