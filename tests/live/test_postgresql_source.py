"""A table of a real PostgreSQL as a source: read whole, and followed by a rising column."""

from __future__ import annotations

import os

import numpy as np
import psycopg
import pyarrow as pa
import pytest

from sandbox.checks import check_source
from sandbox.checks.hard_values import hard_batch, hard_contract
from sandbox.checks.source_subject import SourceSample
from sandbox.contract.conform import Conform
from sandbox.contract.envelope import envelope, with_envelope
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import Errand
from sandbox.sinks.opening import outlet_at
from sandbox.sources.postgresql import PostgresqlRows
from tests.servers.postgresql import PASSWORD

ORDERS = Contract(
    "orders",
    (Column("order_id", "int64"), Column("buyer", "string", nullable=True), Column("paid", "float64", ge=0)),
    primary_key=("order_id",),
    static=True,
)
ROWS = 3_000


def ran(statement):
    with psycopg.connect("", autocommit=True) as connection:
        connection.execute(statement)


def orders(folder):
    """A table of three shares: some rows break a rule."""
    ran("DROP TABLE IF EXISTS orders")
    ran("CREATE TABLE orders (order_id bigint, buyer text, paid numeric(10, 2))")
    ran(
        "INSERT INTO orders SELECT nullif(n, 13), nullif('buyer ' || n % 4, 'buyer 2'), "
        f"CASE WHEN n % 11 = 3 THEN -1.5 ELSE n / 4.0 END FROM generate_series(1, {ROWS}) AS n"
    )
    return SourceSample(PostgresqlRows(table="public.orders"), ORDERS, folder, ROWS)


@pytest.fixture
def small_shares(monkeypatch):
    monkeypatch.setattr("sandbox.sources.postgresql_reading.BLOCKS", 8)


def test_the_source_keeps_every_check(postgresql, small_shares, tmp_path):
    sample = orders(tmp_path)
    check_source(sample.part, sample.contract, tmp_path, sample.rows)


def test_a_table_is_shared_out_by_its_blocks(postgresql, small_shares, tmp_path):
    raw = orders(tmp_path).part.open(".")
    assert len(raw.shares()) == 3
    numbers = [n for share in raw.shares() for batch in raw.batches(share) for n in batch.column(0).to_pylist()]
    assert numbers == [None if n == 13 else n for n in range(1, ROWS + 1)]


def test_hard_values_come_back_as_the_sink_wrote_them(postgresql):
    contract, batch = hard_contract(), hard_batch()
    outlet = outlet_at("postgresql:").connect(Errand(contract, "a replay"))
    outlet.send(with_envelope(batch, envelope(np.arange(batch.num_rows, dtype=np.uint64), 0)))
    outlet.close()
    raw = PostgresqlRows(table="hard").open(".")
    found = Conform(contract)(next(raw.batches(raw.shares()[0]))).batch
    for name in contract.names:
        if pa.types.is_map(batch.column(name).type):  # jsonb has an order of its own
            pairs = [
                [sorted(value) if value else value for value in each.column(name).to_pylist()]
                for each in (found, batch)
            ]
            assert pairs[0] == pairs[1]
        else:
            assert repr(found.column(name).to_pylist()) == repr(batch.column(name).to_pylist()), name


def test_a_query_and_a_view_have_one_share(postgresql, tmp_path):
    orders(tmp_path)
    ran("CREATE OR REPLACE VIEW few AS SELECT * FROM orders WHERE order_id < 5")
    for part in (PostgresqlRows(table="few"), PostgresqlRows(query="SELECT * FROM orders WHERE order_id < 5;")):
        raw = part.open(".")
        (share,) = raw.shares()
        assert sum(batch.num_rows for batch in raw.batches(share)) == 4


def test_a_wrong_table_query_or_password_is_told(postgresql, monkeypatch):
    with pytest.raises(InputError, match=r'nowhere: PostgreSQL says: relation "nowhere" does not exist\.'):
        PostgresqlRows(table="nowhere").open(".")
    with pytest.raises(InputError, match="syntax error"):
        PostgresqlRows(query="SELEC 1").open(".")
    ran("CREATE SEQUENCE numbers")
    raw = PostgresqlRows(query="SELECT nextval('numbers')").open(".")
    with pytest.raises(OutsideError, match="read-only transaction"):
        list(raw.batches(raw.shares()[0]))
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(OutsideError, match="Set PGUSER and PGPASSWORD") as told:
        PostgresqlRows(table="orders").open(".")
    assert PASSWORD not in str(told.value)
    monkeypatch.setenv("PGPORT", "1")
    with pytest.raises(OutsideError, match=r"Connection refused\. Is it running, and is this its address"):
        PostgresqlRows(table="orders").open(".")
    assert os.environ["PGPASSWORD"] not in repr(PostgresqlRows(table="orders"))


def followed(position=None, rising="changed_at"):
    return PostgresqlRows(table="orders", rising=rising).follow(".", position)


def numbers(batches):
    return [n for batch in batches for n in batch.column("order_id").to_pylist()]


def test_rows_are_followed_by_a_rising_column_and_go_on_from_a_position(postgresql, monkeypatch):
    monkeypatch.setattr("sandbox.sources.postgresql_following.MOST_ROWS", 2)
    ran("CREATE TABLE orders (order_id int, changed_at timestamptz)")
    ran(
        "INSERT INTO orders SELECT n, timestamptz '2026-01-01 00:00:00.123456+00' + (n / 3) * interval '1 s' "
        "FROM generate_series(1, 6) AS n"
    )
    source = followed()
    assert source.lag() == 6
    assert numbers(source.poll(0)) == [1, 2]
    assert sorted(numbers(source.poll(0))) == [3, 4, 5]  # equal moments stay together
    position = source.position()
    source.close()
    source = followed(position)
    assert source.lag() == 1
    assert numbers(source.poll(0)) == [6]
    assert source.poll(0) == []
    ran("UPDATE orders SET changed_at = '2026-02-01' WHERE order_id = 2")
    assert numbers(source.poll(0)) == [2]
    source.close()


def test_a_followed_server_that_is_restarted_is_waited_for(postgresql):
    ran("CREATE TABLE orders (order_id int)")
    ran("INSERT INTO orders VALUES (1)")
    source = followed(rising="order_id")
    assert numbers(source.poll(0)) == [1]
    postgresql.restart()
    ran("INSERT INTO orders VALUES (2)")
    assert numbers(source.poll(5)) == [2]
    source.close()


def test_following_needs_a_column_that_is_there(postgresql):
    ran("CREATE TABLE orders (order_id int)")
    with pytest.raises(InputError, match="say `rising`"):
        followed(rising=None)
    with pytest.raises(InputError, match="orders: has no column 'changed_at'"):
        followed()


def test_reading_a_large_table_holds_no_more_than_a_few_batches(postgresql):
    ran("CREATE TABLE large AS SELECT n, repeat('x', 200) AS text FROM generate_series(1, 400000) AS n")
    raw = PostgresqlRows(query="SELECT * FROM large").open(".")
    before = pa.total_allocated_bytes()
    most = rows = 0
    for batch in raw.batches(raw.shares()[0]):
        rows += batch.num_rows
        most = max(most, batch.nbytes)
    assert rows == 400_000
    assert most < 16 << 20
    assert pa.total_allocated_bytes() - before < 32 << 20
