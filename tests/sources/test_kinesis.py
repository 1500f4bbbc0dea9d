"""Kinesis as a source: whole, the same at a second reading, from where it stopped, and through resharding."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import ClassVar

import boto3
import pyarrow as pa
import pytest

from sandbox.checks import check_source
from sandbox.clients.kinesis import shards_of
from sandbox.clients.registry import SchemaRegistry
from sandbox.contract import Column, Contract
from sandbox.contract.envelope import ENVELOPE
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.parts import Unread
from sandbox.sinks.avro_rows import avro_rows
from sandbox.sinks.opening import outlet_at
from sandbox.sources.kinesis import KinesisRecords
from sandbox.sources.kinesis_following import FINISHED, KinesisFollowing
from sandbox.strict import Findings, validated
from tests.sinks.sent_rows import CONTRACT, errand, numbered


@pytest.fixture
def kinesis(aws):
    client = boto3.client("kinesis")
    client.create_stream(StreamName="clicks", ShardCount=2)
    yield client
    client.close()


def put(kinesis, *payloads, key=None):
    records = [
        {
            "Data": payload if isinstance(payload, bytes) else json.dumps(payload).encode(),
            "PartitionKey": key or str(at),
        }
        for at, payload in enumerate(payloads)
    ]
    kinesis.put_records(StreamName="clicks", Records=records)


def read(source):
    """Rows and unread texts of every share."""
    found = [rows for share in source.shares() for rows in source.batches(share)]
    rows = [row for batch in found if isinstance(batch, pa.RecordBatch) for row in batch.to_pylist()]
    return rows, [(each.rule, text) for each in found if isinstance(each, Unread) for text in each.texts]


def polled(following, enough, most=40):
    """Numbers of the rows that come, poll after poll, until there are enough."""
    numbers = []
    for _ in range(most):
        for batch in following.poll(0.3):
            numbers += [int(number) for number in batch.column("n").to_pylist()]
        if len(numbers) >= enough:
            break
    return numbers


def test_it_keeps_what_every_source_must_keep(kinesis, tmp_path):
    contract = Contract("clicks", (Column("n", "int64", ge=0), Column("page", "string", nullable=True)), static=True)
    put(kinesis, *({"n": n - 3, "page": f"é {n}"} for n in range(60)), b'{"n": 7, "pa', b"[1]", b"\xff\xfe{\0")
    check_source(KinesisRecords(stream="clicks"), contract, tmp_path, rows=63)


def test_avro_is_read_and_followed_and_what_is_none_is_told(kinesis, schema_registry):
    schemas = SchemaRegistry(schema_registry.address, 5.0)
    octets = avro_rows(CONTRACT, lambda schema: schemas.register("clicks-value", schema))(numbered(0, 5)).values
    put(kinesis, *octets, b"\0\0\0\0\1", b"\0\0\0\0\7x", b'{"n": 9}', key="one")
    part = KinesisRecords(stream="clicks", format="avro", registry=schema_registry.address)
    rows, unread = read(part.open("."))
    assert [(row["n"], row["page"]) for row in rows] == [(n, f'/sale "{n}" é') for n in range(5)]
    assert sorted(rule for rule, _ in unread) == ["row.avro", "row.avro", "row.schema"]
    (stranger,) = (text for rule, text in unread if rule == "row.schema")
    assert base64.b64decode(json.loads(stranger)["bytes"]) == b"\0\0\0\0\7x"
    following = part.follow(".", None)
    found = [batch for _ in range(6) for batch in following.poll(0.3)]
    following.close()
    assert sum(batch.num_rows for batch in found if isinstance(batch, pa.RecordBatch)) == 5
    assert following.schema().field("n").type == pa.int64()
    with pytest.raises(Findings, match="registry: http://HOST:8081"):
        validated(KinesisRecords, {"stream": "clicks", "format": "avro"})


def test_a_record_that_is_no_row_comes_with_its_bytes_its_place_and_why(kinesis):
    put(kinesis, {"n": 1}, b'{"n": 7, "pa', b"caf\xe9", {"n": 2})
    rows, unread = read(KinesisRecords(stream="clicks").open("."))
    assert sorted(row["n"] for row in rows) == ["1", "2"]
    told = {rule: json.loads(text) for rule, text in unread}
    assert base64.b64decode(told["row.json"]["bytes"]) == b'{"n": 7, "pa'
    assert base64.b64decode(told["row.encoding"]["bytes"]) == b"caf\xe9"
    assert told["row.json"]["at"].startswith("shardId-00000000000")


def test_rows_of_a_replay_come_back_with_the_envelope_that_they_left_with(kinesis):
    outlet = outlet_at("kinesis://clicks?envelope=true").connect(errand())
    sent = numbered(0, 50)
    outlet.send(sent)
    outlet.flush()
    outlet.close()
    rows, _ = read(KinesisRecords(stream="clicks").open("."))
    rows.sort(key=lambda row: int(row["n"]))
    assert [row[ENVELOPE]["event_id"] for row in rows] == list(range(50))
    assert rows[9][ENVELOPE]["arrived_at"] == sent.column(ENVELOPE)[9].as_py()["arrived_at"]
    assert rows[9]["page"] == '/sale "9" é'


def test_rows_of_others_arrived_when_kinesis_took_them(kinesis):
    put(kinesis, {"n": 1}, {"n": 2, "_sandbox": "nonsense"})
    rows, _ = read(KinesisRecords(stream="clicks").open("."))
    shard = kinesis.list_shards(StreamName="clicks")["Shards"][rows[0][ENVELOPE]["partition"]]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    record = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"][0]
    difference = record["ApproximateArrivalTimestamp"] - rows[0][ENVELOPE]["arrived_at"]
    assert abs(difference.total_seconds()) <= 0.001
    assert len({row[ENVELOPE]["event_id"] for row in rows}) == 2


def test_reading_ends_at_the_tip_that_was_there_and_is_the_same_twice(kinesis):
    put(kinesis, *({"n": n} for n in range(10)))
    source = KinesisRecords(stream="clicks").open(".")
    first = read(source)
    put(kinesis, *({"n": n} for n in range(10, 20)))
    assert read(source) == first
    assert len(first[0]) == 10


def test_reading_may_begin_after_a_record_or_at_a_moment(kinesis):
    put(kinesis, *({"n": n} for n in range(10)), key="one")
    rows, _ = read(KinesisRecords(stream="clicks").open("."))
    shard = kinesis.list_shards(StreamName="clicks")["Shards"][rows[0][ENVELOPE]["partition"]]["ShardId"]
    later, _ = read(KinesisRecords(stream="clicks", after={shard: "4"}).open("."))
    assert [row["n"] for row in later] == [str(n) for n in range(4, 10)]
    whole, _ = read(KinesisRecords(stream="clicks", start="2020-01-01").open("."))
    assert len(whole) == 10


def test_a_stream_that_is_followed_goes_on_where_it_stopped(kinesis):
    put(kinesis, *({"n": n} for n in range(10)))
    part = KinesisRecords(stream="clicks")
    following = part.follow(".", None)
    assert sorted(polled(following, 10)) == list(range(10))
    position = following.position()
    following.close()
    put(kinesis, *({"n": n} for n in range(10, 15)))
    again = part.follow(".", json.loads(json.dumps(dict(position))))
    assert sorted(polled(again, 5)) == list(range(10, 15))
    assert again.poll(0.5) == []
    assert again.lag() == 0
    again.close()


def test_following_from_the_end_leaves_out_what_was_there(kinesis, monkeypatch):
    put(kinesis, {"n": 1})
    start = KinesisRecords(stream="clicks").open(".").stream.looked_at
    monkeypatch.setattr("sandbox.clients.kinesis._date_of", lambda _: start.replace(year=start.year + 1))
    following = KinesisRecords(stream="clicks", start="end").follow(".", None)
    assert following.poll(0.5) == []
    assert all(position.startswith("at 2") for position in following.position().values())
    following.close()


class Reshaped:
    """A stream whose first shard was split into two, of which one was merged with the second shard (moto forgets who is
    closed): shards end as AWS's do, without a next iterator."""

    parents: ClassVar = {"shard-0": [], "shard-1": [], "shard-2": ["shard-0"], "shard-3": ["shard-0"]}
    merged: ClassVar = {**parents, "shard-4": ["shard-1", "shard-2"]}
    closed: ClassVar = {"shard-0", "shard-1", "shard-2"}

    def __init__(self):
        self.listed = self.parents
        self.asked = []

    def list_shards(self, **_):
        keys = ("ParentShardId", "AdjacentParentShardId")
        return {
            "Shards": [
                {
                    "ShardId": name,
                    "HashKeyRange": {"StartingHashKey": "0"},
                    "SequenceNumberRange": {"StartingSequenceNumber": "1"},
                    **dict(zip(keys, parents, strict=False)),
                }
                for name, parents in self.listed.items()
            ]
        }

    def get_shard_iterator(self, **asked):
        return {"ShardIterator": f"{asked['ShardId']} {asked.get('StartingSequenceNumber', '0')}"}

    def get_records(self, **asked):
        shard, _, after = asked["ShardIterator"].rpartition(" ")
        self.asked.append(shard)
        number = int(after) + 1
        if number > 2:
            if shard in self.closed:
                self.listed = self.merged
                return {"Records": [], "MillisBehindLatest": 0}
            return {"Records": [], "MillisBehindLatest": 0, "NextShardIterator": f"{shard} {after}"}
        record = {
            "SequenceNumber": str(number),
            "ApproximateArrivalTimestamp": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            "Data": json.dumps({"n": 10 * int(shard[-1]) + number}).encode(),
        }
        return {"Records": [record], "MillisBehindLatest": 2 - number, "NextShardIterator": f"{shard} {number}"}


def test_shards_that_came_of_others_are_read_after_these_and_whole(monkeypatch):
    monkeypatch.setattr("sandbox.sources.kinesis_reading.CALL_EVERY_S", 0.001)
    stream = Reshaped()
    following = KinesisFollowing(stream, KinesisRecords(stream="clicks"), {"shard-0": "1", "shard-1": "beginning"})
    following.look(shards_of(stream, "clicks"))
    assert sorted(polled(following, 9)) == [2, 11, 12, 21, 22, 31, 32, 41, 42]
    first_asked = sorted(stream.merged, key=stream.asked.index)
    last_asked = {shard: max(at for at, name in enumerate(stream.asked) if name == shard) for shard in stream.merged}
    assert stream.asked.index("shard-2") > last_asked["shard-0"]
    assert stream.asked.index("shard-4") > max(last_asked["shard-1"], last_asked["shard-2"])
    assert first_asked[-1] == "shard-4"
    assert [name for name, at in following.position().items() if at == FINISHED] == ["shard-0", "shard-1", "shard-2"]


def test_what_makes_no_sense_is_told(aws):
    with pytest.raises(OutsideError, match="no such stream in eu-west-1"):
        KinesisRecords(stream="clicks").open(".")
    with pytest.raises(InputError, match="only who follows"):
        KinesisRecords(stream="clicks", start="end").open(".")
    with pytest.raises(Findings, match=r"beginning, end or a moment"):
        validated(KinesisRecords, {"stream": "clicks", "start": "yesterday"})


def test_an_empty_stream_is_told(kinesis):
    with pytest.raises(OutsideError, match="holds no record that is a row in json"):
        KinesisRecords(stream="clicks").open(".")
