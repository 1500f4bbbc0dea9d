from __future__ import annotations

import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from sandbox.contract.envelope import ENVELOPE
from sandbox.errors import InputError
from sandbox.world.world import World

SHOP = """
  products:
    rows: 40
    static: true
    key: product_id
    columns:
      product_id: {serial: "P{:03d}"}
      price: {lognormal: {median: 20, sigma: 0.5}, decimals: 2}
  customers:
    rows: 66_500
    history: true
    key: customer_id
    columns:
      customer_id: {serial: 1}
      name: {fake: {provider: first_name, pool: 50}}
      plan: {choice: {basic: 3, plus: 1}}
      greeting: {sql: "'Dear ' || name"}
      worry: {normal: {mean: 0, sd: 1}, hidden: true}
    leave: {hazard: {base: 0.004 per day, worry: 0.5}}
    transitions:
      upgrade: {when: "plan = 'basic'", hazard: {base: 0.01 per day}, set: {plan: "'plus'"}}
  orders:
    of: customers
    rate: "0.02 * exp(parent.worry)"
    time: ordered_at
    key: order_id
    columns:
      order_id: {serial: 1}
      product_id: {ref: {dataset: products, zipf: 1.0}}
      price: {look_up: {by: product_id, column: price}}
      plan: {sql: "parent.plan"}
      note: {choice: [a, b], nulls: 0.3}
  lines:
    of: orders
    fan_out: {poisson: 1.5}
    static: true
    columns:
      weight: {uniform: [0, 1]}
      tags: {list: {of: {choice: [x, y, z]}, length: {integer: [0, 3]}}}
"""
DATASETS = ["products", "customers", "orders", "lines"]


@pytest.fixture
def shop(world_of) -> World:
    return world_of(SHOP)


@pytest.mark.parametrize("dataset", DATASETS)
def test_any_slicing_gives_the_same_rows(shop, world_of, table, dataset):
    units = shop.units(dataset)
    cuts = sorted({0, units, 1, units // 3, min(units, 65_536), min(units, 65_537), max(units - 7, 0)})
    other = world_of(SHOP)
    pieces = [table(other, dataset, *span) for span in pairwise(cuts)][::-1]
    assert table(shop, dataset) == pa.concat_tables([piece for piece in pieces[::-1] if piece.num_columns])


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_world_that_was_pickled_is_the_same_world(shop, table, dataset):
    shop.units(dataset)
    assert table(pickle.loads(pickle.dumps(shop)), dataset) == table(shop, dataset)


def test_more_columns_and_datasets_change_nothing_that_was_there(shop, world_of, table):
    more = SHOP.replace("      worry:", "      extra: {normal: {mean: 0, sd: 1}}\n      worry:")
    more = more.replace("      weight:", "      heavy: {bernoulli: 0.5}\n      weight:")
    more = "  others: {rows: 5, static: true, columns: {a: {serial: 1}}}" + more
    larger = world_of(more)
    for dataset in DATASETS:
        before = table(shop, dataset)
        assert table(larger, dataset, columns=before.column_names) == before


def test_more_rows_come_after_those_that_were_there(shop, world_of, table):
    larger = world_of(SHOP.replace("rows: 66_500", "rows: 67_000"))
    for dataset in ("customers", "orders", "lines"):
        before = table(shop, dataset)
        assert table(larger, dataset).slice(0, before.num_rows) == before
        assert larger.rows(dataset) > before.num_rows


def test_another_seed_is_another_world(shop, world_of, table):
    for dataset in ("products", "customers", "orders"):
        assert table(world_of(SHOP, seed=2), dataset) != table(shop, dataset)


def test_batches_are_the_contract_and_the_envelope(shop):
    for dataset in DATASETS:
        contract = shop.plan.datasets[dataset].contract
        for batch in shop.batches(dataset, 0, shop.units(dataset)):
            assert batch.num_rows <= 65_536
            assert batch.schema.names == [*contract.names, ENVELOPE]
            for field, column in zip(batch.schema, contract.columns, strict=False):
                made = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
                assert made == (column.arrow.value_type if pa.types.is_dictionary(column.arrow) else column.arrow)
            assert batch.validate(full=True) is None


def test_the_envelope_says_which_row_and_when_it_came(shop):
    clock = shop.plan.clock
    ids: set[int] = set()
    for dataset, time in (("products", None), ("customers", "valid_from"), ("orders", "ordered_at")):
        for batch in shop.batches(dataset, 0, shop.units(dataset)):
            sent = batch.column(ENVELOPE)
            ids.update((dataset, event) for event in sent.field("event_id").to_pylist())
            arrived = sent.field("arrived_at")
            assert arrived.cast(pa.int64()).to_pylist() == (
                [clock.start_us] * len(batch) if time is None else batch.column(time).cast(pa.int64()).to_pylist()
            )
    assert len(ids) == sum(shop.rows(dataset) for dataset in ("products", "customers", "orders"))


def test_columns_named_alike_by_a_weak_hash_are_strangers(world_of, table):
    normal = "{normal: {mean: 0, sd: 1}}"
    drawn = table(world_of(f"  t: {{rows: 1000, static: true, columns: {{Aa: {normal}, BB: {normal}}}}}"), "t")
    assert abs(np.corrcoef(drawn["Aa"], drawn["BB"])[0, 1]) < 4 / np.sqrt(1000)


def test_no_rows_are_no_batches_and_no_error(world_of):
    world = world_of(SHOP.replace("rows: 66_500", "rows: 0"))
    for dataset in ("customers", "orders", "lines"):
        assert world.units(dataset) == world.rows(dataset) == 0
        assert list(world.batches(dataset, 0, 0)) == []


def test_rows_far_above_32_bits_are_made_like_any_others(world_of, table):
    wide = """
  t:
    rows: 900_000_000_000
    static: true
    key: k
    columns: {k: {serial: 1}, x: {normal: {mean: 0, sd: 1}}, y: {sql: "x + k"}}
"""
    world = world_of(wide)
    start = 2**38 + 65_530
    drawn = table(world, "t", start, start + 20)
    assert drawn["k"].to_pylist() == list(range(start + 1, start + 21))
    block = world.block("t", start // 65_536)
    assert block.column("x").slice(65_530, 6) == drawn["x"].combine_chunks().slice(0, 6)
    small = table(world_of(wide.replace("900_000_000_000", "20")), "t")
    assert set(small["x"].to_pylist()).isdisjoint(drawn["x"].to_pylist())


def test_memory_stays_the_same_however_many_rows_pass(world_of):
    world = world_of("  t: {rows: 10_000_000, static: true, columns: {k: {serial: 1}, x: {uniform: [0, 1]}}}")
    rows = 0
    tracemalloc.start()
    try:
        for batch in world.batches("t", 0, 10_000_000):
            rows += batch.num_rows
            del batch
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 10_000_000
    assert peak < 64 << 20


def test_what_is_kept_stays_within_its_bound(shop, table):
    small = World(shop.plan, cache_bytes=3 << 20)
    for dataset in DATASETS:
        assert table(small, dataset) == table(shop, dataset)
        held = sorted(kept.nbytes for kept in small._cache._kept.values())
        assert sum(held[:-1]) <= 3 << 20


def test_a_dataset_that_is_not_there_is_named(shop):
    with pytest.raises(InputError, match=r"no dataset 'custmers'\. Did you mean 'customers'"):
        shop.units("custmers")


def test_threads_that_share_a_world_make_the_same_rows(shop, world_of, table):
    correlated = SHOP + "    correlate: [{columns: [weight, height], rho: 0.5}]\n"
    correlated = correlated.replace("      weight:", "      height: {normal: {mean: 0, sd: 1}}\n      weight:")
    alone, shared = world_of(correlated), world_of(correlated)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda dataset: table(shared, dataset), DATASETS[::-1] * 2))
    for dataset, rows in zip(DATASETS[::-1] * 2, made, strict=True):
        assert rows == table(alone, dataset)
