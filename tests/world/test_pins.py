"""Pinned rows: there at any scale, exactly as written, and nothing else moves for them."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.landing import land
from sandbox.scenario.loader import Options, load
from sandbox.world.world import World

HEAD = "sandbox: 1\nname: pins\nseed: 1\nclock: {start: 2026-01-01, days: 30, zone: UTC}\ndatasets:\n"
SHOP = """
  customers:
    rows: 2_000
    history: true
    key: customer_id
    columns:
      customer_id: {serial: "C{:05d}"}
      name: {fake: name, pii: true}
      plan: {choice: {basic: 0.6, plus: 0.3, max: 0.1}, nulls: 0.1}
      fee: {given: plan, constant: {basic: 9, plus: 19, max: 35, else: 0}}
      tag: {sql: "plan || '-' || customer_id"}
      home: {struct: {city: {fake: city}, since: {date: [2000-01-01, 2020-01-01]}}}
      born: {date: [1950-01-01, 2000-01-01], nulls: 0.2}
      spent: {lognormal: {median: "fee + 1", sigma: 0.3}}
    transitions: {upgrade: {hazard: 0.3 per day, set: {plan: "'plus'"}}}
    PINS
  orders:
    of: customers
    rate: 0.3
    time: ordered_at
    columns: {order_id: {serial: 1}, paid: {sql: "parent.fee * 2"}}
  calls:
    rows: 900
    fixed: true
    static: true
    columns: {who: {ref: customers}, plan: {look_up: {by: who, column: plan}}, born: {look_up: {by: who, column: born}}}
    CALLS
"""
PINS = """pin:
      - {customer_id: C00007, plan: max, born: null, home: {city: Rom, since: 2001-02-03}}
      - {customer_id: C01900, plan: plus, born: 1999-12-31}
      - {plan: null, tag: mine}
"""
CALLS = "pin: [{who: C01900}]\n"


@pytest.fixture
def shop(tmp_path):
    def make(pins: str = PINS, calls: str = CALLS, scale: float = 1.0) -> World:
        file = tmp_path / "shop.yaml"
        file.write_text(HEAD + SHOP.replace("PINS", pins).replace("CALLS", calls), encoding="utf-8")
        return World(load(file, Options(scale=scale)).plan)

    return make


def first_versions(rows: pa.Table) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for row in rows.to_pylist():
        found.setdefault(row["customer_id"], row)
    return found


@pytest.mark.parametrize("scale", [2.0, 1.0, 0.01, 0.001])
def test_pinned_rows_are_the_same_at_any_scale(shop, table, scale):
    whole, world = first_versions(table(shop(), "customers")), shop(scale=scale)
    customers = first_versions(table(world, "customers"))
    assert customers["C00007"] == whole["C00007"]
    assert customers["C01900"] == whole["C01900"]
    seven, late, first = customers["C00007"], customers["C01900"], customers["C00001"]
    assert (seven["plan"], seven["fee"], seven["tag"], seven["born"]) == ("max", 35, "max-C00007", None)
    assert seven["home"] == {"city": "Rom", "since": datetime.date(2001, 2, 3)}
    assert (late["plan"], late["fee"], late["born"]) == ("plus", 19, datetime.date(1999, 12, 31))
    assert (first["plan"], first["fee"], first["tag"]) == (None, 0, "mine")
    assert len(customers) == world.units("customers")


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_nothing_else_moves(shop, table, scale):
    without, pinned = shop("", "", scale), shop(scale=scale)
    pinned_keys = {"C00001", "C00007", "C01900"}

    def others(world: World, dataset: str) -> list[dict]:
        rows = table(world, dataset).to_pylist()
        return [row for row in rows if row.get("customer_id") not in pinned_keys]

    assert others(without, "customers") == others(pinned, "customers")
    dropped = {"order_id"}
    before, after = (
        [{key: row[key] for key in row if key not in dropped} for row in others(world, "orders")]
        for world in (without, pinned)
    )
    assert before == after
    calls = table(pinned, "calls")["who"].to_pylist()
    assert calls[0] == "C01900"
    assert calls[1:] == table(without, "calls")["who"].to_pylist()[1:]


def test_children_and_references_reach_an_added_row(shop, table):
    world = shop(scale=0.01)
    assert 19 * 2 in {row["paid"] for row in table(world, "orders").to_pylist() if row["customer_id"] == "C01900"}
    assert table(world, "calls").to_pylist()[0] == {
        "who": "C01900",
        "plan": "plus",
        "born": datetime.date(1999, 12, 31),
    }


def test_a_version_that_follows_keeps_what_is_pinned_and_not_set(shop, table):
    rows = [row for row in table(shop(), "customers").to_pylist() if row["customer_id"] == "C00001"]
    assert len(rows) > 1
    assert {row["tag"] for row in rows} == {"mine"}
    assert [row["plan"] for row in rows] == [None, *["plus"] * (len(rows) - 1)]


def test_landed_rows_are_the_same_for_any_workers_and_keep_the_contract(shop, tmp_path):
    plan = shop(scale=0.01).plan
    one, two = (land(plan, tmp_path / str(workers), workers=workers).manifest for workers in (1, 2))
    assert one == two
    assert all(entry.rejected == 0 for entry in one.datasets.values())


BIG = """
  items:
    rows: 140_000
    time: at
    key: id
    columns:
      id: {serial: 1}
      at: {times: {order: true}}
      code: {pattern: "[A-Z]{6}", unique: true}
      kind: {choice: [a, b, c], type: enum}
      size: {poisson: 4}
      pair: {normal: {mean: 0, sd: 1}}
      other: {uniform: [0, 1]}
    correlate: [{columns: [pair, other], rho: 0.6}]
    pin:
      - {id: 70_000, size: 99}
      - {id: 500_000, size: 98, kind: c}
"""


def test_any_slice_of_many_blocks_is_the_slice_of_the_whole(world_of, table):
    world = world_of(BIG)
    whole = table(world, "items")
    sizes = dict(zip(whole["id"].to_pylist(), whole["size"].to_pylist(), strict=True))
    assert len(sizes) == 140_001
    assert (sizes[70_000], sizes[500_000]) == (99, 98)
    assert len(set(whole["code"].to_pylist())) == len(whole)
    assert whole["at"].to_pylist() == sorted(whole["at"].to_pylist())
    for start, stop in [(69_000, 71_000), (139_990, 140_001), (140_000, 140_001)]:
        assert table(world, "items", start, stop).equals(whole.slice(start, stop - start))
    without = table(world_of(BIG.split("    pin:")[0] + "\n"), "items")
    assert without.drop(["size"]).equals(whole.slice(0, 140_000).drop(["size"]))


def test_a_table_of_nothing_but_pins_can_be_referred_to(world_of, table):
    world = world_of("""
  plans:
    rows: 0
    static: true
    key: name
    columns: {name: {pattern: "[a-z]{3}"}, fee: {integer: [1, 99]}}
    pin: [{name: max, fee: 9}, {name: min, fee: 3}]
  orders: {rows: 100, static: true, columns: {plan: {ref: plans}, fee: {look_up: {by: plan, column: fee}}}}
""")
    assert table(world, "plans").to_pydict() == {"name": ["max", "min"], "fee": [9, 3]}
    assert set(map(tuple, (row.values() for row in table(world, "orders").to_pylist()))) == {("max", 9), ("min", 3)}


def test_a_reference_to_a_key_that_is_made_up_and_not_there_is_told(world_of, table):
    world = world_of("""
  plans: {rows: 3, static: true, key: name, columns: {name: {pattern: "[a-z]{9}"}}}
  orders: {rows: 10, static: true, columns: {plan: {ref: plans}}, pin: [{plan: nowhere}]}
""")
    with pytest.raises(InputError, match=r"datasets\.orders\.pin: the value pinned for 'plan' is no key"):
        table(world, "orders")


def test_a_record_of_a_run_masks_what_is_pinned_of_people(shop):
    from sandbox.runs.secrets import masked_settings, masked_values

    plan = shop(PINS.replace("plan: max", "plan: max, name: Ada Lovelace")).plan
    written = {"datasets": {"customers": {"columns": {}, "pin": [{"name": "Ada Lovelace", "plan": "max"}]}}}
    [pin] = masked_values(written, plan)["datasets"]["customers"]["pin"]
    assert pin["plan"] == "max"
    assert "Ada" not in pin["name"]
    assert "Ada" not in masked_settings(["datasets.customers.pin=[{name: Ada}]"], plan)[0]
