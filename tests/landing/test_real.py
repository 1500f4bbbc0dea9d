"""Real sources in the place of dummy ones: mapped, counted, private."""

import datetime
import os
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sandbox.errors import InputError, OutsideError
from sandbox.landing import Shape, land
from sandbox.scenario.loader import Options, load

ONLINE_RETAIL = Path(__file__).parents[3] / "shared" / "real" / "online_retail"
RETAIL = """
sandbox: 1
name: retail
clock: {start: 2010-12-01, days: 303, zone: Europe/London}
datasets:
  lines:
    rows: 10
    time: invoiced_at
    columns:
      invoice: {pattern: "C?[0-9]{6}", check: {pattern: "[AC]?[0-9]{6}"}}
      stock_code: {pattern: "[0-9]{5}"}
      quantity: {uniform: [-10, 10], decimals: 0, type: int32}
      invoiced_at: {times: {}}
      price: {uniform: [0, 10], decimals: 2, type: "decimal(10, 3)", check: {ge: 0}}
      customer_id: {serial: 1, nullable: true, pii: true}
      country: {constant: France}
    unique: [[invoice, stock_code, quantity, price, customer_id]]
env: [ONLINE_RETAIL]
targets:
  real:
    lines:
      csv: "${ONLINE_RETAIL}/2010-12-*.csv"
      rename:
        InvoiceNo: invoice
        StockCode: stock_code
        Quantity: quantity
        InvoiceDate: invoiced_at
        UnitPrice: price
        CustomerID: customer_id
        Country: country
      parse:
        invoiced_at: {zone: Europe/London}
"""
ORDERS = """
sandbox: 1
name: orders
clock: {start: 2026-01-01, days: 30}
datasets:
  customers:
    rows: 50
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
  orders:
    rows: 10
    time: at
    columns:
      order_id: {serial: 1}
      customer_id: {ref: customers}
      at: {times: {}}
      note: {constant: x, nullable: true, pii: true}
targets:
  real:
    orders: {csv: orders.csv, %s}
  parents:
    customers: {csv: customers.csv}
"""


def planned(path, text, target="real", **environment):
    path.write_text(text)
    return load(path, Options(target=target), environment).plan


def test_a_months_invoices_of_a_real_shop(tmp_path):
    if not ONLINE_RETAIL.exists():
        pytest.skip("the real data are not beside this project: shared/real/online_retail")
    plan = planned(tmp_path / "retail.yaml", RETAIL, ONLINE_RETAIL=str(ONLINE_RETAIL))
    landed = land(plan, tmp_path / "out", shape=Shape("landing", envelope=True), workers=2)
    entry = landed.manifest.datasets["lines"]
    files = sorted(ONLINE_RETAIL.glob("2010-12-*.csv"))
    with_line_ends = sum(path.read_bytes().count(b"\n") - 1 for path in files)
    assert entry.rows_in == entry.accepted + entry.rejected == with_line_ends
    assert entry.broken["(invoice, stock_code, quantity, price, customer_id).unique"] > 0
    assert not [rule for rule in entry.broken if rule.endswith(".type")]
    rows = pa.concat_tables([pq.read_table(path) for path in landed.parts("lines")])
    assert rows["invoiced_at"][0].as_py() == datetime.datetime(2010, 12, 1, 8, 26, tzinfo=datetime.UTC)
    assert rows["customer_id"].null_count > 0
    assert rows["customer_id"][0].as_py() == 17850, "written 17850.0 in the file"
    assert pc.all(pc.equal(pc.struct_field(rows["_sandbox"], "arrived_at"), rows["invoiced_at"])).as_py()
    ids = pc.struct_field(rows["_sandbox"], "event_id")
    assert pc.count_distinct(ids).as_py() == rows.num_rows
    assert (entry.origin, entry.arrival, entry.generators) == ("csv", "its own invoiced_at", {})
    for path in (tmp_path / "out").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def orders(tmp_path, content, options="where: 'true'", target="real"):
    (tmp_path / "orders.csv").write_text(content)
    return planned(tmp_path / "orders.yaml", ORDERS % options, target)


def test_where_and_arrived_at_listen_to_the_sources_own_columns(tmp_path):
    content = (
        "order_id,customer_id,at,note,kind,Loaded At\n"
        "1,1,2026-01-02T10:00:00Z,a,sale,2026-01-03 00:00:00\n"
        "2,2,2026-01-02T11:00:00Z,,test,2026-01-03 00:00:00\n"
        "3,77,2026-01-02T12:00:00Z,c,sale,\n"
        "x,1,2026-01-02T13:00:00Z,d,sale,soon\n"
        "5,1,2026-01-02T13:00:00Z\n"
    )
    plan = orders(tmp_path, content, "where: \"kind = 'sale'\", arrived_at: '\"Loaded At\"'")
    landed = land(plan, tmp_path / "out", shape=Shape("landing", envelope=True))
    entry = landed.manifest.datasets["orders"]
    assert (entry.rows_in, entry.accepted, entry.rejected) == (4, 1, 3)
    assert entry.broken == {"customer_id → customers.customer_id": 1, "order_id.type": 1, "row.fields": 1}
    (row,) = pq.read_table(landed.parts("orders")[0]).to_pylist()
    assert row["order_id"] == 1
    assert row["_sandbox"]["arrived_at"] == datetime.datetime(2026, 1, 3, tzinfo=datetime.UTC)
    assert entry.arrival == '"Loaded At"; without it, its own at'
    refused = [row for path in landed.rejected("orders") for row in pq.read_table(path).to_pylist()]
    assert {row["_reasons"][0]: row for row in refused}["order_id.type"]["order_id"] == "x"
    torn = {row["_reasons"][0]: row for row in refused}["row.fields"]
    # The text may be personal, so it stands where personal data are masked.
    assert torn["note"] == "5,1,2026-01-02T13:00:00Z"
    assert torn["order_id"] is None


def test_a_dummy_child_of_a_real_parent_leads_to_real_rows(tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id\n1\n2\n2\n")
    plan = orders(tmp_path, "", target="parents")
    landed = land(plan, tmp_path / "out")
    assert landed.manifest.datasets["customers"].broken == {"primary_key": 1}
    entry = landed.manifest.datasets["orders"]
    assert entry.origin == "simulated"
    assert (entry.rejected, dict(entry.broken)) == (0, {})
    rows = pa.concat_tables([pq.read_table(path) for path in landed.parts("orders")])
    assert set(rows["customer_id"].to_pylist()) == {1, 2}


def test_columns_that_are_missing_are_told_before_anything_is_written(tmp_path):
    plan = orders(tmp_path, "order,customer_id,happened\n1,1,2026-01-01\n", "where: kind = 'x'")
    with pytest.raises(InputError) as error:
        land(plan, tmp_path / "out")
    told = "\n".join(map(str, error.value.problems))
    assert "targets.real.orders" in told
    assert "order_id: the source has no such column. Did you mean 'order'?" in told
    assert "targets.real.orders.where" in told
    assert "kind" in told
    assert not (tmp_path / "out").exists()


def test_a_condition_that_fails_on_a_row_does_not_tell_the_row(tmp_path):
    content = "order_id,customer_id,at,note\n1,1,2026-01-01T00:00:00Z,secret\n"
    plan = orders(tmp_path, content, "where: note::int > 1")
    with pytest.raises((InputError, OutsideError)) as error:
        land(plan, tmp_path / "out")
    assert "secret" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_what_is_real_is_landed_anew_each_time(tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id\n1\n2\n")
    plan = orders(tmp_path, "", target="parents")
    assert land(plan, tmp_path / "out").manifest.datasets["customers"].accepted == 2
    (tmp_path / "customers.csv").write_text("customer_id\n1\n7\n8\n")
    again = land(plan, tmp_path / "out")
    assert not again.already_done
    assert again.manifest.datasets["customers"].accepted == 3


def test_small_files_land_together_and_keep_their_ids(tmp_path):
    (tmp_path / "days").mkdir()
    for day in range(1, 6):
        row = f"{day},1,2026-01-0{day}T10:00:00Z,\n"
        (tmp_path / "days" / f"{day}.csv").write_text(f"order_id,customer_id,at,note\n{row}")
    plan = planned(tmp_path / "orders.yaml", (ORDERS % "where: 'true'").replace("orders.csv", "days/"))

    def ids(out):
        (part,) = land(plan, out, shape=Shape("landing", envelope=True)).parts("orders")
        rows = pq.read_table(part).to_pylist()
        return {row["order_id"]: row["_sandbox"]["event_id"] for row in rows}

    before = ids(tmp_path / "one")
    (tmp_path / "days" / "0.csv").write_text("order_id,customer_id,at,note\n9,1,2026-01-01T10:00:00Z,\n")
    after = ids(tmp_path / "two")
    assert len(set(after.values())) == 6
    assert before == {order: id_ for order, id_ in after.items() if order != 9}


def test_a_source_that_changes_while_it_waits_is_read_again(tmp_path, monkeypatch):
    import sandbox.landing.landing as module

    content = "order_id,customer_id,at,note\n1,1,2026-01-01T00:00:00Z,a\n"
    plan = orders(tmp_path, content)
    monkeypatch.setattr(module, "judge", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(OutsideError, match="interrupted"):
        land(plan, tmp_path / "out")
    monkeypatch.undo()
    os.utime(tmp_path / "orders.csv", ns=(1, 1))
    landed = land(plan, tmp_path / "out")
    assert (landed.kept, landed.redone) == (1, 1)


def test_an_envelope_that_rows_bring_along_is_kept(tmp_path):
    dummy = planned(tmp_path / "a.yaml", ORDERS % "where: 'true'", target=None)
    first = land(dummy, tmp_path / "one", shape=Shape("landing", envelope=True))
    text = ORDERS.replace("{csv: orders.csv, %s}", "{parquet: one/landing/orders, arrived_at: %s}")
    told = {}
    for name, rule in (("kept", "null::timestamp"), ("ruled", "at + interval 1 hour")):
        plan = planned(tmp_path / f"{name}.yaml", text % rule)
        told[name] = land(plan, tmp_path / name, shape=Shape("landing", envelope=True))
    rows = {name: _landed(each, "orders") for name, each in (("first", first), *told.items())}
    assert rows["kept"] == rows["first"]
    for ruled, was in zip(rows["ruled"], rows["first"], strict=True):
        assert ruled["_sandbox"]["event_id"] == was["_sandbox"]["event_id"]
        assert ruled["_sandbox"]["arrived_at"] == was["at"] + datetime.timedelta(hours=1)


def _landed(landed, dataset):
    return pa.concat_tables([pq.read_table(part) for part in landed.parts(dataset)]).to_pylist()
