"""The scenario that `sandbox init` writes without a schema: a small shop, to run at once and then to change."""

from __future__ import annotations

from sandbox.init.drafting import Written

_SCENARIO = """\
# A small shop to start from. Run it: sandbox run {file}
# Change anything; `sandbox check {file}` says what is wrong, all of it at once.
sandbox: 1
engine: 1
name: {name}
about: Who buys again, rehearsed before the real orders are connected.
seed: 42
clock: {{start: 2026-01-01, days: 90, zone: Europe/London}}

datasets:
  products:
    about: What is sold.
    rows: 200
    static: true
    key: product_id
    columns:
      product_id: {{serial: "P{{:05d}}"}}
      title: {{fake: catch_phrase}}
      category: {{choice: {{garden: 3, kitchen: 5, toys: 2}}}}
      price: {{lognormal: {{median: 25, sigma: 0.7}}, decimals: 2}}

  customers:
    about: Everybody who ever registered.
    rows: 2_000
    static: true
    key: customer_id
    columns:
      customer_id: {{serial: 1}}
      full_name: {{fake: name, pii: true}}
      email: {{sql: "lower(replace(full_name, ' ', '.')) || '.' || customer_id || '@example.com'", pii: true}}
      plan: {{choice: {{basic: 0.7, plus: 0.3}}}}
      # What only the world knows; no dataset, feature or model ever sees it.
      appetite: {{normal: {{mean: 0, sd: 1}}, hidden: true}}

  orders:
    about: One line for each article that was ordered.
    of: customers
    rate: "0.03 * exp(parent.appetite + case parent.plan when 'plus' then 0.5 else 0 end)" # per customer and day
    time: ordered_at
    key: order_id
    columns:
      order_id: {{serial: "O-{{:07d}}"}}
      product_id: {{ref: {{dataset: products, zipf: 0.8}}}}
      price: {{look_up: {{by: product_id, column: price}}}}
      quantity: {{integer: [1, 3]}}

models:
  buys_again:
    about: Does a customer who has bought before buy again within 30 days?
    blueprint: classify
    of: customers
    at: [day 45, day 59]
    label: {{occurs: orders, within: 30 days}}
    features: features/buys_again.sql
    split: {{by: time}}
    spike: {{trials: 8}}

done:
  - buys_again.roc_auc >= 0.60
"""

_FEATURES = """\
-- What is known of each customer at the cut, out of nothing but the orders that had arrived.
select
    customers.customer_id,
    any_value(customers.plan) as plan,
    count(orders.order_id) as orders,
    count(orders.order_id) filter (where orders.ordered_at >= $cut - interval 14 day) as orders_14d,
    coalesce(sum(orders.price * orders.quantity), 0) as spent,
    coalesce(date_diff('day', max(orders.ordered_at), $cut), 999) as days_since_last
from customers
left join orders using (customer_id)
group by customers.customer_id
"""


def starter(name: str, file: str) -> Written:
    """The starter scenario; `file` is where it will lie, for its comments."""
    return Written(_SCENARIO.format(name=name, file=file), {"features/buys_again.sql": _FEATURES})
