"""Chains that do one thing wrong each, from a real stream to another: reconcile finds it there and names it."""

from __future__ import annotations

import json
import uuid

import boto3
import numpy as np
import pyarrow as pa
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

import sandbox
from sandbox.clients.kafka import Brokers
from sandbox.contract.envelope import ENVELOPE
from sandbox.reconcile.sent import FromScenario
from tests.reconcile.views import HOUR_US, WEB, faults

FEWER = {"datasets.customers.rows": 60, "clock.days": 4}


class KafkaChain:
    """One partition each way, so that what comes keeps its order."""

    def __init__(self, address):
        self._servers = address
        self._sent, self._landed = (f"{end}-{uuid.uuid4().hex[:12]}" for end in ("sent", "landed"))
        self.sink = f"kafka://{address}/{self._sent}?partitions=1"
        self.landed = f"kafka://{address}/{self._landed}"

    def messages(self):
        """Value and envelope of each message, as bytes and as what it tells."""
        consumer = Consumer({"bootstrap.servers": self._servers, "group.id": "faulty", "enable.partition.eof": True})
        consumer.assign([TopicPartition(self._sent, 0, 0)])
        found = []
        while (message := consumer.poll(10)) is not None and message.error() is None:
            found.append((message.value(), json.loads(dict(message.headers())[ENVELOPE])))
        consumer.close()
        return found

    def land(self, messages):
        Brokers(self._servers).make(self._landed, 1, 1, {})
        producer = Producer({"bootstrap.servers": self._servers})
        for value, told in messages:
            headers = None if told is None else [(ENVELOPE, json.dumps(told).encode())]
            producer.produce(self._landed, value, partition=0, headers=headers)
        assert producer.flush(30) == 0
        producer.close()


class KinesisChain:
    """One shard each way; the envelope travels inside of the records."""

    def __init__(self):
        self._client = boto3.client("kinesis")
        for stream in ("sent", "landed"):
            self._client.create_stream(StreamName=stream, ShardCount=1)
        self.sink = "kinesis://sent?envelope=true&paced=false"
        self.landed = "kinesis://landed"

    def messages(self):
        shard = self._client.list_shards(StreamName="sent")["Shards"][0]["ShardId"]
        start = {"StreamName": "sent", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        place, found = self._client.get_shard_iterator(**start)["ShardIterator"], []
        while records := (answer := self._client.get_records(ShardIterator=place))["Records"]:
            place = answer["NextShardIterator"]
            for record in records:
                row = json.loads(record["Data"])
                told = row.pop(ENVELOPE)
                found.append((json.dumps(row).encode(), told))
        return found

    def land(self, messages):
        for first in range(0, len(messages), 500):
            records = [
                {"Data": value if told is None else _with(value, told), "PartitionKey": "one"}
                for value, told in messages[first : first + 500]
            ]
            self._client.put_records(StreamName="landed", Records=records)


def _with(value, told):
    """A record with its envelope; of one that is torn, what is left of it."""
    return value[:-1] + b', "_sandbox": ' + json.dumps(told).encode() + b"}" if value.endswith(b"}") else value


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    path = tmp_path_factory.mktemp("web") / "web.yaml"
    path.write_text(WEB, encoding="utf-8")
    scenario = sandbox.load(path, set=FEWER)
    return scenario, pa.Table.from_batches(list(FromScenario(scenario.plan, "views").batches()))


@pytest.fixture(params=["kafka", "kinesis"])
def chain(request, web, tmp_path):
    """Replay into a stream; a function then lands what it makes of the messages, and reconciles."""
    scenario, _ = web
    if request.param == "kafka":
        made = KafkaChain(request.getfixturevalue("kafka").address)
    else:
        request.getfixturevalue("aws")
        made = KinesisChain()
    scenario.replay("views", to=made.sink, order="arrival", out=tmp_path)
    sent = made.messages()

    def reconciled(does):
        made.land(does(sent))
        return scenario.reconcile("views", order="arrival", against=made.landed)

    return reconciled


def ids(messages):
    return {told["event_id"] for _, told in messages}


def with_page(value, page):
    return json.dumps({**json.loads(value), "page": page}).encode()


def test_an_honest_chain_is_clean(chain, web):
    found = chain(lambda sent: sent)
    assert faults(found) == {}
    assert found.holds
    assert found.matched_by == "event id"
    assert found.sent == found.landed == web[1].num_rows > 500


def test_one_that_forgets_ids_is_matched_by_the_key(chain):
    found = chain(lambda sent: [(value, None) for value, _ in sent])
    assert faults(found) == {}
    assert found.matched_by == "customer_id, viewed_at"


def test_one_that_loses(chain):
    missing = 0

    def loses(sent):
        nonlocal missing
        kept = [message for at, message in enumerate(sent) if at % 97 != 96]
        missing = len(ids(sent) - ids(kept))
        return kept

    found = chain(loses)
    assert faults(found) == {"lost": missing}
    assert "lost" in found.beyond[0]


def test_one_that_doubles(chain):
    found = chain(lambda sent: [*sent, *sent[100:150]])
    assert faults(found)["duplicated"] == 50
    assert set(faults(found)) <= {"duplicated", "reordered"}


def test_one_that_cuts_texts(chain, web):
    found = chain(lambda sent: [(with_page(value, json.loads(value)["page"][:22]), told) for value, told in sent])
    rows = sum(len(page) > 22 for page in web[1]["page"].to_pylist())
    assert faults(found) == {"altered": rows}
    assert [(each.column, each.how) for each in found.altered] == [("page", "cut to 22 characters")]


def test_one_that_drops_what_is_late(chain, web):
    told = web[1][ENVELOPE].combine_chunks()
    delay = told.field("arrived_at").cast(pa.int64()).to_numpy() - web[1]["viewed_at"].cast(pa.int64()).to_numpy()
    numbers, late = told.field("event_id").to_numpy(), delay > HOUR_US
    missing = set(numbers[late].tolist()) - set(numbers[~late].tolist())
    assert len(missing) > 5
    found = chain(lambda sent: [message for message in sent if message[1]["event_id"] not in missing])
    assert faults(found) == {"late": len(missing)}
    assert next(each for each in found.lateness if each.looks_allowed).measure == "delay"


def test_one_that_invents(chain):
    strangers = [(json.dumps({"customer_id": 9_000 + n}).encode(), {"event_id": n}) for n in range(3)]

    def invents(sent):
        like = json.loads(sent[0][0])
        return [*sent, *((json.dumps({**like, **json.loads(row)}).encode(), told) for row, told in strangers)]

    assert faults(chain(invents)) == {"unknown": 3}


def test_one_that_tears(chain):
    lost = 0

    def tears(sent):
        nonlocal lost
        torn = [(value[:20], told) if at % 100 == 7 else (value, told) for at, (value, told) in enumerate(sent)]
        lost = len(ids(sent) - ids([message for message in torn if message[0].endswith(b"}")]))
        return torn

    found = faults(chain(tears))
    assert found["unreadable"] >= 5
    assert found == {"unreadable": found["unreadable"], "lost": lost}


def test_one_that_reorders(chain):
    def reorders(sent):
        order = np.random.default_rng(1).permutation(len(sent))
        return [sent[at] for at in order.tolist()]

    found = chain(reorders)
    assert set(faults(found)) == {"reordered"}
    assert found.holds
