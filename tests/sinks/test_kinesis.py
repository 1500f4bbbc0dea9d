"""A Kinesis stream: records arrive, each key's in order, whatever AWS does; the account is right."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress

import boto3
import numpy as np
import pyarrow as pa
import pytest

from sandbox.checks import check_outlet
from sandbox.checks.outlet_subject import OutletSample, enveloped, rows_of
from sandbox.contract import Column, Contract
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import FAULTS, Account
from sandbox.sinks import kinesis_lane
from sandbox.sinks.opening import outlet_at
from sandbox.sources.kinesis import KinesisRecords
from tests.sinks.moody_aws import MoodyAws
from tests.sinks.sent_rows import errand, numbered, sent


def landed(stream="clicks"):
    """Partition key and data of every record, shard by shard."""
    kinesis = boto3.client("kinesis")
    records = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        asked = {"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
        while found := (answer := kinesis.get_records(ShardIterator=iterator))["Records"]:
            records += [(record["PartitionKey"], record["Data"]) for record in found]
            iterator = answer["NextShardIterator"]
    return records


def by_key(records):
    numbers = defaultdict(list)
    for key, data in records:
        numbers[key].append(json.loads(data)["n"])
    return numbers


@pytest.fixture
def moody(aws, monkeypatch):
    with MoodyAws(aws.url) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


def test_rows_arrive_as_json_in_the_order_of_their_keys(aws):
    account, refusals = sent("kinesis://clicks?key=customer_id&shards=3", numbered(0, 100), numbered(100, 140))
    assert account == Account(sent=140, acknowledged=140, settled=140)
    assert not refusals
    assert by_key(landed()) == {str(customer): list(range(customer, 140, 7)) for customer in range(7)}
    shards = boto3.client("kinesis").list_shards(StreamName="clicks")["Shards"]
    assert len(shards) == 3


def test_rows_without_a_key_are_spread_by_their_event(aws):
    sent("kinesis://clicks?shards=2&envelope=true", numbered(0, 50))
    found = landed()
    assert sorted(int(key) for key, _ in found) == list(range(50))
    assert all(json.loads(data)["_sandbox"]["event_id"] == int(key) for key, data in found)


@pytest.mark.parametrize("trouble", ["throttle", "internal", "reset"])
def test_a_call_that_is_turned_away_is_made_again(moody, trouble):
    moody.script = ["take", trouble, trouble]
    account, _ = sent("kinesis://clicks?shards=1", numbered(0, 1200))
    assert sorted(json.loads(data)["n"] for _, data in landed()) == list(range(1200))
    assert account == Account(sent=1200, acknowledged=1200, retried=1000, settled=1200)


def test_what_a_call_leaves_out_is_put_before_later_records_of_its_key(moody):
    moody.script = ["some"] * 12
    account, _ = sent("kinesis://clicks?key=customer_id&shards=1", numbered(0, 120, customers=40))
    assert by_key(landed()) == {str(customer): list(range(customer, 120, 40)) for customer in range(40)}
    assert account.acknowledged == account.settled == 120
    assert account.retried == sum(map(len, moody.calls)) - 120 > 100


def test_no_call_holds_a_key_twice_nor_more_than_kinesis_takes(moody):
    sent("kinesis://clicks?key=customer_id&shards=1&paced=false", numbered(0, 3000, customers=700))
    assert all(len(call) == len(set(call)) <= 500 for call in moody.calls)
    assert sum(map(len, moody.calls)) == 3000
    assert len(moody.calls) < 12


def test_records_taken_without_a_word_come_twice(moody):
    moody.script = ["lost"]
    account, _ = sent("kinesis://clicks?shards=1", numbered(0, 100))
    assert len(landed()) == 200
    assert account == Account(sent=100, acknowledged=100, retried=100, settled=100)


def test_a_stream_that_stays_throttled_is_given_up_and_told(moody):
    moody.always = "throttle"
    outlet = outlet_at("kinesis://clicks?shards=1").connect(errand(patience_s=0.5))
    outlet.send(numbered(0, 10))
    with pytest.raises(OutsideError, match=r"kinesis://clicks: ProvisionedThroughput.* attempts.*more shards.*goes on"):
        outlet.flush()
    assert outlet.account().settled == 0
    outlet.close()
    outlet.close()


def test_rows_that_kinesis_cannot_take_are_refused_with_their_reason(aws):
    faults = np.zeros(10, np.int8)
    faults[4] = FAULTS.index("oversized")
    account, refusals = sent("kinesis://clicks?shards=1", numbered(0, 10), numbered(10, 20), faults=faults)
    assert account == Account(sent=20, acknowledged=18, refused=2, settled=20)
    assert [refusal.row for refusal in refusals] == [4, 14]
    assert "1,048,57" in refusals[0].reason


def test_damaged_rows_arrive_damaged(aws):
    faults = np.full(10, FAULTS.index("truncated"), np.int8)
    sent("kinesis://clicks?shards=1", numbered(0, 10), faults=faults)
    assert len(landed()) == 10
    assert not any(data.endswith(b"}") for _, data in landed())


def test_a_stream_that_is_not_there_is_made_only_when_asked_for(aws):
    with pytest.raises(OutsideError, match=r"no such stream in eu-west-1.*shards=2"):
        outlet_at("kinesis://clicks").connect(errand())
    assert boto3.client("kinesis").list_streams()["StreamNames"] == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("kinesis://clicks?key=custmer_id", "Did you mean 'customer_id'"),
        ("kinesis://a/b", "names no stream"),
        ("kinesis://clicks?shards=0", "shards"),
        ("kinesis://clicks?region=nowhere", "region"),
    ],
)
def test_what_makes_no_sense_is_told(aws, address, told):
    with pytest.raises(InputError, match=told):
        outlet_at(address).connect(errand())


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (["AWS_DEFAULT_REGION", "AWS_REGION"], "names no region.*AWS_REGION"),
        (["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], "no keys to AWS.*AWS_ACCESS_KEY_ID"),
    ],
)
def test_what_is_missing_in_the_environment_is_told(aws, monkeypatch, tmp_path, variables, told):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for variable in variables:
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(InputError, match=told):
        outlet_at("kinesis://clicks").connect(errand())


def test_it_keeps_what_every_live_sink_must_keep(aws, monkeypatch):
    monkeypatch.setattr(kinesis_lane, "WAITING_RECORDS", 200)

    def stream_of(folder):
        return folder.name.replace("sandbox-check-", "s")

    def read(folder, contract):
        if stream_of(folder) in boto3.client("kinesis").list_streams()["StreamNames"]:
            with suppress(OutsideError):  # nothing was put
                yield from rows_of(KinesisRecords(stream=stream_of(folder)), folder)

    def refusing():
        contract = Contract("notes", (Column("number", "int64"), Column("text", "string")))
        texts = ["x", "y" * (1 << 20), "z"]
        return contract, enveloped(pa.record_batch({"number": [0, 1, 2], "text": texts}, schema=contract.schema)), [1]

    sample = OutletSample(
        lambda folder: outlet_at(f"kinesis://{stream_of(folder)}?shards=1&paced=false"),
        read,
        frozenset({"bytes"}),
        refusing=refusing,
        most_pending=800,
        secrets={"AWS_SECRET_ACCESS_KEY": "testing-s3cret"},
    )
    check_outlet(sample, "kinesis")


def test_nobody_there_is_told_after_a_while(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(OutsideError, match="Could not connect"):
        outlet_at("kinesis://clicks").connect(errand(patience_s=0.2))
