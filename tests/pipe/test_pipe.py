"""The connector: nothing is lost whatever stops it, what nobody can read is kept, and JSON stays as it is."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import boto3
import pytest

from sandbox.errors import InputError
from sandbox.pipe import Stopped, Wishes, pipe, work_of
from tests.killable import command_line, ended, kill, wait_for
from tests.sinks.receivers import Receiver

SCENARIO = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 3}
datasets:
  clicks:
    rows: 10
    static: true
    columns:
      n: {integer: {between: [0, 100000]}}
      page: {choice: [home, sale]}
"""


SANDBOX = [sys.executable, "-c", "from sandbox.cli import main; main()"]


@pytest.fixture
def kinesis(aws):
    client = boto3.client("kinesis")
    client.create_stream(StreamName="clicks", ShardCount=2)
    yield client
    client.close()


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def put(kinesis, *payloads):
    records = [
        {"Data": payload if isinstance(payload, bytes) else json.dumps(payload).encode(), "PartitionKey": str(at)}
        for at, payload in enumerate(payloads)
    ]
    for start in range(0, len(records), 500):
        kinesis.put_records(StreamName="clicks", Records=records[start : start + 500])


def lines_of(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def work(tmp_path, to, as_=None, fresh=False, patience_s=5.0):
    return work_of("kinesis://clicks", to, as_, Wishes(fresh, None, 1.0, 0.5, patience_s), tmp_path)


def test_json_passes_through_as_it_is(kinesis, receiver, tmp_path):
    messages = [{"n": n, "nested": {"a": [1, None, "é"]}, "big": 2**60} for n in range(50)]
    put(kinesis, *messages, b'{\n "n": 50\n}')
    receipt = pipe(work(tmp_path, f"{receiver.address}?format=jsonl"))
    rows = [json.loads(line) for body in receiver.bodies for line in body.decode().splitlines()]
    assert sorted(rows, key=lambda row: row["n"]) == [*messages, {"n": 50}]
    assert (receipt.taken, receipt.sent, receipt.acknowledged, receipt.unknown) == (51, 51, 51, 0)
    assert not receipt.may_be_double


def test_a_key_of_the_messages_may_be_the_sinks(kinesis, tmp_path):
    kinesis.create_stream(StreamName="copy", ShardCount=2)
    put(kinesis, *({"n": n, "customer": f"c{n % 3}"} for n in range(30)))
    pipe(work(tmp_path, "kinesis://copy?key=customer&envelope=true"))
    seen = {}
    for shard in kinesis.list_shards(StreamName="copy")["Shards"]:
        asked = {"StreamName": "copy", "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**asked)["ShardIterator"]
        for record in kinesis.get_records(ShardIterator=iterator)["Records"]:
            row = json.loads(record["Data"])
            assert record["PartitionKey"] == row["customer"]
            seen[row["n"]] = row["_sandbox"]["event_id"]
    assert sorted(seen) == list(range(30))
    assert len(set(seen.values())) == 30


def test_what_nobody_can_read_is_kept_with_its_bytes_its_place_and_why(kinesis, receiver, tmp_path):
    put(kinesis, {"n": 1}, b'{"n": 7, "pa', b"caf\xe9", {"n": 2})
    receipt = pipe(work(tmp_path, receiver.address))
    told = lines_of(receipt.set_aside_in)
    assert {base64.b64decode(line["bytes"]): line["reason"] for line in told} == {
        b'{"n": 7, "pa': "row.json",
        b"caf\xe9": "row.encoding",
    }
    assert all(line["at"].startswith("shardId-") for line in told)
    assert (receipt.taken, receipt.acknowledged, receipt.set_aside) == (4, 2, 2)
    assert receipt.reasons == {"row.json": 1, "row.encoding": 1}


def test_rows_that_break_the_contract_are_set_aside(kinesis, receiver, tmp_path):
    (tmp_path / "shop.yaml").write_text(SCENARIO, encoding="utf-8")
    put(kinesis, {"n": 1, "page": "home"}, {"n": "many", "page": "sale"}, {"n": 3, "page": "sale", "more": 1})
    receipt = pipe(work(tmp_path, receiver.address, f"{tmp_path / 'shop.yaml'}#clicks"))
    assert sorted(row["n"] for row in receiver.rows) == [1, 3]
    assert receipt.set_aside == 1
    assert "many" in Path(receipt.set_aside_in).read_text(encoding="utf-8")


def test_it_goes_on_where_it_stopped(kinesis, receiver, tmp_path):
    put(kinesis, *({"n": n} for n in range(20)))
    pipe(work(tmp_path, receiver.address))
    put(kinesis, *({"n": n} for n in range(20, 30)))
    receipt = pipe(work(tmp_path, receiver.address))
    assert sorted(row["n"] for row in receiver.rows) == list(range(30))
    assert (receipt.taken, receipt.sent, receipt.sittings) == (30, 30, 2)
    pipe(work(tmp_path, receiver.address, fresh=True))
    assert len(receiver.rows) == 60


def test_a_sink_that_fails_for_good_loses_nothing(kinesis, receiver, tmp_path):
    put(kinesis, *({"n": n} for n in range(30)))
    receiver.script = [200, *[503] * 50]
    with pytest.raises(Stopped, match="503") as caught:
        pipe(work(tmp_path, f"{receiver.address}?batch=10", patience_s=0.3))
    assert caught.value.receipt.unknown == caught.value.receipt.taken - 10 or caught.value.receipt.unknown > 0
    receiver.script = []
    receipt = pipe(work(tmp_path, f"{receiver.address}?batch=10", patience_s=0.3))
    counts = Counter(row["n"] for row in receiver.rows)
    assert set(counts) == set(range(30))
    assert sum(counts.values()) - 30 <= receipt.double_at_most


def test_refused_rows_are_told_with_their_reason(kinesis, receiver, tmp_path):
    put(kinesis, *({"n": n} for n in range(5)))
    receiver.script, receiver.answer = [422] * 9, "no"
    receipt = pipe(work(tmp_path, receiver.address))
    told = lines_of(receipt.refused_in)
    assert sorted(line["data"]["n"] for line in told) == list(range(5))
    assert all(line["reason"] == "HTTP 422: no" for line in told)
    assert (receipt.refused, receipt.acknowledged) == (5, 0)


@pytest.mark.parametrize("kind", ["http", "jsonl"])
def test_killed_at_any_moment_nothing_is_lost(kinesis, receiver, tmp_path, kind):
    out = tmp_path / "out.jsonl"
    to = f"{receiver.address}?batch=50" if kind == "http" else f"jsonl:{out}"

    def arrived():
        return len(receiver.bodies) + (out.stat().st_size if out.exists() else 0)

    put(kinesis, *({"n": n} for n in range(3000)))
    words = ["pipe", "--from", "kinesis://clicks", "--to", to]
    words += ["--out", tmp_path, "--until-idle", "500ms", "--format", "json"]
    for more in (1, 7, 20):
        enough = arrived() + more
        running = command_line(*words)
        wait_for(lambda: arrived() >= enough, running)  # noqa: B023
        kill(running)
    assert ended(command_line(*words, prints=tmp_path / "printed")) == 0
    receipt = lines_of(tmp_path / "printed")[-1]
    if kind == "http":
        rows = receiver.rows
    else:
        rows = lines_of(out)
        assert receipt["guarantee"] == "exactly-once"
        assert len(rows) == 3000
    counts = Counter(row["n"] for row in rows)
    assert set(counts) == set(range(3000))
    assert sum(counts.values()) - 3000 <= receipt["double_at_most"]
    assert receipt["acknowledged"] == receipt["taken"] == 3000


def test_ctrl_c_is_an_orderly_stop(kinesis, receiver, tmp_path):
    put(kinesis, *({"n": n} for n in range(100)))
    command = [*SANDBOX, "pipe", "--from", "kinesis://clicks", "--to", receiver.address]
    command += ["--out", str(tmp_path), "--every", "200ms"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    for line in running.stdout:
        if line.startswith("100 rows"):
            break
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "100 taken, 100 sent, 100 acknowledged" in rest


@pytest.mark.parametrize(
    ("from_", "to", "as_", "told"),
    [
        ("duckdb:x.db?table=x", "-", None, "cannot be followed"),
        ("csv:x.csv", "-", None, "gives no JSON"),
        ("kinesis://clicks", "parquet:out", None, "--as SCENARIO#DATASET"),
        ("kinesis://clicks", "-", "shop.yaml", "names no dataset"),
        ("kafak://x", "-", None, "unknown source 'kafak'"),
    ],
)
def test_what_makes_no_sense_is_told(from_, to, as_, told):
    with pytest.raises(InputError, match=told):
        work_of(from_, to, as_)
