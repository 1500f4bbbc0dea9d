"""A runnable example for each key of the language and of the built-in parts, for the reference and its test.

Every example completes `FRAME`. Those of column generators are columns of the dataset `example`; the others are keys
of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from sandbox.scenario.examples_of_behaviour import BEHAVIOUR
from sandbox.scenario.examples_of_columns import COLUMNS
from sandbox.scenario.examples_of_experiments import EXPERIMENTS
from sandbox.scenario.examples_of_sources import SOURCES

FRAME = """\
sandbox: 1
name: example
clock: {start: 2026-01-01, days: 60, zone: Europe/London}
datasets:
  shops:
    rows: 20
    static: true
    key: shop_id
    columns: {shop_id: {serial: 1}, city: {fake: city}, size: {gamma: {mean: 100}}}
  customers:
    rows: 50
    history: true
    key: customer_id
    columns:
      customer_id: {serial: 1}
      plan: {choice: [basic, plus]}
      age: {integer: [18, 90]}
  orders:
    of: customers
    rate: 0.2
    time: ordered_at
    columns: {amount: {lognormal: {median: 20, sigma: 0.5}}}
"""

FILE: Mapping[str, str] = {
    "Scenario": """\
sandbox: 1
engine: 1
name: example
about: What the rehearsal is for.
seed: 42
clock: {start: 2026-01-01, days: 60}
datasets:
  tills: {rows: 4, static: true, columns: {till: {serial: 1}}}
  looks: {of: customers, time: seen_at, visits: {per_day: 0.5}, columns: {page: {choice: [home, offers]}}}
changes:
  strike: {kind: outage, from: day 12, to: day 14, visits: {looks: 0}}
delivery: default
env: [LAKE]
targets:
  real: {shops: {parquet: "${LAKE:-lake}/shops"}}
models:
  churn:
    blueprint: classify
    of: customers
    at: day 20
    label: {leaves within: 15 days}
    features: select customer_id, age from customers
policies: {rules: popularity}
experiment:
  {log: looks, arm: page, control: home, arms: {offers: 0.4}, metrics: {seen: {sum: "1"}}, primary: seen}
campaigns: {call: {model: churn, at: day 40, top: 0.4, set: {plan: "'plus'"}, worth: {event: -90}}}
stage: MVP
approval: [Ada Lovelace]
keep: [datasets.customers.columns.plan]
done:
  - churn.balanced_accuracy >= 0.6
include: [more.yaml]
""",
    "Clock": "clock: {start: 2026-03-01 06:00:00, days: 30, zone: Europe/Berlin}\n",
    "Dataset": """\
datasets:
  deliveries:
    rows: 30
    time: delivered_at
    contract: schemas/stock.sql#deliveries
    columns:
      weight: {lognormal: {median: 2, sigma: 0.8}, decimals: 3}
      is_late: {bernoulli: 0.05}
  products:
    about: What is sold.
    owner: Product catalogue
    contact: products@example.com
    expected: 2026-12-15
    rows: 40
    fixed: true
    static: true
    key: sku
    unique: [[name, colour]]
    columns:
      sku: {serial: "P{:04d}"}
      name: {pattern: "[a-z]{8}"}
      colour: {choice: [red, blue]}
      price: {uniform: [1, 9]}
      weight: {gamma: {mean: 3}}
      cost: {sql: "price * 0.6"}
    expect: {sold_at_a_gain: cost < price}
    pin: [{sku: P0007, colour: red}, {sku: P0900, price: 9}]
    partition_by: [colour]
    correlate:
      - {columns: [price, weight], rho: 0.5}
  backstage:
    hidden: true
    rows: 5
    static: true
    columns: {note: {fake: word}}
  stays:
    rows: 30
    history: true
    key: guest
    columns: {guest: {serial: 1}, room: {choice: [small, large]}}
    sign_ups: {there: 0.5}
    recent: {orders_7d: {count: room_service, within: 7 days}}
    leave: {hazard: 0.05 per day}
    returns: {hazard: 0.01 per day}
    transitions:
      moves: {hazard: 0.02 per day, set: {room: "'large'"}}
  baskets:
    of: customers
    fan_out: {poisson: 2}
    static: true
    columns: {basket: {serial: 1}}
  statements:
    of: customers
    every: month
    time: sent_at
    columns: {balance: {normal: {mean: 0, sd: 50}}}
  calls:
    of: customers
    rate: "0.02 * parent.age / 50"
    time: called_at
    columns: {seconds: {exponential: 90}}
  members:
    rows: 30
    static: true
    key: member_id
    taste: {factors: 4}
    columns: {member_id: {serial: 1}}
  looks:
    of: members
    time: seen_at
    visits: {per_day: 0.5}
    journey: {look: {emits: look, item: shops, then: {leave: 1}}}
    choice: {consider: 3, taste: 1}
    columns: {shop_id: {visit: item}}
  room_service:
    of: stays
    time: ordered_at
    visits: {per_day: 0.4}
    columns: {amount: {exponential: 14}}
""",
    "Correlation": """\
datasets:
  people:
    rows: 20
    static: true
    columns:
      height: {normal: {mean: 170, sd: 9}}
      weight: {normal: {mean: 75, sd: 12}}
      income: {lognormal: {median: 30000, sigma: 0.6}}
      spending: {lognormal: {median: 20000, sigma: 0.5}}
      savings: {gamma: {mean: 9000, shape: 2}}
    correlate:
      - {columns: [height, weight], rho: 0.6}
      - columns: [income, spending, savings]
        matrix: [[1, 0.8, 0.5], [0.8, 1, 0.1], [0.5, 0.1, 1]]
""",
    "parent": """\
datasets:
  orders:
    columns:
      buyer: {parent: customer_id}
      plan: {parent: {column: plan}}
""",
    "model": """\
models:
  buys_again:
    about: Who orders again within two weeks?
    owner: Retention squad
    blueprint: classify
    of: orders
    entity: customer_id
    at: [day 20, 2026-02-01]
    label: {occurs: orders, within: 14 days}
    features: select customer_id, count(*) as orders from orders group by customer_id
    fairness: [amount]
    review: {band: [0.3, 0.6], reviewers: 2}
""",
    "Label": """\
models:
  leaves:
    blueprint: classify
    of: customers
    at: day 20
    label: {leaves within: 30 days}
    features: select customer_id, age from customers
  upgrades:
    blueprint: classify
    of: customers
    at: day 20
    label: {changes: plan, where: plan = 'plus', within: 30 days}
    features: select customer_id, age from customers
  orders:
    blueprint: classify
    of: customers
    at: day 20
    label: {occurs: orders, where: amount > 20, within: 10 days}
    features: select customer_id, age from customers
""",
    "Campaign": """\
datasets:
  customers:
    columns: {offer: {constant: none}}
    leave: {hazard: {base: 0.004 per day, "case when offer = 'rebate' then 1 else 0 end": -0.6}}
models:
  churn:
    blueprint: classify
    of: customers
    at: day 8
    label: {leaves within: 10 days}
    features: select customer_id, age from customers where valid_to is null
campaigns:
  call:
    about: A rebate for whoever is at risk.
    model: churn
    at: day 30
    top: 0.5
    holdout: 0.3
    set: {offer: "'rebate'"}
    worth: {event: -200, contact: 5}
  letter: {model: churn, at: day 40, above: 0.1, set: {offer: "'letter'"}, worth: {event: -200}}
done: [call.profit.low > 0]
""",
    "Approval": """\
stage: production
approval: {by: [Ada Lovelace, Grace Hopper, Mary Jackson], number: 2}
""",
    "Fairness": """\
models:
  churn:
    blueprint: classify
    of: customers
    at: day 20
    label: {leaves within: 30 days}
    features: select customer_id, age from customers
    fairness:
      by: {plan: plan, age_band: "case when age < 35 then 'under 35' else '35 and over' end"}
      least: 20
done:
  - churn.roc_auc > 0.5
  - churn.age_band.equalized_odds_difference.high < 0.2
""",
    "Review": """\
models:
  churn:
    blueprint: classify
    of: customers
    at: day 20
    label: {leaves within: 30 days}
    features: select customer_id, age from customers
    review:
      band: [0.2, 0.6]
      reviewers: 2
      takes: 12min
      spread: 0.6
      hours: [8.5, 17]
      days: workdays
      wrong: 0.05
      within: 3 days
      over: 10 days
      costs: {missed: 180, false_alarm: 25, hour: 32}
done:
  - churn.review.reached >= 0.9
  - churn.review.saved.low > 0
""",
    "classify": """\
models:
  churn:
    blueprint: classify
    of: customers
    at: [day 10, day 20]
    label: {leaves within: 30 days}
    features: select customer_id, age from customers
    candidates: [majority, logistic]
    judge: roc_auc
    spike: {trials: 10}
    split: {by: group, test: 0.25}
    bootstrap: 500
""",
    "Assumed": """\
datasets:
  visitors:
    rows: {value: 200, assumed: {by: Ann, on: 2026-11-01, low: 50, high: 1_000, ask: "How many come in two months?"}}
    time: came_at
    columns:
      came_at: {times: {value: evening, assumed: {ask: "When on a day do they come?"}}}
      device: {choice: [phone, laptop]}
""",
    "Spike": """\
models:
  churn:
    blueprint: classify
    of: customers
    at: day 20
    label: {leaves within: 30 days}
    features: select customer_id, age from customers
    spike: {trials: 10}
  quick_churn:
    blueprint: classify
    of: customers
    at: day 20
    label: {leaves within: 30 days}
    features: select customer_id, age from customers
    spike: {time: 2m}
""",
    "SplitRule": """\
models:
  churn:
    blueprint: classify
    of: customers
    at: day 20
    label: {leaves within: 30 days}
    features: select customer_id, age from customers
    split: {by: group, test: 0.25}
""",
    **BEHAVIOUR,
    **EXPERIMENTS,
    **SOURCES,
}
"""Keys of the file, by the model or the part that they show."""

FILES: Mapping[str, str] = {
    "prices.csv": "price\n1.5\n2.5\n9\n",
    "more.yaml": "datasets: {}\n",
    "schemas/stock.sql": """\
CREATE TABLE deliveries (
  delivery_id bigint PRIMARY KEY,
  weight numeric(8, 3) NOT NULL CHECK (weight > 0),
  carrier text,
  delivered_at timestamptz NOT NULL
);
""",
}
"""What the examples find beside the scenario."""


def completed(example: str, *, columns: bool) -> str:
    """An example as a whole scenario file: `FRAME` with the example's keys laid over it."""
    frame, keys = yaml.safe_load(FRAME), read(example)
    if columns:
        keys = {"datasets": {"example": {"rows": 10, "static": True, "columns": keys}}}
    return yaml.safe_dump(_laid_over(frame, keys), sort_keys=False, allow_unicode=True)


class _Reader(yaml.SafeLoader):
    """Takes `on`, as a key of `assumed`, for the text that it is to a scenario."""


_Reader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if letter not in "oO"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(example: str) -> Any:
    """The plain values of an example."""
    return yaml.load(example, _Reader)


def _laid_over(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: _laid_over(below.get(key), value) for key, value in above.items()}}


__all__ = ["COLUMNS", "FILE", "FILES", "FRAME", "completed", "read"]
