"""The connector of the story, from a real Kafka to Kinesis and back, killed and cut off on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import boto3
import pytest
from botocore.config import Config
from confluent_kafka import Producer

from sandbox.clients.kafka import Brokers
from sandbox.pipe import Wishes, pipe, work_of

SANDBOX = [sys.executable, "-c", "from sandbox.cli import main; main()"]


@pytest.fixture
def kinesis(aws):
    # moto answers 500 where a stream grows while it reads it: what watches a sender asks again.
    client = boto3.client("kinesis", config=Config(retries={"mode": "standard", "max_attempts": 10}))
    client.create_stream(StreamName="copy", ShardCount=1)
    yield client
    client.close()


def produce(kafka, topic, numbers, partitions=3):
    Brokers(kafka.address).make(topic, partitions, 1, {})
    producer = Producer({"bootstrap.servers": kafka.address})
    for n in numbers:
        value = json.dumps({"n": n, "customer": f"c{n % 7}", "nested": {"a": [n, None, "é"]}})
        producer.produce(topic, value.encode(), key=str(n % 7).encode())
    producer.flush()


def landed(kinesis):
    """The rows of the stream, in its order."""
    shard = kinesis.list_shards(StreamName="copy")["Shards"][0]["ShardId"]
    asked = {"StreamName": "copy", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
    rows = []
    while found := (answer := kinesis.get_records(ShardIterator=iterator))["Records"]:
        rows += [json.loads(record["Data"]) for record in found]
        iterator = answer["NextShardIterator"]
    return rows


def test_kafka_to_kinesis_keeps_every_message_as_it_is_and_each_key_in_order(kafka, topic, kinesis, tmp_path):
    produce(kafka, topic, range(700))
    wishes = Wishes(until_idle_s=2.0)
    to = "kinesis://copy?key=customer&paced=false"
    receipt = pipe(work_of(f"kafka://{kafka.address}/{topic}", to, None, wishes, tmp_path))
    rows = landed(kinesis)
    assert len(rows) == receipt.acknowledged == 700
    assert receipt.lag == 0
    for customer in range(7):
        numbers = [row["n"] for row in rows if row["customer"] == f"c{customer}"]
        assert numbers == list(range(customer, 700, 7))
    assert all(row["nested"] == {"a": [row["n"], None, "é"]} for row in rows)


def test_kinesis_to_kafka_and_back_is_the_same(kafka, topic, kinesis, tmp_path):
    messages = [{"n": n, "big": 2**60 + n, "text": 'é " \n'} for n in range(300)]
    records = [{"Data": json.dumps(message).encode(), "PartitionKey": str(message["n"])} for message in messages]
    kinesis.put_records(StreamName="copy", Records=records)
    wishes = Wishes(until_idle_s=2.0)
    there = f"kafka://{kafka.address}/{topic}"
    pipe(work_of("kinesis://copy", f"{there}?partitions=1", None, wishes, tmp_path))
    pipe(work_of(there, f"jsonl:{tmp_path / 'back.jsonl'}", None, wishes, tmp_path))
    lines = (tmp_path / "back.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == messages


@pytest.mark.parametrize("exact", [False, True])
def test_killed_five_times_on_the_way_nothing_is_lost(kafka, topic, kinesis, tmp_path, exact):
    produce(kafka, topic, range(6000))
    out = tmp_path / "out.jsonl"
    to = f"jsonl:{out}" if exact else "kinesis://copy?paced=false"
    command = [*SANDBOX, "pipe", "--from", f"kafka://{kafka.address}/{topic}", "--to", to, "--out", str(tmp_path)]
    command += ["--until-idle", "2s", "--format", "json"]

    def arrived():
        return (out.stat().st_size if out.exists() else 0) if exact else len(landed(kinesis))

    for more in (1, 2, 300, 700, 1100):
        enough = arrived() + more
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ)
        while running.poll() is None and arrived() < enough:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        running.wait()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    receipt = json.loads(done.stdout.splitlines()[-1])
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if exact else landed(kinesis)
    counts = Counter(row["n"] for row in rows)
    assert set(counts) == set(range(6000))
    assert sum(counts.values()) - 6000 <= receipt["double_at_most"]
    assert receipt["double_at_most"] == 0 or not exact
    assert receipt["acknowledged"] == receipt["taken"] == 6000


def test_a_broker_that_goes_and_comes_back_is_waited_for(kafka, topic, kinesis, tmp_path):
    produce(kafka, topic, range(500))
    command = [*SANDBOX, "pipe", "--from", f"kafka://{kafka.address}/{topic}", "--to", "kinesis://copy?paced=false"]
    running = subprocess.Popen([*command, "--out", str(tmp_path)], stdout=subprocess.PIPE, text=True, env=os.environ)

    def wait_for(rows):
        while len(landed(kinesis)) < rows and running.poll() is None:
            time.sleep(0.05)

    wait_for(500)
    kafka.kill()
    kafka.start()
    produce(kafka, topic, range(500, 800))
    wait_for(800)
    running.send_signal(signal.SIGINT)
    told, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "800 taken, 800 sent, 800 acknowledged" in told
    assert sorted(row["n"] for row in landed(kinesis)) == list(range(800))
