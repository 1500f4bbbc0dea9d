"""Messages of a real Kafka: beside the raw producer with its callback, and a bare consumer that parses with orjson.

Both sides of a pair send or read the same messages on the same broker, by turns. Both ratios are told, of how long it
took and of what it cost the processors: a bare consumer with librdkafka's defaults waits more than it works, and
sandbox works in that time (it checks, digests and writes what the other throws away).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka import Consumer, Producer, TopicPartition

from sandbox.clients.kafka import Brokers
from sandbox.landing import Shape, land
from sandbox.scenario.loader import Options, load
from sandbox.scenario.outlets import Errand
from sandbox.sinks.kafka import KafkaTopic
from sandbox.sinks.kafka_messages import Message, Messaging
from sandbox.sinks.pieces import slices
from tests.benchmarks.printing import Line
from tests.benchmarks.running import sandbox
from tests.benchmarks.turns import by_turns
from tests.benchmarks.web_events import BATCH_ROWS, CONTRACT, batch_of, batches_of
from tests.servers import Kafka

ROWS = 300_000
PARTITIONS = 4
MEMORY_MILLIONS = (1, 3)
_SCENARIO = """\
sandbox: 1
name: landed
clock: {{start: 2026-01-01, days: 30}}
datasets:
  web:
    rows: 1
    time: happened_at
    columns:
      event_id: {{serial: 1}}
      customer_id: {{integer: [0, 5000]}}
      happened_at: {{datetime: [2026-01-01, 2026-01-30]}}
      kind: {{choice: [page_view, product_view, basket, purchase]}}
      product_id: {{pattern: "P[0-9]{{5}}"}}
      page: {{pattern: "/products/[0-9]{{1,3}}"}}
      price: {{uniform: [0, 100]}}
targets: {{real: {{web: {{kafka: {{servers: "{servers}", topic: {topic}}}}}}}}}
"""


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Measure on a share of the rows."""
    rows = int(ROWS * share)
    batches = batches_of(rows)
    with Kafka() as kafka:
        lines = []
        for words, told in (("value, key and header", True), ("value and key", False)):
            lines += _sending(kafka.address, words, told, batches, rounds)
        lines += _reading(kafka.address, batches, folder, rounds)
        return lines + _memory(kafka.address, folder, share)


def _sending(servers: str, words: str, told: bool, batches: Sequence[pa.RecordBatch], rounds: int) -> list[Line]:
    payload = _payload(batches, told)
    pair: dict[str, Callable[[], object]] = {
        f"sandbox, {words}": lambda: _ours(servers, batches, told),
        f"raw producer, {words}": lambda: _raw(servers, payload),
    }
    return by_turns(pair, len(payload), rounds)


def _reading(servers: str, batches: Sequence[pa.RecordBatch], folder: Path, rounds: int) -> list[Line]:
    # The payloads of sending are gone by now; the collector would go through them again and again, for both sides.
    topic, _ = _ours(servers, batches, True)
    rows = sum(batch.num_rows for batch in batches)
    scenario = folder / "landed.yaml"
    scenario.write_text(_SCENARIO.format(servers=servers, topic=topic), encoding="utf-8")
    pair: dict[str, Callable[[], object]] = {
        "sandbox, messages to Parquet": lambda: _landed(scenario, folder / uuid.uuid4().hex, rows),
        "bare consumer and orjson, messages to nothing": lambda: _bare(servers, topic, rows),
    }
    return by_turns(pair, rows, rounds)


def _memory(servers: str, folder: Path, share: float) -> list[Line]:
    """The largest resident set of processes that read one partition to Parquet: it must not grow with the messages."""
    lines = []
    for millions in MEMORY_MILLIONS:
        rows = int(1_000_000 * millions * share)
        batches = (batch_of(first, min(BATCH_ROWS, rows - first)) for first in range(0, rows, BATCH_ROWS))
        topic, _ = _ours(servers, batches, True, partitions=1)
        scenario = folder / f"{topic}.yaml"
        scenario.write_text(_SCENARIO.format(servers=servers, topic=topic), encoding="utf-8")
        measured = sandbox("memory", "land", scenario, folder / topic).run()
        figures = {"seconds": measured.seconds, "cpu seconds": measured.cpu_seconds, "memory MiB": measured.memory_mib}
        lines.append(Line(f"sandbox, {rows:,} messages to Parquet (memory flat)", figures))
    return lines


def _part(servers: str, topic: str, told: bool, partitions: int = PARTITIONS) -> KafkaTopic:
    return KafkaTopic(servers=servers, topic=topic, partitions=partitions, key=["customer_id"], envelope=told)


def _payload(batches: Sequence[pa.RecordBatch], told: bool) -> list[Message]:
    messaging = Messaging(_part("x:1", "x", told), CONTRACT, 1_000_000)
    return [message for batch in batches for part in slices(batch) for message in messaging(part, None)]


def _ours(
    servers: str, batches: Iterable[pa.RecordBatch], told: bool, partitions: int = PARTITIONS
) -> tuple[str, None]:
    topic = f"ours-{uuid.uuid4().hex}"
    outlet = _part(servers, topic, told, partitions).connect(Errand(CONTRACT, "benchmark"))
    rows = 0
    for batch in batches:
        outlet.send(batch)
        rows += batch.num_rows
    outlet.flush()
    assert outlet.account().acknowledged == rows
    outlet.close()
    return topic, None


def _raw(servers: str, payload: Sequence[Message]) -> None:
    topic = f"raw-{uuid.uuid4().hex}"
    Brokers(servers).make(topic, PARTITIONS, 1, {})
    settings = {"bootstrap.servers": servers, "acks": "all", "enable.idempotence": True, "linger.ms": 20}
    producer = Producer({**settings, "partitioner": "murmur2_random"})
    delivered = 0

    def count(error: Any, message: Any) -> None:
        nonlocal delivered
        assert error is None
        delivered += 1

    for at, (value, key, _, headers) in enumerate(payload):
        while True:
            try:
                producer.produce(topic, value, key, on_delivery=count, headers=headers)
                break
            except BufferError:
                producer.poll(0.1)
        if not at % 1_000:
            producer.poll(0)
    producer.flush()
    assert delivered == len(payload)
    producer.close()


def _landed(scenario: Path, out: Path, rows: int) -> None:
    landed = land(load(scenario, Options(target="real")).plan, out, shape=Shape("landing", envelope=True))
    assert sum(pq.read_metadata(part).num_rows for part in landed.parts("web")) == rows


def _bare(servers: str, topic: str, rows: int) -> None:
    import orjson

    consumer = Consumer({"bootstrap.servers": servers, "group.id": "bare", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    read = 0
    while read < rows:
        for message in consumer.consume(10_000, 0.5):
            orjson.loads(message.value())
            read += 1
    consumer.close()
