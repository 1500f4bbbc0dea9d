"""The scenario's own feature SQL in the shop: before a click and after; a world that takes its time."""

from __future__ import annotations

import pytest

import sandbox
from sandbox.demo.opening import Wishes, opened

LIVING = """
sandbox: 1
engine: 1
name: corner
seed: 7
clock: {start: 2026-01-01, days: 4}
delivery: {etl: {every: 1h}}
datasets:
  products:
    rows: 20
    static: true
    key: product_id
    columns:
      product_id: {serial: "P{:03d}"}
      price: {uniform: [1, 9], decimals: 2}
  customers:
    rows: 25
    key: customer_id
    history: true
    columns: {customer_id: {serial: 1}}
    recent: {looks: {count: web_events, within: 2 days}}
    leave: {hazard: {base: 0.001 per day, looks: 0.1}}
  web_events:
    of: customers
    time: happened_at
    key: event_id
    visits: {per_day: 2}
    journey:
      look: {emits: look, item: products, then: {purchase: 0.2, leave: 0.8}, after: 5s}
      purchase: {emits: purchase, item: same, then: {leave: 1}}
    columns:
      event_id: {visit: event_id}
      customer_id: {visit: customer}
      event: {visit: event}
      product_id: {visit: item}
      amount: {sql: "case when event = 'purchase' then item.price end"}
models:
  buys:
    about: Who buys?
    blueprint: classify
    of: customers
    at: [day 2]
    label: {occurs: web_events, within: 1 day}
    features: |
      select customers.customer_id, count(event_id) as events, coalesce(sum(amount), 0) as spent
      from customers left join web_events using (customer_id) where valid_to is null group by all
"""


@pytest.fixture(scope="module")
def corner(tmp_path_factory):
    path = tmp_path_factory.mktemp("corner") / "corner.yaml"
    path.write_text(LIVING)
    return sandbox.load(path)


def test_the_models_own_features_tell_of_a_purchase_once_it_has_arrived(corner, tmp_path, monkeypatch):
    with opened(corner.plan, None, Wishes(tmp_path)) as shop:
        now = [shop.clock.begins_us]
        monkeypatch.setattr(type(shop.clock), "now_us", lambda self: now[0])
        assert shop.state()["asked"] == {"model": "buys", "about": "Who buys?", "sql": "models.buys.features"}
        shop.learning.wait()
        customer = shop.state()["shoppers"][0]["id"]
        before = shop.known(customer)["about"]["features"]
        known = corner.table("web_events")
        assert before["events"] == known["customer_id"].to_pylist().count(int(customer)) > 0
        item = shop.page(None, "", 0, 1)[0]
        told, _ = shop.act("s", customer, "buy", item["id"])
        arrives = now[0] + round(told["events"][-1]["left"][-1] * 1e6)
        now[0] = arrives - 1_000_000
        assert shop.known(customer)["about"]["features"] == before
        now[0] = arrives + 1_000_000
        after = shop.known(customer)["about"]["features"]
        assert after == {"events": before["events"] + 1, "spent": pytest.approx(before["spent"] + item["price"])}
        assert shop.known(None)["about"] is None


def test_rules_do_not_wait_for_people_whose_lives_hang_on_all_that_they_do(corner, tmp_path, monkeypatch):
    monkeypatch.setattr("sandbox.demo.shop.learning.Learning.start", lambda self: True)
    monkeypatch.setattr("sandbox.world.history.History.block", lambda self, number: pytest.fail("lives were made"))
    with opened(corner.plan, corner._world, Wishes(tmp_path)) as shop:
        assert len(shop.visit("s", None)["rules"]) == 6
        assert shop.state()["shoppers"] == []
