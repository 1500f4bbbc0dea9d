from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sandbox.world import tables

BIG = """
  customers:
    rows: 200_000
    static: true
    key: id
    columns:
      id: {serial: "C{:07d}"}
      city: {fake: {provider: city, pool: 100}}
      score: {normal: {mean: 0, sd: 1}}
  events:
    rows: 3_000
    static: true
    columns:
      customer: {ref: customers, nulls: 0.1}
      city: {look_up: {by: customer, column: city}}
      score: {look_up: {by: customer, column: score}}
"""


@pytest.mark.parametrize("most_whole", [0, 1 << 22])
def test_a_look_up_finds_the_row_that_the_key_names(world_of, table, monkeypatch, most_whole):
    monkeypatch.setattr(tables, "MOST_WHOLE_ROWS", most_whole)
    world = world_of(BIG)
    events, customers = table(world, "events"), table(world, "customers")
    place = {key: row for row, key in enumerate(customers["id"].to_pylist())}
    rows = pa.array([place.get(key) for key in events["customer"].to_pylist()], pa.int64())
    assert 200 < rows.null_count < 400
    for column in ("city", "score"):
        assert events[column].to_pylist() == customers[column].take(rows).to_pylist()


def test_keys_that_are_numbers_in_order_are_not_made_to_be_referred_to(world_of):
    world = world_of("""
  customers: {rows: 800_000_000_000, static: true, key: id, columns: {id: {serial: 7}, x: {uniform: [0, 1]}}}
  events: {rows: 10, static: true, columns: {customer: {ref: customers}}}
""")
    keys = world.block("events", 0).column("customer").to_numpy()
    assert (keys >= 7).all()
    assert keys.max() > 2**33
    assert world.table("customers").take("id", np.array([0, 5, 2**39])).to_pylist() == [7, 12, 2**39 + 7]


def test_texts_of_a_small_table_come_as_a_dictionary_without_repeats(world_of):
    world = world_of("""
  shops: {rows: 30, static: true, key: id, columns: {id: {serial: "S{}"}, town: {sql: "'town ' || (length(id) % 2)"}}}
""")
    towns = world.table("shops").take("town", np.arange(30))
    assert pa.types.is_dictionary(towns.type)
    assert len(towns.dictionary) == len(set(towns.dictionary.to_pylist())) == 2
