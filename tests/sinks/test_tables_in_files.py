"""Tables of SQLite and DuckDB files as live sinks, read back by the sources of the same name."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from sandbox.checks.hard_values import hard_batch, hard_contract
from sandbox.contract.conform import Conform
from sandbox.contract.envelope import envelope, with_envelope
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import Account, Errand
from sandbox.sinks.opening import outlet_at
from sandbox.sources import databases

KINDS = ("sqlite", "duckdb")
SOURCES = {"sqlite": databases.SqliteTable, "duckdb": databases.DuckdbTable}
ORDERS = Contract(
    "orders",
    (Column("order_id", "int64"), Column("buyer", "string", nullable=True), Column("paid", "float64")),
    primary_key=("order_id",),
    static=True,
)


@pytest.fixture(params=KINDS)
def shop(request, tmp_path):
    return Shop(request.param, tmp_path)


class Shop:
    """A database file of one kind, its sink and what lies in it."""

    def __init__(self, kind, folder):
        self.kind, self.folder = kind, folder
        self.path = folder / "shop.db"

    def opened(self, options="", contract=ORDERS, name="a replay", patience_s=5.0):
        errand = Errand(contract, name, folder=str(self.folder), patience_s=patience_s)
        return outlet_at(f"{self.kind}:shop.db{options}").connect(errand)

    def asked(self, statement):
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
                return connection.execute(statement).fetchall()
        with duckdb.connect(str(self.path)) as connection:
            return connection.execute(statement).fetchall()


def orders(ids, operation="insert", paid=None):
    ids = np.asarray(list(ids), np.int64)
    batch = pa.record_batch(
        {
            "order_id": ids,
            "buyer": pa.array([None if order % 7 == 0 else f"buyer {order}" for order in ids]),
            "paid": pa.array(ids / 4 if paid is None else np.full(len(ids), float(paid))),
        }
    )
    return with_envelope(batch, envelope(ids.astype(np.uint64), 0, operation=operation))


def test_rows_are_in_the_table_and_counted_when_they_are_sent(shop):
    outlet = shop.opened()
    outlet.send(orders([1, 2]))
    assert outlet.account() == Account(2, 2, 0, 0, 2)
    outlet.close()
    assert shop.asked("SELECT * FROM orders ORDER BY 1") == [(1, "buyer 1", 0.25), (2, "buyer 2", 0.5)]
    assert shop.asked("SELECT held FROM _sandbox_replays") == [(2,)]


def test_hard_values_come_back(shop):
    contract, batch = hard_contract(), hard_batch()
    outlet = shop.opened(contract=contract)
    outlet.send(with_envelope(batch, envelope(np.arange(batch.num_rows, dtype=np.uint64), 0)))
    outlet.close()
    raw = SOURCES[shop.kind](path="shop.db", table="hard").open(str(shop.folder))
    found = Conform(contract)(next(raw.batches(raw.shares()[0]))).batch
    for name in contract.names:
        assert repr(found.column(name).to_pylist()) == repr(batch.column(name).to_pylist()), name


def test_rows_of_one_key_replace_each_other_and_deletes_delete(shop):
    outlet = shop.opened()
    outlet.send(orders([1, 2, 3]))
    outlet.send(pa.concat_batches([orders([2], "update", 5), orders([3], "delete"), orders([2], "update", 6)]))
    outlet.send(pa.concat_batches([orders([1], "delete"), orders([1], "insert", 8)]))
    outlet.close()
    assert shop.asked("SELECT order_id, paid FROM orders ORDER BY 1") == [(1, 8.0), (2, 6.0)]


def test_refused_rows_are_told_without_their_values_and_the_rest_goes_in(shop):
    shop.asked("CREATE TABLE orders (order_id bigint PRIMARY KEY, buyer text NOT NULL, paid float CHECK (paid < 20))")
    outlet = shop.opened("?write=append")
    outlet.send(orders([1, 7, 2, 3, 2, 99, 4]), np.array([0, 0, 0, 2, 0, 0, 0], np.int8))
    refusals = outlet.refusals()
    assert sorted(refusal.row for refusal in refusals) == [1, 3, 4, 5]
    assert not any("99" in refusal.reason or ": 2" in refusal.reason for refusal in refusals)
    assert outlet.account() == Account(7, 3, 4, 0, 7)
    outlet.close()
    assert shop.asked("SELECT order_id FROM orders ORDER BY 1") == [(1,), (2,), (4,)]


def test_a_replay_goes_on_where_the_table_says(shop):
    for held, sent in ((0, [1, 2, 3]), (3, [4])):
        outlet = shop.opened("?write=append")
        assert outlet.held() == held
        outlet.send(orders(sent))
        outlet.close()
    assert shop.asked("SELECT count(*) FROM orders") == [(4,)]
    replaced = shop.opened("?create=replace")
    assert replaced.held() == 0
    replaced.close()
    assert shop.asked("SELECT count(*) FROM orders") == [(0,)]


def test_a_table_that_does_not_fit_is_told_before_anything_is_sent(shop):
    with pytest.raises(InputError, match=r"shop\.db: there is no table orders; make it"):
        shop.opened("?create=never")
    shop.asked("CREATE TABLE orders (order_id int, paid float)")
    with pytest.raises(InputError, match="has no column 'buyer'"):
        shop.opened()
    shop.asked("ALTER TABLE orders ADD COLUMN buyer text")
    with pytest.raises(InputError, match=r"no PRIMARY KEY or UNIQUE over \(order_id\)"):
        shop.opened()


def test_a_contract_without_key_cannot_replace_rows(shop):
    contract = Contract("clicks", (Column("page"),), static=True)
    with pytest.raises(InputError, match="clicks: has no key by which a row could replace another; say write=append"):
        shop.opened("?write=upsert", contract)


def test_a_file_that_is_no_database(shop):
    shop.path.write_bytes(b"no database at all, whatever its name says" * 100)
    with pytest.raises(OutsideError, match=rf"{shop.kind}:shop\.db: \w+ says: "):
        shop.opened()


def test_another_writer_is_waited_for_and_then_told(tmp_path, monkeypatch):
    monkeypatch.setattr("sandbox.sinks.sql.sqlite._PATIENCE_S", 0.05)
    shop = Shop("sqlite", tmp_path)
    outlet = shop.opened(patience_s=0.1)
    with closing(sqlite3.connect(shop.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutsideError, match=r"locked.*Another process writes to it"):
            outlet.send(orders([1]))
        other.execute("ROLLBACK")
    outlet.send(orders([2]))
    outlet.close()
    assert shop.asked("SELECT order_id FROM orders") == [(2,)]
