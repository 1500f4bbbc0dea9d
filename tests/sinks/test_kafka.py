"""Rows as messages of Kafka, on librdkafka's mock cluster: what is in them, and what becomes of them."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import fastavro
import numpy as np
import pyarrow as pa
import pytest

from sandbox.clients import kafka as clients
from sandbox.contract import Column, Contract
from sandbox.contract.envelope import envelope, with_envelope
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import FAULTS, Errand
from sandbox.sinks.kafka import KafkaTopic
from sandbox.sinks.kafka_messages import Messaging
from sandbox.sinks.opening import outlet_at
from tests.servers.server import free_port
from tests.sinks.mock_kafka import consumed, mock_kafka, rows_of
from tests.sinks.sent_rows import CONTRACT, errand, numbered


@pytest.fixture(scope="module", autouse=True)
def _few_settings():
    """The mock cluster does not answer who asks for a topic's settings."""
    patch = pytest.MonkeyPatch()
    patch.setattr(clients, "_settings_of", lambda admin, name: {"max.message.bytes": "2000"})
    yield
    patch.undo()


@pytest.fixture(scope="module")
def cluster():
    with mock_kafka("plain", "keyed", "large", "faulty", "avro", "timed", brokers=2) as servers:
        yield servers


def send(outlet, *batches, faults=None):
    for batch in batches:
        outlet.send(batch, faults)
    outlet.flush()
    account = outlet.account()
    outlet.close()
    return account


def test_a_message_is_a_row_its_key_and_its_envelope(cluster):
    part = outlet_at(f"kafka://{cluster}/plain?key=customer_id&headers=page")
    account = send(part.connect(errand()), numbered(0, 30), numbered(30, 50))
    assert (account.sent, account.acknowledged, account.settled, account.refused) == (50, 50, 50, 0)
    found = consumed(cluster, "plain", 50)
    rows = {row["n"]: row for row in rows_of(found)}
    assert rows[8] == {"n": 8, "customer_id": 1, "page": '/sale "8" é'}
    assert set(rows) == set(range(50))
    message = next(message for message in found if json.loads(message.value())["n"] == 8)
    headers = dict(message.headers())
    assert message.key() == b"1"
    assert headers["page"].decode() == '/sale "8" é'
    assert json.loads(headers["_sandbox"]) == {
        "event_id": 8,
        "operation": "insert",
        "attempt": 1,
        "arrived_at": 1_767_225_600_000_000,
        "contract_version": 1,
    }


def test_a_key_stays_in_one_partition_and_in_order(cluster):
    part = KafkaTopic(servers=cluster, topic="keyed", key=["customer_id"])
    send(part.connect(errand()), numbered(0, 200))
    placed = {}
    for message in consumed(cluster, "keyed", 200):
        placed.setdefault(message.key(), []).append((message.partition(), json.loads(message.value())["n"]))
    assert len(placed) == 7
    for places in placed.values():
        assert len({partition for partition, _ in places}) == 1
        assert [n for _, n in places] == sorted(n for _, n in places)


def test_several_columns_are_an_object_as_key():
    part = KafkaTopic(servers="nowhere:1", topic="t", key=["customer_id", "n"])
    messages = list(Messaging(part, CONTRACT, 1000)(numbered(8, 9), None))
    assert messages[0][1] == b'{"customer_id":1,"n":8}'


def test_what_is_too_large_is_refused_and_the_rest_goes(cluster):
    batch = numbered(0, 20)
    pages = batch.column("page").to_pylist()
    pages[3] = pages[17] = "x" * 5_000
    batch = batch.set_column(2, batch.schema.field(2), pa.array(pages))
    outlet = KafkaTopic(servers=cluster, topic="large").connect(errand())
    account = send(outlet, batch)
    assert (account.acknowledged, account.refused, account.settled) == (18, 2, 20)
    refused = outlet.refusals()
    assert [refusal.row for refusal in refused] == [3, 17]
    assert "too large" in refused[0].reason
    assert "2,000" in refused[0].reason
    assert outlet.refusals() == []
    assert len(consumed(cluster, "large", 18)) == 18


def test_rows_can_be_damaged(cluster):
    faults = np.zeros(12, np.int8)
    faults[[1, 2, 3]] = [FAULTS.index("truncated"), FAULTS.index("wrong_encoding"), FAULTS.index("oversized")]
    account = send(KafkaTopic(servers=cluster, topic="faulty").connect(errand()), numbered(0, 12), faults=faults)
    assert (account.acknowledged, account.refused, account.settled) == (11, 1, 12)
    values = [message.value() for message in consumed(cluster, "faulty", 11)]
    assert sum(value.startswith(b"\xff\xfe") for value in values) == 1
    assert sum(value.startswith(b'{"n"') and not value.endswith(b"}") for value in values) == 1


@pytest.mark.parametrize(("deletes", "sent"), [("both", 2), ("message", 1), ("tombstone", 1)])
def test_a_delete_leaves_a_tombstone(deletes, sent):
    batch = numbered(0, 2)
    batch = with_envelope(batch, envelope(np.array([0, 1], np.uint64), 1, operation=np.array([0, 2], np.int8)))
    with mock_kafka("deleted") as servers:
        part = KafkaTopic(servers=servers, topic="deleted", key=["n"], deletes=deletes)
        account = send(part.connect(errand()), batch)
        assert (account.acknowledged, account.settled) == (2, 2)
        found = [message for message in consumed(servers, "deleted", 1 + sent) if message.key() == b"1"]
    values = [message.value() for message in found]
    assert [value is None for value in values] == {"both": [False, True], "message": [False], "tombstone": [True]}[
        deletes
    ]


def test_the_time_of_a_message_may_be_the_events_own(cluster):
    contract = Contract("timed", (Column("at", "timestamp"),), time="at")
    batch = with_envelope(
        pa.record_batch([pa.array([1_767_225_600_123_456], pa.timestamp("us", "UTC"))], schema=contract.schema),
        envelope(np.array([1], np.uint64), 1_767_225_700_000_000),
    )
    for time in ("event", "arrival"):
        send(KafkaTopic(servers=cluster, topic="timed", time=time).connect(Errand(contract, "t")), batch)
    times = {message.timestamp()[1] for message in consumed(cluster, "timed", 2)}
    assert times == {1_767_225_600_123, 1_767_225_700_000}


def test_each_version_of_a_contract_has_a_schema_of_its_own(cluster, schema_registry):
    later = Contract(
        "visits",
        (*CONTRACT.columns, Column("device", since=2)),
        primary_key=("n",),
        version=2,
        versions=("2026-02-01T00:00:00+00:00",),
    )
    batch = numbered(0, 4)
    told = batch.column("_sandbox")
    told = envelope(told.field("event_id"), 1, contract_version=np.array([1, 2, 1, 2], np.int32))
    data = batch.drop_columns(["_sandbox"]).append_column("device", pa.array([None, "phone", None, "tv"]))
    part = KafkaTopic(servers=cluster, topic="avro", format="avro", registry=schema_registry.address, key=["n"])
    account = send(part.connect(replace(errand(), contract=later)), with_envelope(data, told))
    assert account.acknowledged == 4
    rows = {}
    for message in consumed(cluster, "avro", 4):
        value = message.value()
        schema = json.loads(schema_registry.schemas.texts[int.from_bytes(value[1:5], "big")])
        rows[message.key()] = fastavro.schemaless_reader(io.BytesIO(value[5:]), fastavro.parse_schema(schema))
    assert rows[b"0"] == {"n": 0, "customer_id": 0, "page": '/sale "0" é'}
    assert rows[b"3"] == {"n": 3, "customer_id": 3, "page": '/sale "3" é', "device": "tv"}
    assert schema_registry.schemas.subjects == {"avro-value": {1: 1, 2: 2}}


def test_a_registry_that_refuses_says_why(cluster, schema_registry):
    part = KafkaTopic(servers=cluster, topic="avro", format="avro", registry=schema_registry.address, subject="taken")
    part.connect(errand()).close()
    other = Contract("visits", (*CONTRACT.columns, Column("paid", "float64")))
    with pytest.raises(InputError, match=r"'taken' does not take the schema.*paid.*Give new columns a default"):
        part.connect(Errand(other, "t"))


def test_what_makes_no_sense_is_told_before_anything_is_asked():
    part = KafkaTopic(servers="nowhere:1", topic="web", key=["custmer_id"], format="avro", acks="1")
    with pytest.raises(InputError) as caught:
        part.connect(errand())
    text = str(caught.value)
    assert "Did you mean 'customer_id'" in text
    assert "needs a schema registry" in text
    assert "idempotent=false" in text


def test_a_topic_that_is_not_there_is_told(cluster):
    with pytest.raises(OutsideError, match=r"/nowhere: there is no such topic; .*\?partitions=3"):
        KafkaTopic(servers=cluster, topic="nowhere").connect(errand())


def test_brokers_that_are_not_there_are_told():
    servers = f"127.0.0.1:{free_port()}"
    with pytest.raises(OutsideError, match=rf"kafka://{servers}: no answer within 0.3 s .*Is Kafka running"):
        KafkaTopic(servers=servers, topic="web").connect(errand(patience_s=0.3))


def test_secrets_come_from_the_environment_only(monkeypatch):
    with pytest.raises(ValueError, match="set KAFKA_SASL_PASSWORD"):
        KafkaTopic(servers="x:1", topic="web", settings={"sasl.password": "s3cret"})
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "s3cret")
    assert clients.secured() == {"sasl.password": "s3cret"}
