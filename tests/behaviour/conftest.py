"""A small shop whose visits have a state that tells nothing."""

import pytest

import sandbox

SHOP = """\
sandbox: 1
name: shop
seed: 7
clock: {start: 2026-03-20, days: 12, zone: Europe/London}
datasets:
  products:
    rows: 30
    static: true
    key: product_id
    columns: {product_id: {serial: 1}}
  customers:
    rows: 400
    key: customer_id
    history: true
    columns:
      customer_id: {serial: 1}
      valid_from: {datetime: [2026-03-10, 2026-03-30]}
    leave: {hazard: {base: 0.02 per day}}
  web:
    of: customers
    time: happened_at
    visits: {per_day: 0.8, day: evening}
    journey:
      home: {emits: page_view, then: {thinking: 0.6, leave: 0.4}, after: 20s}
      thinking: {then: {product: 1}, after: 5s}
      product: {emits: product_view, item: products, then: {home: 0.3, leave: 0.7}, after: 40s}
    columns:
      session: {visit: id}
      event: {visit: event}
      customer_id: {visit: customer}
  calls:
    of: customers
    time: called_at
    visits: {per_day: 0.5, day: office}
    columns: {customer_id: {parent: customer_id}}
"""


@pytest.fixture
def shop(tmp_path):
    """Load the shop, with values changed."""

    def load(text=SHOP, **values):
        path = tmp_path / "shop.yaml"
        path.write_text(text, encoding="utf-8")
        return sandbox.load(path, set=values)

    return load
