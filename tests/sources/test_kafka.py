"""Kafka as a source, on librdkafka's mock cluster: whole, the same at a second reading, and from where it stopped."""

from __future__ import annotations

import base64
import io
import json

import fastavro
import numpy as np
import pyarrow as pa
import pytest
from confluent_kafka import Producer

from sandbox.checks import check_source
from sandbox.checks.hard_values import hard_batch, hard_contract
from sandbox.clients import kafka as clients
from sandbox.contract import Column, Contract
from sandbox.contract.conform import Conform
from sandbox.contract.envelope import ENVELOPE, envelope, split_envelope, with_envelope
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import Errand
from sandbox.scenario.parts import Unread
from sandbox.sinks.kafka import KafkaTopic
from sandbox.sources import kafka_partitions
from sandbox.sources.kafka import KafkaMessages
from sandbox.strict import Findings, validated
from tests.servers.server import free_port
from tests.sinks.mock_kafka import mock_kafka
from tests.sinks.sent_rows import CONTRACT, errand, numbered

NOON_MS = 1_767_268_800_000


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    """The mock cluster does not answer who asks for a topic's settings."""
    monkeypatch.setattr(clients, "_settings_of", lambda admin, name: {})


@pytest.fixture
def web():
    with mock_kafka("web") as servers:
        yield KafkaMessages(servers=servers, topic="web")


def put(part, *values, partition=0):
    producer = Producer({"bootstrap.servers": part.servers})
    for at, value in enumerate(values):
        octets = value if isinstance(value, bytes | None) else json.dumps(value).encode()
        producer.produce(part.topic, octets, partition=partition, timestamp=NOON_MS + 1000 * at)
    assert producer.flush(20) == 0
    producer.close()


def send(part, batch, **options):
    outlet = KafkaTopic(servers=part.servers, topic=part.topic, **options).connect(
        Errand(options.pop("contract", CONTRACT), "test", patience_s=10)
    )
    outlet.send(batch)
    outlet.flush()
    outlet.close()


def read(source):
    """Rows and unread texts of every share."""
    found = [rows for share in source.shares() for rows in source.batches(share)]
    rows = [row for batch in found if isinstance(batch, pa.RecordBatch) for row in batch.to_pylist()]
    return rows, [(each.rule, text) for each in found if isinstance(each, Unread) for text in each.texts]


def polled(following, enough):
    """Numbers of the rows that come, poll after poll, until there are enough."""
    numbers = []
    for _ in range(100):
        numbers += [int(row) for batch in following.poll(0.3) for row in batch.column("n").to_pylist()]
        if len(numbers) >= enough:
            break
    return numbers


def test_it_keeps_what_every_source_must_keep(web, tmp_path):
    contract = Contract("clicks", (Column("n", "int64", ge=0), Column("page", "string", nullable=True)), static=True)
    put(web, *({"n": n - 3, "page": f"é {n}"} for n in range(40)), b'{"n": 7, "pa', b"[1]", b"\xff\xfe{\0")
    put(web, *({"n": n} for n in range(40, 60)), partition=2)
    check_source(web, contract, tmp_path, rows=63)


def test_messages_are_text_columns_and_arrived_at_their_time(web):
    put(web, {"n": 1, "ok": True, "paid": 1.5, "who": None}, {"n": 2, "who": "Ada"}, {"n": 3, "paid": 2, "new": "x"})
    source = web.open(".")
    assert source.schema().names == ["n", "ok", "paid", "who", "new", ENVELOPE]
    rows, unread = read(source)
    assert unread == []
    told = [row.pop(ENVELOPE) for row in rows]
    assert rows[0] == {"n": "1", "ok": "true", "paid": "1.5", "who": None, "new": None}
    assert rows[2] == {"n": "3", "ok": None, "paid": "2", "who": None, "new": "x"}
    assert [each["arrived_at"].timestamp() * 1000 - NOON_MS for each in told] == [0, 1000, 2000]
    assert [each["offset"] for each in told] == [0, 1, 2]
    assert len({each["event_id"] for each in told}) == 3


@pytest.mark.parametrize(
    "values",
    [
        ({"n": 1}, {"n": "two"}, {"n": 2.5}),
        ({"n": 1, "inside": {"a": [1, 2]}}, {"n": 2, "inside": None}),
        ({"n": 2**64 - 1}, {"n": -(2**63)}),
        (b'{"n": 1,\n "page": "a"}\n', b' {"n": 2}'),
        (b'{"n": 1}', b'{"n": NaN}', b'{"n": 1}{"n": 2}', b"", b"  "),
    ],
)
def test_whatever_the_messages_hold_each_is_read_or_told(web, values):
    put(web, {"n": 0}, *values)
    rows, unread = read(web.open("."))
    assert len(rows) + len(unread) == len(values) + 1
    expected = {json.dumps(value) for value in values if isinstance(value, dict)}
    written = {json.dumps({"n": row["n"]}) for row in rows}
    assert len(written) == len(rows)
    assert not expected or not unread


def test_a_message_that_is_no_row_comes_with_its_bytes_its_place_and_why(web):
    put(web, {"n": 1}, b'{"n": 7, "pa', b'{"n": "caf\xe9"}', None, {"n": 2})
    rows, unread = read(web.open("."))
    assert [row["n"] for row in rows] == ["1", "2"]
    told = {rule: json.loads(text) for rule, text in unread}
    assert told["row.json"] == {"at": "partition 0 offset 1", "bytes": base64.b64encode(b'{"n": 7, "pa').decode()}
    assert told["row.encoding"]["at"] == "partition 0 offset 2"


@pytest.mark.parametrize("format_", ["json", "avro"])
def test_hard_values_come_back_with_the_envelope_that_they_left_with(web, schema_registry, format_):
    lost = frozenset({"bytes"}) if format_ == "json" else frozenset()
    contract, batch = hard_contract(lost), hard_batch(lost)
    arrived = np.arange(batch.num_rows) * 1_000_003 + NOON_MS * 1000
    told = envelope(np.arange(batch.num_rows, dtype=np.uint64) + 2**63, arrived, attempt=2, contract_version=1)
    options = {"format": "avro", "registry": schema_registry.address} if format_ == "avro" else {}
    outlet = KafkaTopic(servers=web.servers, topic="web", **options).connect(Errand(contract, "test"))
    outlet.send(with_envelope(batch, told))
    outlet.flush()
    assert outlet.account().acknowledged == batch.num_rows
    outlet.close()
    source = KafkaMessages(servers=web.servers, topic="web", **options).open(".")
    found = [rows for share in source.shares() for rows in source.batches(share)]
    came = pa.Table.from_batches([rows.select([ENVELOPE]) for rows in found]).column(ENVELOPE).to_pylist()
    rows = [row for rows in found for row in Conform(contract)(split_envelope(rows)[0]).batch.to_pylist()]
    order = np.argsort([each["event_id"] for each in came])
    assert [str(rows[at]) for at in order] == [str(row) for row in batch.to_pylist()]
    assert [came[at]["arrived_at"] for at in order] == told.field("arrived_at").to_pylist()
    assert {each["attempt"] for each in came} == {2}


def test_avro_that_nobody_can_read_is_told(web, schema_registry):
    send(web, numbered(0, 3), format="avro", registry=schema_registry.address, key=["n"])
    octets = io.BytesIO()
    schema = fastavro.parse_schema(json.loads(schema_registry.schemas.texts[1]))
    fastavro.schemaless_writer(octets, schema, {"n": 9, "customer_id": 2, "page": "x"})
    good = b"\0\0\0\0\x01" + octets.getvalue()
    put(web, good, good[:-1], good + b"\0", b"\0\x7f\xff\xff\xff" + good[5:], b"\1" + good[1:], b"")
    source = web.model_copy(update={"format": "avro", "registry": schema_registry.address}).open(".")
    rows, unread = read(source)
    assert sorted(row["n"] for row in rows) == [0, 1, 2, 9]
    assert sorted(rule for rule, _ in unread) == ["row.avro"] * 4 + ["row.schema"]


def test_reading_begins_where_it_is_told_to(web):
    put(web, *({"n": n} for n in range(10)))
    put(web, *({"n": n} for n in range(10, 15)), partition=1)

    def numbers(**options):
        rows, _ = read(web.model_validate(web.model_dump() | options).open("."))
        return sorted(int(row["n"]) for row in rows)

    assert numbers() == list(range(15))
    assert numbers(start=3) == [*range(3, 10), 13, 14]
    assert numbers(after={"0": 7}) == [8, 9, *range(10, 15)]
    with pytest.raises(InputError, match="nothing lies behind the end"):
        numbers(start="end")
    with pytest.raises(OutsideError, match="holds no message that is a row in json"):
        numbers(start=99)


def test_a_long_partition_has_several_shares(web, monkeypatch):
    monkeypatch.setattr(kafka_partitions, "SHARE_MESSAGES", 4)
    put(web, *({"n": n} for n in range(10)))
    shares = web.open(".").shares()
    assert [(share.name, share.rows) for share in shares] == [("0-0", 4), ("0-4", 4), ("0-8", 2)]
    rows, _ = read(web.open("."))
    assert [int(row["n"]) for row in rows] == list(range(10))
    put(web, {"n": 10})
    assert web.open(".").shares()[:2] == shares[:2]


def test_who_follows_goes_on_from_a_position(web):
    put(web, *({"n": n} for n in range(5)))
    first = web.follow(".", None)
    assert polled(first, 5) == list(range(5))
    put(web, {"n": 5})
    put(web, {"n": 6}, partition=3)
    assert first.lag() == 2
    position = first.position()
    first.close()
    assert position["0"] == "5"
    second = web.follow(".", position)
    assert sorted(polled(second, 2)) == [5, 6]
    assert second.poll(0.1) == []
    assert second.lag() == 0
    assert second.schema().names == ["n", ENVELOPE]
    second.close()
    behind = web.model_copy(update={"start": "end"}).follow(".", None)
    put(web, {"n": 7})
    assert polled(behind, 1) == [7]
    behind.close()


def test_a_change_stream_loses_its_tombstones_only(web):
    batch = numbered(0, 3)
    told = envelope(np.arange(3, dtype=np.uint64), 1, operation=np.array([0, 1, 2], np.int8))
    send(web, with_envelope(batch, told), key=["n"])
    rows, unread = read(web.open("."))
    assert unread == []
    assert sorted((row["n"], row[ENVELOPE]["operation"]) for row in rows) == [
        ("0", "insert"),
        ("1", "update"),
        ("2", "delete"),
    ]


def test_what_is_not_there_is_told(web):
    with pytest.raises(OutsideError, match="/nowhere: there is no such topic; look at its name"):
        web.model_copy(update={"topic": "nowhere"}).open(".")
    gone = KafkaMessages(servers=f"127.0.0.1:{free_port()}", topic="web", patience_s=0.3)
    for open_ in (lambda: gone.open("."), lambda: gone.follow(".", None)):
        with pytest.raises(OutsideError, match=r"no answer within 0.3 s .*Is Kafka running"):
            open_()


def test_what_makes_no_sense_is_told():
    with pytest.raises(Findings) as caught:
        validated(
            KafkaMessages, {"servers": "x:1", "topic": "a b", "start": "yesterday", "settings": {"sasl.password": "s"}}
        )
    text = str(caught.value.findings)
    assert "must be beginning, end, an offset, or a moment" in text
    assert "set KAFKA_SASL_PASSWORD" in text
    with pytest.raises(Findings, match="registry: http://HOST:8081"):
        validated(KafkaMessages, {"servers": "x:1", "topic": "web", "format": "avro"})


def test_a_replay_is_read_as_it_was_sent(web):
    send(web, numbered(0, 500), key=["customer_id"])
    rows, _ = read(web.open("."))
    rows.sort(key=lambda row: int(row["n"]))
    assert [row[ENVELOPE]["event_id"] for row in rows] == list(range(500))
    assert rows[9]["page"] == '/sale "9" é'
    assert errand().contract == CONTRACT
