"""A table of a real PostgreSQL as a live sink."""

from __future__ import annotations

import threading
import time

import numpy as np
import psycopg
import pyarrow as pa
import pytest

from sandbox.checks.hard_values import hard_batch, hard_contract
from sandbox.contract.envelope import envelope, with_envelope
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import Account, Errand
from sandbox.sinks.opening import outlet_at
from tests.servers.postgresql import PASSWORD

ORDERS = Contract(
    "orders",
    (Column("order_id", "int64"), Column("buyer", "string", nullable=True), Column("paid", "float64")),
    primary_key=("order_id",),
    static=True,
)


def opened(address="postgresql:", contract=ORDERS, name="a replay", patience_s=20.0):
    return outlet_at(address).connect(Errand(contract, name, patience_s=patience_s))


def orders(ids, operation="insert", paid=None, first=0):
    ids = np.asarray(list(ids), np.int64)
    batch = pa.record_batch(
        {
            "order_id": ids,
            "buyer": pa.array([None if order % 7 == 0 else f"buyer\t{order}\\" for order in ids]),
            "paid": pa.array(ids / 4 if paid is None else np.full(len(ids), float(paid))),
        }
    )
    return with_envelope(batch, envelope(ids.astype(np.uint64), 0, operation=operation, offset=first))


def asked(statement):
    with psycopg.connect("", autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def held(name="a replay"):
    outlet = opened(name=name)
    outlet.close()
    return outlet.held()


def ran(statement):
    with psycopg.connect("", autocommit=True) as connection:
        connection.execute(statement)


def test_rows_are_in_the_table_when_they_are_sent(postgresql):
    outlet = opened()
    outlet.send(orders(range(1, 4)))
    assert asked("SELECT * FROM orders ORDER BY 1") == [
        (1, "buyer\t1\\", 0.25),
        (2, "buyer\t2\\", 0.5),
        (3, "buyer\t3\\", 0.75),
    ]
    assert outlet.account() == Account(3, 3, 0, 0, 3)
    outlet.close()


def test_the_table_has_the_contracts_types_keys_and_what_may_not_be_null(postgresql):
    opened().close()
    columns = asked(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_name = 'orders' ORDER BY ordinal_position"
    )
    assert columns == [
        ("order_id", "bigint", "NO"),
        ("buyer", "text", "YES"),
        ("paid", "double precision", "NO"),
    ]
    assert asked("SELECT count(*) FROM pg_index WHERE indrelid = 'orders'::regclass AND indisprimary") == [(1,)]


def test_a_table_in_a_schema_and_with_a_name_that_needs_quotes(postgresql):
    ran('CREATE SCHEMA "My Shop"')
    outlet = opened('postgresql:?table=My Shop.the "orders"')
    outlet.send(orders([1]))
    outlet.close()
    assert asked('SELECT count(*) FROM "My Shop"."the ""orders"""') == [(1,)]
    assert asked('SELECT held FROM "My Shop"._sandbox_replays') == [(1,)]


def test_hard_values_arrive(postgresql):
    batch = hard_batch()
    outlet = opened("postgresql:?envelope=true", hard_contract())
    outlet.send(with_envelope(batch, envelope(np.arange(batch.num_rows, dtype=np.uint64), 0)))
    assert outlet.refusals() == []
    outlet.close()
    assert [row[0] for row in asked('SELECT "c3 int6" FROM hard LIMIT 3')] == [-(2**63), 2**53 + 1, 2**63 - 1]
    found = [row[0] for row in asked('SELECT "c11 stri" FROM hard')]
    assert found == batch.column("c11 stri").to_pylist()
    assert [bytes(row[0]) for row in asked('SELECT "c13 byte" FROM hard LIMIT 3')] == [b"", b"\x00", b"\xff\xfe,\n"]
    assert asked("SELECT _sandbox ->> 'event_id' FROM hard LIMIT 1") == [("0",)]


def test_rows_of_one_key_replace_each_other_and_deletes_delete(postgresql):
    outlet = opened()
    outlet.send(orders([1, 2, 3]))
    outlet.send(pa.concat_batches([orders([2], "update", 5), orders([3], "delete"), orders([2], "update", 6)]))
    assert asked("SELECT order_id, paid FROM orders ORDER BY 1") == [(1, 0.25), (2, 6.0)]
    outlet.send(pa.concat_batches([orders([1], "delete"), orders([1], "insert", 8)]))
    assert asked("SELECT order_id, paid FROM orders ORDER BY 1") == [(1, 8.0), (2, 6.0)]
    assert outlet.account().acknowledged == 8
    outlet.close()


def test_of_new_rows_with_one_key_the_last_one_stays(postgresql):
    outlet = opened()
    outlet.send(pa.concat_batches([orders([1, 2]), orders([1], paid=9)]))
    outlet.send(orders([3, 2], paid=7))
    assert asked("SELECT order_id, paid FROM orders ORDER BY 1") == [(1, 9.0), (2, 7.0), (3, 7.0)]
    outlet.close()


def test_appended_rows_are_all_kept(postgresql):
    outlet = opened("postgresql:?write=append")
    outlet.send(orders([1, 1]))
    outlet.send(orders([1]))
    outlet.close()
    assert asked("SELECT count(*) FROM orders") == [(3,)]


def test_a_stream_of_changes_becomes_the_table_that_it_is_of(postgresql):
    columns = (
        Column("changed_at", "timestamp"),
        Column("sequence", "int64"),
        Column("operation", "enum", values=("insert", "update", "delete")),
        Column("customer_id", "int64"),
        Column("before", "struct<customer_id: int64?, plan: string?>", nullable=True),
        Column("after", "struct<customer_id: int64?, plan: string?>", nullable=True),
    )
    contract = Contract("customers", columns, primary_key=("customer_id", "sequence"), time="changed_at")
    words = ["insert", "insert", "update", "delete"]
    after = [
        {"customer_id": 1, "plan": "basic"},
        {"customer_id": 2, "plan": "basic"},
        {"customer_id": 1, "plan": "plus"},
    ]
    rows = {
        "changed_at": [0, 1, 2, 3],
        "sequence": [0, 0, 1, 1],
        "operation": words,
        "customer_id": [1, 2, 1, 2],
        "before": [None] * 4,
        "after": [*after, None],
    }
    batch = pa.record_batch([pa.array(rows[c.name], c.arrow) for c in columns], names=list(contract.names))
    codes = pa.array([0, 0, 1, 2], pa.int8())
    outlet = opened(contract=contract)
    outlet.send(with_envelope(batch, envelope(np.arange(4, dtype=np.uint64), 0, operation=codes)))
    outlet.close()
    assert asked("SELECT * FROM customers") == [(1, "plus")]


def test_refused_rows_are_told_without_their_values_and_the_rest_goes_in(postgresql):
    ran("CREATE TABLE orders (order_id int PRIMARY KEY, buyer varchar(10) NOT NULL, paid float CHECK (paid < 20))")
    outlet = opened("postgresql:?write=append")
    outlet.send(orders([1, 7, 2, 3, 2, 99, 2**40, 4, 12_345]))
    told = {refusal.row: refusal.reason for refusal in outlet.refusals()}
    assert list(told) == [1, 4, 5, 6, 8]
    assert "not-null" in told[1]
    assert "orders_pkey" in told[4]
    assert "orders_paid_check" in told[5]
    assert "out of range" in told[6]
    assert "too long" in told[8]
    assert not any("buyer\t" in reason or str(2**40) in reason for reason in told.values())
    assert asked("SELECT order_id FROM orders ORDER BY 1") == [(1,), (2,), (3,), (4,)]
    assert outlet.account() == Account(9, 4, 5, 0, 9)
    assert outlet.refusals() == []
    outlet.close()


def test_rows_that_point_nowhere_are_found_although_no_line_is_told(postgresql):
    ran("CREATE TABLE buyers (buyer text PRIMARY KEY)")
    ran("INSERT INTO buyers SELECT E'buyer\\t' || n || E'\\\\' FROM generate_series(1, 1000) AS n WHERE n % 97 <> 0")
    ran(
        "CREATE TABLE orders (order_id int PRIMARY KEY, buyer text REFERENCES buyers DEFERRABLE INITIALLY DEFERRED, "
        "paid float)"
    )
    outlet = opened()
    outlet.send(orders(range(1, 1001)))
    assert [refusal.row + 1 for refusal in outlet.refusals()] == [n for n in range(1, 1001) if n % 97 == 0 and n % 7]
    outlet.close()


def test_damaged_rows_are_refused(postgresql):
    outlet = opened()
    outlet.send(orders([1, 2, 3]), np.array([0, 1, 0], np.int8))
    assert [(refusal.row, "truncated" in refusal.reason) for refusal in outlet.refusals()] == [(1, True)]
    assert asked("SELECT order_id FROM orders ORDER BY 1") == [(1,), (3,)]
    outlet.close()


def test_a_replay_goes_on_where_the_table_says(postgresql):
    first = opened()
    assert first.held() == 0
    first.send(orders([1, 2, 3]))
    first.close()
    second = opened()
    assert second.held() == 3
    second.send(orders([4, 5]))
    second.close()
    assert held(name="another replay") == 0
    assert held() == 5
    ran("DROP TABLE orders")
    assert held() == 0


def test_the_same_replay_is_not_sent_twice_at_once(postgresql):
    first, second = opened(), opened()
    first.send(orders([1]))
    with pytest.raises(OutsideError, match="somebody else sends the same replay"):
        second.send(orders([1]))
    assert asked("SELECT count(*) FROM orders") == [(1,)]
    first.close()
    second.close()


@pytest.mark.parametrize("write", ["append", "upsert"])
def test_a_server_that_is_killed_again_and_again_loses_and_doubles_nothing(postgresql, write):
    over = threading.Event()

    def disturb():
        for _ in range(3):
            time.sleep(0.4)
            postgresql.kill()
            postgresql.start()
        over.set()

    outlet = opened(f"postgresql:?write={write}")
    disturber = threading.Thread(target=disturb)
    disturber.start()
    sent = 0
    while not over.is_set() or not sent:
        outlet.send(orders(range(sent, sent + 2_000)))
        sent += 2_000
    disturber.join()
    account = outlet.account()
    outlet.close()
    assert asked("SELECT count(*), count(DISTINCT order_id), max(order_id) FROM orders") == [(sent, sent, sent - 1)]
    assert account.acknowledged == account.settled == sent
    assert account.retried > 0


FULL = 16 * 1024 * 1024 + 4096
"""Beyond the 16 MiB of a file of PostgreSQL's log, in the middle of a page."""


@pytest.mark.parametrize("write", ["append", "upsert"])
def test_a_full_disk_is_waited_for_until_there_is_room(postgresql, write):
    postgresql.limit_files(FULL)
    outlet = opened(f"postgresql:?write={write}")
    room = threading.Timer(2.5, lambda: postgresql.limit_files(None))
    room.start()
    for first in range(0, 600_000, 100_000):
        outlet.send(orders(range(first, first + 100_000)))
    room.join()
    account = outlet.account()
    outlet.close()
    assert asked("SELECT count(*), count(DISTINCT order_id) FROM orders") == [(600_000, 600_000)]
    assert account.acknowledged == account.settled == 600_000
    assert account.retried > 0


def test_a_full_disk_that_stays_so_is_told_and_gone_on_from(postgresql):
    postgresql.limit_files(FULL)
    outlet = opened("postgresql:?write=append", patience_s=0.3)
    rows = orders(range(600_000))
    with pytest.raises(OutsideError, match=r"could not extend.*tried for 0\.3 s\. Free some space on the server"):
        outlet.send(rows)
    outlet.close()
    postgresql.limit_files(None)
    again = opened("postgresql:?write=append")
    assert 0 < again.held() < 600_000
    again.send(rows.slice(again.held()))
    again.close()
    assert asked("SELECT count(*), count(DISTINCT order_id) FROM orders") == [(600_000, 600_000)]


def test_nobody_there_is_told_with_what_to_look_at(postgresql):
    postgresql.stop()
    with pytest.raises(OutsideError, match=r"refused.*Is it running") as told:
        opened(patience_s=0.2)
    assert PASSWORD not in str(told.value)
    postgresql.start()


def test_a_wrong_password_is_told_at_once_and_not_shown(postgresql, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(OutsideError, match="Set PGUSER and PGPASSWORD") as told:
        opened()
    assert "wrong" not in str(told.value)


def test_a_database_that_is_not_there(postgresql):
    with pytest.raises(OutsideError, match=r"does not exist\. Create it, or name another one"):
        opened("postgresql:///nowhere")


def test_a_table_that_does_not_fit_is_told_before_anything_is_sent(postgresql):
    with pytest.raises(InputError, match="there is no table orders; make it"):
        opened("postgresql:?create=never")
    ran("CREATE TABLE orders (order_id int, paid float)")
    with pytest.raises(InputError, match="has no column 'buyer'"):
        opened()
    ran("ALTER TABLE orders ADD buyer text")
    with pytest.raises(InputError, match=r"no PRIMARY KEY or UNIQUE over \(order_id\)"):
        opened()
    opened("postgresql:?write=append").close()
    opened("postgresql:?create=replace").close()
