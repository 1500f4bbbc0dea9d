"""Lines of a stream's events: the same for any cut, numbered in order, each with its event's values."""

import numpy as np
import pyarrow as pa
import pytest

import sandbox
from sandbox.world.world import World

ORDERS = """\
sandbox: 1
name: orders
seed: 5
clock: {start: 2026-03-20, days: 12, zone: Europe/London}
datasets:
  customers:
    rows: 400
    static: true
    key: customer_id
    columns: {customer_id: {serial: 1}, size: {normal: {mean: 0, sd: 1}, hidden: true}}
  orders:
    of: customers
    time: ordered_at
    key: order_id
    visits: {per_day: 0.5, day: office, week: [1, 1, 1, 1, 1, 0, 1]}
    columns:
      order_id: {serial: 1000}
      pieces: {sql: "3 * exp(0.5 * parent.size)", hidden: true}
  lines:
    of: orders
    fan_out: {poisson: "parent.pieces"}
    time: at
    columns:
      line: {serial: "L{:06d}"}
      order_id: {parent: order_id}
      at: {sql: "date_trunc('minute', parent.ordered_at)", type: timestamp}
      price: {lognormal: {median: 5, sigma: 1}}
"""


def made(plan, dataset, ranges=None):
    world = World(plan)
    ranges = world.ranges(dataset) if ranges is None else ranges
    batches = [batch for first, last in ranges for batch in world.batches(dataset, first, last)]
    return pa.Table.from_batches(batches).drop_columns(["_sandbox"]).combine_chunks()


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("orders") / "orders.yaml"
    path.write_text(ORDERS, encoding="utf-8")
    return sandbox.load(path).plan


@pytest.fixture(scope="module")
def lines(plan):
    return made(plan, "lines")


@pytest.mark.parametrize("hours", [7, 24, 1000])
def test_any_cut_gives_the_same_lines(plan, lines, hours):
    units = World(plan).units("lines")
    cuts = [(first, min(first + hours, units)) for first in range(0, units, hours)]
    assert made(plan, "lines", cuts).equals(lines)


def test_lines_are_numbered_in_order_and_so_are_orders(plan, lines):
    orders = made(plan, "orders")
    assert orders["order_id"].to_pylist() == list(range(1000, 1000 + orders.num_rows))
    assert lines["line"].to_pylist() == [f"L{number:06d}" for number in range(1, lines.num_rows + 1)]
    assert (np.diff(lines["order_id"].to_numpy()) >= 0).all()


def test_each_line_has_what_its_order_has(plan, lines):
    orders = made(plan, "orders").to_pandas().set_index("order_id")
    frame = lines.to_pandas()
    assert (frame["at"].astype("int64") == frame.order_id.map(orders.ordered_at).dt.floor("min").astype("int64")).all()
    counts = frame.groupby("order_id").size().reindex(orders.index, fill_value=0)
    assert abs(counts.mean() - 3 * np.exp(0.125)) < 4 * counts.std() / np.sqrt(len(counts))
    assert not (orders.ordered_at.dt.tz_convert("Europe/London").dt.day_of_week == 5).any()


BELOW = """\
  below:
    of: lines
    fan_out: {constant: 1}
    static: true
    columns: {x: {constant: 1}}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ORDERS.replace('fan_out: {poisson: "parent.pieces"}', "every: day"), "by `fan_out`, and nothing else"),
        (ORDERS + BELOW, "'lines' holds the lines of a stream"),
    ],
)
def test_what_a_stream_cannot_have(tmp_path, text, told):
    path = tmp_path / "orders.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(sandbox.InputError, match=told):
        sandbox.load(path)
