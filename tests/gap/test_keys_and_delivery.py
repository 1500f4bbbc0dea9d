"""Keys and delivery: fan-outs, orphans, doubles; lateness, disorder and pauses, each by what real data differs by."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.contract.model import Column, Contract
from sandbox.gap.delivery import delivery_gaps
from sandbox.gap.figures import stands_out
from sandbox.gap.gap import gaps
from sandbox.gap.side import Side
from sandbox.gap.sides import Sides
from sandbox.landing import land
from sandbox.scenario.loader import Options, load

SCENARIO = """
sandbox: 1
name: shop
seed: 1
clock: {start: 2026-01-01, days: 30}
datasets:
  customers:
    rows: 1000
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      zeal: {normal: {mean: 0, sd: 1}}
  calls:
    of: customers
    rate: "0.2"
    time: at
    key: call_id
    columns:
      call_id: {serial: 1}
      minutes: {exponential: {mean: 4}}
targets:
  real:
    customers: {parquet: "real/customers"}
    calls: {parquet: "real/calls"}
"""


def keys_of(folder, *changes, spoil=lambda calls: calls, scenario=SCENARIO):
    (folder / "shop.yaml").write_text(scenario)
    land(load(folder / "shop.yaml", Options(seed=77, settings=changes), {}).plan, folder / "real")
    (part,) = (folder / "real" / "calls").glob("*.parquet")
    pq.write_table(spoil(pq.read_table(part)), part)
    (gap,) = gaps(load(folder / "shop.yaml", Options(target="real"), {}).plan, ["calls"], whole_rows=False)
    return {each.column: each for each in gap.keys}


def test_rows_without_a_key_that_come_twice_are_told(tmp_path):
    keyless = SCENARIO.replace("    key: call_id\n", "").replace("      call_id: {serial: 1}\n", "")
    found = keys_of(tmp_path, scenario=keyless, spoil=lambda calls: pa.concat_tables([calls, calls.slice(0, 300)]))
    double = found["the whole row came before"]
    assert stands_out(double)
    yes = next(bar for bar in double.bars if bar[0] == "yes")
    assert yes[1] == 0
    assert 0.03 < yes[2] < 0.08  # 300 of some 6,000


def test_keys_of_a_true_dummy_are_like_real_ones(tmp_path):
    found = keys_of(tmp_path)
    assert list(found) == ["rows of a customer_id", "customer_id resolves", "call_id came before"]
    assert not any(map(stands_out, found.values()))
    assert found["customer_id resolves"].bars == (("yes", 1.0, 1.0),)


def test_a_fan_out_that_is_wider_shows_though_its_mean_is_the_same(tmp_path):
    found = keys_of(tmp_path, 'datasets.calls.rate="0.2 * exp(parent.zeal - 0.5)"')
    fan_out = found["rows of a customer_id"]
    assert fan_out.ratio > 5
    assert stands_out(fan_out)
    assert fan_out.bars[0][0] == "0"
    assert fan_out.bars[0][2] > 2 * fan_out.bars[0][1]


def test_a_dataset_whose_entities_only_rows_tell_has_its_fan_out_once(tmp_path):
    (tmp_path / "shop.yaml").write_text(SCENARIO.replace('    customers: {parquet: "real/customers"}\n', ""))
    land(load(tmp_path / "shop.yaml", Options(seed=77), {}).plan, tmp_path / "real")
    (gap,) = gaps(load(tmp_path / "shop.yaml", Options(target="real"), {}).plan, ["calls"], whole_rows=False)
    assert "rows of a customer_id" not in {each.column for each in gap.keys}
    assert "events of an entity" in {each.column for each in gap.behaviour}
    assert any("customer_id resolves" in told for told in gap.left_out)


def test_orphans_and_doubles_are_counted(tmp_path):
    def spoil(calls):
        rows = len(calls)
        stray = np.where(np.arange(rows) % 10 == 0, 9_000_000 + np.arange(rows), np.asarray(calls["customer_id"]))
        at = calls.schema.get_field_index("customer_id")
        calls = calls.set_column(at, calls.schema.field(at), pa.array(stray, calls.schema.field(at).type))
        return pa.concat_tables([calls, calls.slice(0, rows // 4)])

    found = keys_of(tmp_path, spoil=spoil)
    shares = {name: {bar[0]: bar[2] for bar in found[name].bars} for name in list(found)[1:]}
    assert shares["customer_id resolves"]["no"] == pytest.approx(0.1, abs=0.01)
    assert shares["call_id came before"]["yes"] == pytest.approx(0.2, abs=0.01)
    assert stands_out(found["customer_id resolves"])
    assert stands_out(found["call_id came before"])


CONTRACT = Contract("calls", (Column("customer_id", "int64"), Column("at", "timestamp")), time="at")
MINUTE = 60_000_000


def side(seed, late, doubled=0, rows=4_000):
    """Rows of 200 entities, a minute apart, each as many seconds late as `late` draws."""
    random = np.random.default_rng(seed)
    happened = 1_767_225_600_000_000 + np.arange(rows) * MINUTE
    arrived = happened + (late(random, rows) * 1_000_000).astype(np.int64)
    who, ids = random.integers(0, 200, rows), np.arange(rows, dtype=np.uint64)
    ids[:doubled] = ids[doubled : 2 * doubled]
    table = pa.table({"customer_id": who, "at": pa.array(happened, pa.timestamp("us", "UTC"))})
    return Side(table, who.astype(np.int32), np.ones(rows, bool), rows, arrived, ids)


def delivered(dummy, real):
    found, told = delivery_gaps(Sides(CONTRACT, "customer_id", dummy, real), 1)
    return {each.column: each for each in found}, told


def test_rows_that_arrive_alike_are_like_real_ones():
    found, told = delivered(*(side(seed, lambda random, rows: random.exponential(90, rows)) for seed in (1, 2)))
    assert list(found) == ["seconds late", "seconds behind the newest", "arrived before", "seconds to the next arrival"]
    assert max(each.ratio for each in found.values()) < 2
    assert not told


def test_lateness_disorder_doubles_and_pauses_show():
    def slow(random, rows):
        hours = np.arange(rows) // 60
        return np.where(hours % 10 == 0, (60 - np.arange(rows) % 60) * 60.0, random.exponential(90, rows))

    steady = side(1, lambda random, rows: random.exponential(5, rows))
    found, _ = delivered(steady, side(2, slow, doubled=400))
    assert min(each.ratio for each in found.values()) > 3
    assert all(map(stands_out, found.values()))
    assert {bar[0]: bar[2] for bar in found["arrived before"].bars}["yes"] == pytest.approx(0.1, abs=0.01)


def test_a_source_that_tells_of_no_arrival_is_not_compared():
    found, told = delivered(
        side(1, lambda random, rows: random.exponential(9, rows)), side(2, lambda _, rows: np.zeros(rows))
    )
    assert not found
    assert "arrived_at" in told[0]
