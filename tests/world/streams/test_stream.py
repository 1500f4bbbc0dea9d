"""Streams: the same events however they are cut, in order, with ids that never repeat, of people who are there."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import sandbox
from sandbox.world.world import World

SHOP = """\
sandbox: 1
name: shop
seed: 7
clock: {start: 2026-03-20, days: 14, zone: Europe/London}
datasets:
  products:
    rows: 60
    static: true
    key: product_id
    columns:
      product_id: {serial: "P{:03d}"}
      category: {choice: [phone, case, cable]}
      price: {lognormal: {median: 60, sigma: 0.9}, decimals: 2}
  customers:
    rows: 600
    key: customer_id
    history: true
    taste: {factors: 4}
    columns:
      customer_id: {serial: 1}
      valid_from: {datetime: [2026-03-01, 2026-03-30]}
      plan: {choice: [basic, plus]}
    leave: {hazard: {base: 0.02 per day}}
    transitions: {upgrade: {when: "plan = 'basic'", hazard: 0.05 per day, set: {plan: "'plus'"}}}
  web:
    of: customers
    time: happened_at
    key: event_id
    visits: {per_day: "case parent.plan when 'plus' then 1.5 else 0.5 end", spread: 0.5, day: evening, known: 0.5,
             devices: 2}
    choice:
      consider: 4
      taste: 1
      utility: {"ln(item.price)": -0.3, "case when parent.plan = 'plus' then item.price else 0 end": 0.01}
    journey:
      home:
        emits: page_view
        shows: {slots: 3, to: product, emits: click}
        then: {product: 0.5, search: 0.2, leave: 0.3}
        after: 20s
      search: {emits: search, then: {product: "1 + visit.search", leave: 0.3}, after: 15s}
      product:
        emits: product_view
        item: products
        then: {basket: "0.1 * exp(0.2 * visit.appeal)", also: 0.3, home: 0.3, leave: 0.6}
        after: 45s
      also:
        emits: product_view
        item: {of: products, among: category}
        then: {basket: 0.2, leave: 0.6}
        after: 45s
      basket:
        emits: basket
        item: same
        logs_in: true
        then: {purchase: 0.5, leave: 0.5}
        after: {lognormal: {median: 60, sigma: 0.7}}
      purchase: {emits: purchase, item: same, then: {leave: 1}}
    columns:
      event_id: {visit: event_id}
      session: {visit: id}
      step: {visit: step}
      visitor: {visit: visitor}
      customer_id: {visit: customer}
      event: {visit: event}
      product_id: {visit: item}
      plan: {parent: plan}
      price: {look_up: {by: product_id, column: price}}
      noise: {normal: {mean: 0, sd: 1}}
"""


def plan_of(tmp_path, text=SHOP, **values):
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return sandbox.load(path, set=values).plan


def made(plan, ranges=None, dataset="web"):
    world = World(plan)
    ranges = world.ranges(dataset) if ranges is None else ranges
    batches = [batch for first, last in ranges for batch in world.batches(dataset, first, last)]
    table = pa.Table.from_batches(batches).drop_columns(["_sandbox"])
    plain = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(plain)).combine_chunks()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return made(plan_of(tmp_path_factory.mktemp("whole")))


@pytest.mark.parametrize("hours", [1, 5, 24, 100])
def test_any_cut_gives_the_same_events(tmp_path, whole, hours):
    plan = plan_of(tmp_path)
    units = min(World(plan).units("web"), 60 * hours)  # of the finest cuts, as many as tell
    found = made(plan, [(first, min(first + hours, units)) for first in range(0, units, hours)])
    assert found.num_rows > 500
    assert found.equals(whole.slice(0, found.num_rows))


def test_more_customers_leave_the_events_of_the_others_as_they_were(tmp_path, whole):
    more = made(plan_of(tmp_path, **{"datasets.customers.rows": 900}))
    here = pa.compute.is_in(more["event_id"], whole["event_id"])
    assert more.num_rows > whole.num_rows
    assert more.filter(here).equals(whole)


def test_another_stream_and_another_column_move_nothing(tmp_path, whole):
    text = SHOP + "      more: {uniform: [0, 1]}\n" + SHOP[SHOP.index("  web:") :].replace("  web:", "  app:", 1)
    assert made(plan_of(tmp_path, text)).drop_columns(["more"]).equals(whole)


def test_events_are_in_order_and_ids_are_unique(whole):
    times = whole["happened_at"].cast(pa.int64()).to_numpy()
    assert (np.diff(times) >= 0).all()
    assert len(np.unique(whole["event_id"])) == whole.num_rows > 10_000


def test_steps_of_a_visit_follow_each_other(whole):
    frame = whole.to_pandas().groupby("session")
    assert (frame["step"].min() == 1).all()
    assert frame["step"].apply(lambda steps: steps.is_monotonic_increasing).all()


def test_nobody_comes_who_is_not_there(tmp_path, whole):
    customers = made(plan_of(tmp_path), dataset="customers").to_pandas()
    by_customer = customers.groupby("customer_id")
    spans = by_customer.agg(since=("valid_from", "min"), until=("valid_to", lambda ends: ends.iloc[-1]))
    events = whole.to_pandas().dropna(subset="customer_id").join(spans, on="customer_id")
    assert (events.happened_at >= events.since).all()
    assert (events.until.isna() | (events.happened_at < events.until)).all()
    assert events.until.notna().any()


def test_columns_of_the_customer_are_those_of_the_visits_start(tmp_path, whole):
    customers = made(plan_of(tmp_path), dataset="customers").to_pandas()
    events = whole.to_pandas().dropna(subset="customer_id")
    starts = whole.to_pandas().groupby("session").happened_at.min().rename("start")
    events = events.join(starts, on="session").merge(customers, on="customer_id", suffixes=("", "_then"))
    there = events[(events.valid_from <= events.start) & (events.valid_to.isna() | (events.start < events.valid_to))]
    assert (there.plan == there.plan_then).all()
    assert len(there) == whole.num_rows - whole["customer_id"].null_count


def test_items_and_logins_go_along(whole):
    frame = whole.to_pandas()
    items = frame.event.isin(["product_view", "basket", "purchase", "click"])
    assert (frame.product_id.notna() == items).all()
    assert frame[frame.event == "purchase"].customer_id.notna().all()
    assert frame.customer_id.isna().any()
    clicked = frame[frame.event == "click"].set_index(["session", "step"]).product_id
    viewed = frame[frame.event == "product_view"].copy()
    viewed["step"] -= 1
    viewed = viewed.set_index(["session", "step"]).product_id
    both = clicked.to_frame("clicked").join(viewed.rename("viewed"), how="inner")
    assert len(both) > 100
    assert (both.clicked == both.viewed).all()


def test_what_an_item_is_worth_may_hang_on_the_visit_so_far(tmp_path, whole):
    text = SHOP.replace('"ln(item.price)": -0.3', '"visit.home * item.price": -1000')
    looked_at = [table.filter(pc.field("event") == "product_view") for table in (made(plan_of(tmp_path, text)), whole)]
    cheap, usual = (np.median(table["price"].drop_null()) for table in looked_at)
    assert cheap < usual / 1.5


def test_an_estimate_takes_no_visits_away(tmp_path):
    """Where very many come, a pilot lets fewer of them go; those that are made then are all of them."""
    busy = {"datasets.web.visits.per_day": 60, "datasets.customers.rows": 300, "clock.days": 2}
    asked, fresh = World(plan_of(tmp_path, **busy)), World(plan_of(tmp_path, **busy))
    asked.rows_of("web", 0, 1)
    assert len(fresh._maker("web").comings.arrivals(0, 2**62)) > 20_000
    counts = [len(world._maker("web").comings.arrivals(0, 2**62)) for world in (asked, fresh)]
    assert counts[0] == counts[1]
