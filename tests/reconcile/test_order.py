"""Which rows landed out of order: judged by the order in which a replay sends them, and where there is one to judge."""

import json
from pathlib import Path

import pytest

import sandbox
from sandbox.cli import main
from sandbox.errors import InputError

SHOP = """
sandbox: 1
name: shop
seed: 3
clock: {start: 2026-01-01, days: 10}
datasets:
  customers: {rows: 300, static: true, key: customer_id, columns: {customer_id: {serial: 1}}}
  orders:
    of: customers
    time: ordered_at
    key: order_id
    rate: 0.5
    columns: {order_id: {serial: 1}, amount: {gamma: {mean: 30}, decimals: 2}}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SHOP, encoding="utf-8")
    return sandbox.load("shop.yaml")


def test_rows_that_are_made_customer_by_customer_were_sent_as_the_replay_sorted_them(shop):
    shop.replay("orders", to="jsonl:orders.jsonl")
    assert shop.reconcile("orders", "jsonl:orders.jsonl", tolerance=["reordered=0"]).holds
    lines = Path("orders.jsonl").read_text(encoding="utf-8").splitlines()
    Path("late.jsonl").write_text("\n".join([*lines[1:], lines[0]]), encoding="utf-8")
    found = shop.reconcile("orders", "jsonl:late.jsonl")
    assert found.counts["reordered"] == 1
    missing = json.loads(lines[7])["order_id"]
    Path("lost.jsonl").write_text("\n".join([*lines[:7], *lines[8:]]), encoding="utf-8")
    [lost] = shop.reconcile("orders", "jsonl:lost.jsonl").first["lost"]
    assert (lost.values["order_id"], lost.sent_as) == (missing, 7)


def test_a_table_has_no_order_unless_a_query_gives_it_one(shop, capsys):
    shop.replay("orders", to="duckdb:shop.db?table=orders")
    found = shop.reconcile("orders", "duckdb:shop.db?table=orders")
    assert found.holds
    assert not found.has_order
    assert found.counts["reordered"] == 0
    with pytest.raises(SystemExit, match="0"):
        main(["reconcile", "shop.yaml", "orders", "--against", "duckdb:shop.db?table=orders"])
    assert "whether rows are reordered was not asked" in capsys.readouterr().out
    with pytest.raises(InputError, match="give the address a `query` with ORDER BY"):
        shop.reconcile("orders", "duckdb:shop.db?table=orders", tolerance=["reordered=1%"])
    query = "duckdb:shop.db?query=SELECT * FROM orders ORDER BY ordered_at, order_id"
    assert shop.reconcile("orders", query, tolerance=["reordered=1%"]).has_order
    backwards = "duckdb:shop.db?query=SELECT * FROM orders ORDER BY ordered_at DESC"
    assert not shop.reconcile("orders", backwards, tolerance=["reordered=1%"]).holds
