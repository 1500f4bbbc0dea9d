"""A real Kafka as a source, and the way there and back."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from sandbox.checks import OutletSample, check_outlet, rows_of
from sandbox.clients.kafka import Brokers
from sandbox.contract.envelope import ENVELOPE
from sandbox.errors import OutsideError
from sandbox.scenario.loader import Options, load
from sandbox.scenario.outlets import Errand
from sandbox.sinks.kafka import KafkaTopic
from sandbox.sinks.opening import outlet_at
from sandbox.sources import open_source
from sandbox.sources.kafka import KafkaMessages
from tests.servers.server import free_port
from tests.sinks.sent_rows import errand, numbered

NOON_MS = 1_767_268_800_000
SCENARIO = """
sandbox: 1
name: shop
seed: 11
clock: {start: 2026-01-01, days: 3, zone: Europe/London}
datasets:
  customers:
    rows: 400
    key: customer_id
    history: true
    columns:
      customer_id: {serial: 1}
      plan: {choice: {basic: 0.6, plus: 0.4}}
    leave: {hazard: {base: 0.2 per day}}
  clicks:
    of: customers
    time: happened_at
    visits: {per_day: 3}
    journey:
      home: {emits: view, then: {home: 0.5, leave: 0.5}, after: 20s}
    columns:
      amount: {lognormal: {median: 20, sigma: 1}, decimals: 2}
      note: {sql: "case when amount > 30 then 'é \\"' || amount end"}
targets:
  real:
    clicks: {kafka: {servers: SERVERS, topic: TOPIC, OPTIONS}}
"""


def test_a_moment_is_found(kafka, topic):
    Brokers(kafka.address).make(topic, 1, 1, {})
    producer = Producer({"bootstrap.servers": kafka.address})
    for n in range(10):
        producer.produce(topic, json.dumps({"n": n}).encode(), timestamp=NOON_MS + 1000 * n)
    assert producer.flush(30) == 0
    part = KafkaMessages(servers=kafka.address, topic=topic, start="2026-01-01T12:00:04Z")
    source = part.open(".")
    rows = [row for share in source.shares() for batch in source.batches(share) for row in batch.to_pylist()]
    assert [int(row["n"]) for row in rows] == list(range(4, 10))
    assert rows[0][ENVELOPE]["arrived_at"].timestamp() * 1000 == NOON_MS + 4000


def test_a_consumer_outlives_its_broker(kafka, topic):
    outlet = outlet_at(f"kafka://{kafka.address}/{topic}?partitions=2").connect(errand(60))
    outlet.send(numbered(0, 100))
    outlet.flush()
    following = KafkaMessages(servers=kafka.address, topic=topic).follow(".", None)
    numbers = polled(following, 100)
    kafka.kill()
    assert following.poll(0.5) == []
    kafka.start()
    outlet.send(numbered(100, 200))
    outlet.flush()
    outlet.close()
    numbers += polled(following, 100)
    following.close()
    assert sorted(numbers) == list(range(200))


def test_what_retention_took_is_told(kafka, topic):
    outlet = outlet_at(f"kafka://{kafka.address}/{topic}?partitions=1").connect(errand(60))
    outlet.send(numbered(0, 100))
    outlet.flush()
    outlet.close()
    client = AdminClient({"bootstrap.servers": kafka.address})
    for done in client.delete_records([TopicPartition(topic, 0, 60)]).values():
        done.result(30)
    part = KafkaMessages(servers=kafka.address, topic=topic)
    assert sorted(polled(part.follow(".", None), 40)) == list(range(60, 100))
    with pytest.raises(OutsideError, match="partition 0 does not have the messages any more"):
        part.follow(".", {"0": "10"})


@pytest.mark.parametrize("format_", ["json", "avro"])
def test_two_paths_are_one_truth(kafka, topic, schema_registry, tmp_path, format_):
    """What went through Kafka is, but for duplicates that are declared, what was simulated: row for row."""
    options = f"format: avro, registry: '{schema_registry.address}'" if format_ == "avro" else "format: json"
    text = SCENARIO.replace("SERVERS", f"'{kafka.address}'").replace("TOPIC", topic).replace("OPTIONS", options)
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    simulated = rows_by_event(open_source(load(path).plan, "clicks"))
    extra = {"format": "avro", "registry": schema_registry.address} if format_ == "avro" else {}
    part = KafkaTopic(servers=kafka.address, topic=topic, partitions=3, key=["customer_id"], **extra)
    source = open_source(load(path).plan, "clicks")
    outlet = part.connect(Errand(source.contract, "two paths"))
    sent = 0
    for share in source.shares():
        for batch in source.batches(share):
            outlet.send(batch)
            outlet.send(batch.slice(0, 5))  # the same once more, as a retry would
            sent += batch.num_rows + min(5, batch.num_rows)
    outlet.flush()
    assert outlet.account().acknowledged == sent
    outlet.close()
    came = rows_by_event(open_source(load(path, Options(target="real")).plan, "clicks"))
    assert len(simulated) > 1_000
    assert came == simulated


def test_it_keeps_what_every_live_sink_must_keep(kafka, topic, schema_registry):
    for way, extra in (
        ("json", {}),
        ("avro", {"format": "avro", "registry": schema_registry.address}),
    ):

        def part(folder, way=way, extra=extra):
            name = f"{topic}-{way}-{folder.name}"
            return KafkaTopic(servers=kafka.address, topic=name, partitions=1, **extra)

        def read(folder, contract, extra=extra, part=part):
            try:
                yield from rows_of(KafkaMessages(servers=kafka.address, topic=part(folder).topic, **extra), folder)
            except OutsideError as error:
                if "holds no message" not in str(error):
                    raise

        sample = OutletSample(
            part,
            read,
            lost=frozenset({"bytes"}) if way == "json" else frozenset(),
            most_pending=130_000,
            unreachable=lambda folder: KafkaTopic(servers=f"127.0.0.1:{free_port()}", topic="web"),
            secrets={"KAFKA_SASL_PASSWORD": "s3cret of the checks"},
        )
        check_outlet(sample, name=f"kafka {way}")


def rows_by_event(source):
    """Each event's row, once, and what its envelope says that a broker does not."""
    found = {}
    for share in source.shares():
        for rows in source.batches(share):
            batch = rows if isinstance(rows, pa.RecordBatch) else rows.batch
            for row in batch.to_pylist():
                told = row.pop(ENVELOPE)
                kept = (row, told["operation"], told["arrived_at"], told["contract_version"])
                assert found.setdefault(told["event_id"], kept) == kept
    return found


def polled(following, enough):
    """Numbers of the rows that come, poll after poll, until there are enough."""
    numbers = []
    for _ in range(200):
        for batch in following.poll(0.5):
            numbers += np.asarray(batch.column("n").cast(pa.int64())).tolist()
        if len(numbers) >= enough:
            return numbers
    return numbers
