"""Rows sent to a real Kafka: what it acknowledged is there, whatever happens to it meanwhile."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter

import pyarrow as pa
import pytest

from sandbox.clients.kafka import Brokers
from sandbox.errors import OutsideError
from sandbox.sinks.opening import outlet_at
from tests.sinks.mock_kafka import consumed, rows_of
from tests.sinks.sent_rows import errand, numbered


def test_nothing_is_lost_when_the_broker_is_killed_in_the_middle(kafka, topic):
    outlet = outlet_at(f"kafka://{kafka.address}/{topic}?partitions=3&key=n").connect(errand(60))
    rows = 2_000
    outlet.send(numbered(0, rows))
    outlet.flush()  # a broker that has just begun lets the client wait, and nothing would be on its way yet

    def kill_on_the_way() -> None:
        kafka.pause()  # what is sent from here on has no answer when it dies
        time.sleep(1)
        kafka.kill()
        kafka.start()

    killed = threading.Thread(target=kill_on_the_way)
    end = time.monotonic() + 120
    while killed.ident is None or killed.is_alive() or rows < 200_000:
        outlet.send(numbered(rows, rows + 2_000))
        rows += 2_000
        if rows == 60_000:
            killed.start()
        assert time.monotonic() < end
    outlet.flush()
    account = outlet.account()
    outlet.close()
    assert (account.sent, account.acknowledged, account.settled, account.refused) == (rows, rows, rows, 0)
    # What was on its way as the broker died, was sent again; by the client's own books, not each of the rows.
    assert 0 < account.retried < rows
    found = Counter(row["n"] for row in rows_of(consumed(kafka.address, topic, rows, partitions=3)))
    # The client sends again what was not answered, and the broker knows it: each is there once.
    assert found == Counter(range(rows))


def test_patience_ends(kafka, topic):
    outlet = outlet_at(f"kafka://{kafka.address}/{topic}?partitions=1").connect(errand(3))
    outlet.send(numbered(0, 10))
    outlet.flush()
    kafka.kill()
    outlet.send(numbered(10, 20))
    with pytest.raises(OutsideError, match=r"no answer within 3 s .*Is Kafka running there"):
        outlet.flush()
    account = outlet.account()
    assert (account.sent, account.acknowledged, account.settled) == (20, 10, 10)
    outlet.close()


def test_a_topic_is_made_as_it_is_asked_for_and_its_limit_is_kept(kafka, topic):
    address = f"kafka://{kafka.address}/{topic}"
    with pytest.raises(OutsideError, match="there is no such topic"):
        outlet_at(address).connect(errand())
    part = outlet_at(f"{address}?partitions=2").model_copy(update={"topic_settings": {"max.message.bytes": 10_000}})
    outlet = part.connect(errand())
    batch = numbered(0, 1_000)
    pages = batch.column("page").to_pylist()
    pages[7] = "x" * 20_000
    outlet.send(batch.set_column(2, batch.schema.field(2), pa.array(pages)))
    outlet.flush()
    account = outlet.account()
    outlet.close()
    assert (account.acknowledged, account.refused, account.settled) == (999, 1, 1_000)
    refused = outlet.refusals()[0]
    assert refused.row == 7
    assert "10,000" in refused.reason
    found = consumed(kafka.address, topic, 999, partitions=2)
    assert Brokers(kafka.address).topic(topic).partitions == (0, 1)
    assert 7 not in {json.loads(message.value())["n"] for message in found}
