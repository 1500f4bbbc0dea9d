"""A runnable example for each key of the language and of the built-in parts, for the reference and its test.

Every example completes `FRAME`. Those of column generators are columns of the dataset `example`; the others are keys
of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

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

COLUMNS: Mapping[str, str] = {
    "options": """\
price: {lognormal: {median: 9, sigma: 0.5}, about: In pounds., decimals: 2, type: "decimal(8, 2)"}
code: {pattern: "[A-Z]{2}[0-9]{4}", unique: true}
name: {fake: name, pii: true, nulls: 0.1, default: unknown}
weekend: {bernoulli: 0.3, nullable: true}
rating: {integer: [1, 5], check: {ge: 1, le: 5}}
mood: {normal: {mean: 0, sd: 1}, hidden: true}
spent: {exponential: 20, nulls: "case when weekend then 0.5 else 0.1 end"}
""",
    "check": """\
discount: {uniform: [0, 1], check: {ge: 0, lt: 0.9}}
weight: {normal: {mean: 80, sd: 10}, check: {gt: 0, le: 110}}
colour: {choice: [red, blue, green], check: {values: [red, blue]}}
shelf: {sql: "'A' || price", check: {pattern: "[A-Z][0-9]+", min_length: 2, max_length: 3}}
price: {integer: [1, 200]}
""",
    "given": """\
plan: {choice: {basic: 3, plus: 1}}
fee: {given: plan, normal: {basic: {mean: 9, sd: 1}, else: {mean: 19, sd: 2}}}
""",
    "bernoulli": """\
returned: {bernoulli: 0.13}
late: {bernoulli: {p: "case when returned then 0.5 else 0.1 end"}}
clicked: {bernoulli: {log_odds: "-2 + 0.02 * age"}}
age: {integer: [18, 90]}
""",
    "beta": "share: {beta: {alpha: 2, beta: 5}}\nrating: {beta: {alpha: 5, beta: 2, low: 1, high: 5}}\n",
    "choice": """\
plan: {choice: {basic: 0.6, plus: 0.3, max: 0.1}}
colour: {choice: [red, green, blue]}
stars: {choice: {values: [1, 2, 3], weights: [1, 2, 5]}}
""",
    "constant": "currency: {constant: EUR}\nversion: {constant: {value: 3}}\n",
    "date": "born: {date: [1950-01-01, 2007-12-31]}\njoined: {date: {between: [2020-01-01, 2025-12-31]}}\n",
    "datetime": """\
seen: {datetime: [2026-01-01, 2026-02-01]}
made: {datetime: {between: [2026-01-01 08:00:00, 2026-01-01 18:00:00]}}
""",
    "exponential": 'wait: {exponential: 30}\nhold: {exponential: {mean: "10 + wait"}}\n',
    "fake": """\
name: {fake: name, pii: true}
city: {fake: {provider: city, locale: de_DE, pool: 300}}
text: {fake: {provider: text, args: {max_nb_chars: 60}}}
company: {fake: {provider: company, locale: {en_GB: 3, fr_FR: 1}}}
""",
    "gamma": "amount: {gamma: {mean: 20}}\nduration: {gamma: {mean: 90, shape: 1.5}}\n",
    "geometric": "tries: {geometric: 0.4}\nrings: {geometric: {p: 0.5}}\n",
    "histogram": "age: {histogram: {edges: [18, 30, 50, 90], weights: [3, 5, 2]}, type: int32}\n",
    "integer": "dice: {integer: [1, 6]}\nticket: {integer: {between: [1, 100000]}, unique: true}\n",
    "lines": """\
price: {lines: {file: prices.csv, column: price}, type: float64}
""",
    "list": """\
tags: {list: {of: {choice: [new, sale, eco]}, length: {poisson: 1.5}}}
scores: {list: {of: {normal: {mean: 0, sd: 1}}, length: 3}}
""",
    "lognormal": """\
price: {lognormal: {median: 60, sigma: 0.9}, decimals: 2}
shipping: {lognormal: {median: "1 + price / 20", sigma: 0.2}}
""",
    "look_up": """\
shop_id: {ref: shops}
shop_city: {look_up: {by: shop_id, column: city}}
""",
    "map": """\
labels: {map: {keys: {choice: [colour, size]}, values: {fake: word}, length: {integer: [0, 2]}}}
""",
    "negative_binomial": "visits: {negative_binomial: {mean: 3, shape: 0.7}}\n",
    "normal": 'height: {normal: {mean: 170, sd: 9}}\nweight: {normal: {mean: "height - 100", sd: 8}}\n',
    "pattern": 'plate: {pattern: "[A-Z]{2}[0-9]{2} [A-Z]{3}"}\nsku: {pattern: {regex: "SKU-[0-9]{6}"}, unique: true}\n',
    "poisson": 'calls: {poisson: 2.5}\ndropped: {poisson: {mean: "0.1 * calls"}}\n',
    "ref": """\
shop_id: {ref: shops}
favourite: {ref: {dataset: shops, zipf: 1.1}}
largest: {ref: {dataset: shops, weight: size}}
""",
    "sample": "price: {sample: {file: prices.csv, column: price}}\n",
    "serial": """\
id: {serial: 1}
order_no: {serial: "ORD-{:08d}"}
batch: {serial: {start: 1000, step: 10, format: "B{}"}}
""",
    "sql": """\
name: {fake: name}
email: {sql: "lower(replace(name, ' ', '.')) || '@example.com'"}
initial: {sql: {text: "left(name, 1)"}}
""",
    "struct": """\
address: {struct: {city: {fake: city}, post_code: {pattern: "[0-9]{5}"}}}
place: {struct: {fields: {latitude: {uniform: [50, 58]}, longitude: {uniform: [-5, 2]}}}}
""",
    "times": """\
seen_at: {times: evening}
opened_at: {times: {day: office, week: workdays, from: 2026-01-10, to: 2026-02-01}}
logged_at: {times: {week: [1, 1, 1, 1, 1, 3, 3], order: true}}
""",
    "union": """\
answer: {union: [{choice: ["yes", "no"]}, {integer: [1, 5]}], type: "union<string, int64>"}
score: {union: {branches: [{fake: word}, {integer: [1, 5]}], weights: [1, 9]}, type: "union<string, int64>"}
""",
    "uniform": 'share: {uniform: [0, 1]}\npart: {uniform: {between: [0, "share"]}}\n',
    "uuid": "id: {uuid: true}\nrequest: {uuid: {random: true}}\n",
    "zipf": "rank: {zipf: 1000}\nword: {zipf: {ranks: 5000, s: 1.3}}\n",
}
"""Columns of the dataset `example`, by generator; `options` and `check` show what stands beside any of them."""

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
    label: {leaves within: 30 days}
    features: select customer_id, age from customers
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
    "Recent": """\
datasets:
  customers:
    rows: 50
    history: true
    key: customer_id
    columns: {customer_id: {serial: 1}}
    recent: {dropped_7d: {count: calls, where: "event = 'dropped'", within: 7 days}}
    leave: {hazard: {base: 0.002 per day, dropped_7d: 0.35}}
  calls:
    of: customers
    time: called_at
    visits: {per_day: 1.2}
    journey:
      call: {emits: call, then: {dropped: 0.1, leave: 0.9}, after: 3min}
      dropped: {emits: dropped, then: {call: 0.7, leave: 0.3}, after: 30s}
    columns: {event: {visit: event}}
""",
    "SignUps": """\
datasets:
  customers:
    sign_ups: {there: 0.7, before: 730 days, growth: 0.1, day: evening, week: weekend}
  suppliers:
    rows: 30
    history: true
    key: supplier
    columns: {supplier: {serial: 1}}
    sign_ups: {there: 0, season: [1, 2, 3, 3, 2, 1, 1, 1, 2, 3, 4, 0]}
""",
    "Leave": """\
datasets:
  customers:
    leave:
      hazard: {base: 0.004 per day, "age - 40": 0.02, "case plan when 'plus' then 1 else 0 end": -0.7}
""",
    "Returns": """\
datasets:
  customers:
    leave: {hazard: 0.01 per day}
    returns:
      hazard: {base: 0.02 per day, "age - 40": -0.01}
      after: 7 days
      when: plan = 'plus'
      set: {plan: "'basic'"}
""",
    "Transition": """\
datasets:
  customers:
    columns:
      signed: {date: [2025-02-01, 2025-12-31]}
      fee: {constant: 9.0}
      contract: {constant: fixed}
    transitions:
      upgrade:
        hazard: {base: 0.01 per day}
        when: plan = 'basic'
        set: {plan: "'plus'", fee: "fee + 10"}
      contract_ends:
        after: 365 days
        since: signed
        when: contract = 'fixed'
        set: {contract: "'rolling'"}
      price_rise:
        at: day 40
        share: 0.5
        set: {fee: "round(fee * 1.08, 2)"}
""",
    "Visits": """\
datasets:
  calls:
    of: customers
    time: called_at
    visits: {per_day: "0.5 + parent.age / 100", spread: 0.8, day: office, week: workdays, devices: 1, known: 1}
    columns: {minutes: {exponential: 4}}
  readings:
    of: shops
    time: read_at
    visits:
      per_day: 2
      hours: [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      season: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4]
      holidays: {"2026-01-01": 0}
      growth: 0.1
      longest: 1h
    columns: {temperature: {normal: {mean: 20, sd: 2}}}
""",
    "Journey": """\
datasets:
  web:
    of: customers
    time: happened_at
    visits: {per_day: 0.4, day: evening}
    journey:
      enter: {home: 3, search: 1}
      home:
        emits: page_view
        shows: {slots: 4, to: shop}
        then: {search: 0.4, shop: 0.2, leave: 0.4}
        after: 20s
      search: {emits: search, then: {shop: 0.6, leave: 0.4}, after: 15s}
      shop: {emits: shop_view, item: {of: shops, among: any}, then: {book: "0.1 * visit.step", leave: 1}, after: 40s}
      book: {emits: booking, item: same, logs_in: true, then: {leave: 1}, after: {lognormal: {median: 60, sigma: 0.5}}}
    columns: {event: {visit: event}, shop_id: {visit: item}}
""",
    "Shelf": """\
datasets:
  web:
    of: customers
    time: happened_at
    visits: {per_day: 0.4}
    journey:
      home:
        emits: page_view
        shows: {slots: 4, to: shop, emits: click, outside: 2.5, position: -0.3}
        then: {shop: 0.2, leave: 0.8}
        after: 20s
      shop: {emits: shop_view, item: shops, then: {leave: 1}}
    columns: {event: {visit: event}, shop_id: {visit: item}}
""",
    "Choosing": """\
datasets:
  users:
    rows: 30
    static: true
    key: user_id
    taste: {factors: 4}
    columns: {user_id: {serial: 1}, thrift: {normal: {mean: 0, sd: 1}, hidden: true}}
  films:
    rows: 40
    static: true
    key: film_id
    columns:
      film_id: {serial: 1}
      price: {uniform: [2, 9]}
      out_on: {datetime: [2025-01-01, 2026-02-01]}
  views:
    of: users
    time: seen_at
    visits: {per_day: 1}
    choice:
      consider: 5
      popularity: 0.8
      taste: 1.2
      utility: {item.price: -0.1, "parent.thrift * item.price": -0.1}
      since: out_on
    journey:
      look: {emits: view, item: films, then: {look: 0.5, leave: 0.5}, after: 10min}
    columns: {film_id: {visit: item}}
""",
    "visit": """\
datasets:
  web:
    of: customers
    time: happened_at
    key: event_id
    visits: {per_day: 0.4, known: 0.5, devices: 2}
    journey:
      home: {emits: page_view, then: {home: 0.4, leave: 0.6}, after: 20s}
    columns:
      event_id: {visit: event_id}
      session: {visit: id}
      visitor: {visit: visitor}
      customer_id: {visit: {what: customer}}
      event: {visit: event}
""",
    "Change": """\
changes:
  sale:
    kind: campaign
    about: A fifth off, for a third of those on the basic plan.
    from: day 20
    to: day 27
    how: sudden
    of: customers
    share: 0.3
    where: plan = 'basic'
    visits: {web: 1.5}
    adds: {web: [coupon]}
  happy_hour: {kind: price, from: day 5, how: {recurring: {every: 7 days, for: 3h}}}
  taste: {kind: drift, from: day 10, how: {gradual: 20 days}}
  lost_pages: {kind: fault, from: day 40, to: day 42 12:00, nulls: {web: {shop_id: 0.4}}}
datasets:
  web:
    of: customers
    time: happened_at
    visits: {per_day: 0.5}
    journey:
      look:
        emits: look
        item: shops
        then: {buy: "0.06 * (1 + change.sale) + 0.02 * change.happy_hour", leave: 1}
        after: 45s
      buy: {emits: buy, item: same, then: {leave: 1}}
    choice: {consider: 4, utility: {"item.size * (1 - change.taste)": 0.01}}
    columns:
      event: {visit: event}
      shop_id: {visit: item}
      coupon: {sql: "case when change.sale > 0 then 'SAVE20' end"}
""",
    "Delivery": """\
delivery:
  streams: [looks]
  late: 30min
  kafka: {}
  connector: {outages: [{at: day 20 08:00, for: 18h}]}
  kinesis: {}
  etl: {every: 5min}
datasets:
  looks: {of: customers, time: seen_at, visits: {per_day: 0.5}, columns: {page: {choice: [home, offers]}}}
""",
    "Stage": """\
delivery:
  log: {partitions: 3, key: visitor, latency: {lognormal: {median: 0.02, sigma: 0.5}}}
  bridge:
    latency: 200ms
    every: 1s
    batch: 500
    capacity: {day 0: 900, day 30: 300}
    catch_up: 1_500
    buffer: 10_000
    outages:
      - {at: day 20 08:00, for: 18h}
      - {every: 10 days, for: 20min}
    retries: {share: 0.002, after: 30s}
    loss: 0.0001
    corrupt: {truncated: 0.0004, encoding: 0.0002, schema_id: 0.0001, oversized: 0.0001}
  stream: {like: kinesis, shards: 2, outages: [{at: day 25, for: 2h, partitions: [1]}]}
  job: 5min
datasets:
  looks:
    of: customers
    time: seen_at
    visits: {per_day: 0.5}
    columns: {page: {choice: [home, offers]}, visitor: {visit: visitor}}
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
    "binding": """\
targets:
  real:
    customers:
      csv: customers/*.csv
      rename: {cust_no: customer_id}
      parse: {age: {nulls: ["", "n/a"]}}
      where: closed is null
      arrived_at: loaded_at
""",
    "Parse": """\
targets:
  real:
    orders:
      csv: orders/*.csv
      parse:
        ordered_at: {format: "%d.%m.%Y %H:%M", zone: Europe/Berlin}
        amount: {decimal: ",", thousands: ".", unit: cents, nulls: ["-"]}
    tills:
      csv: tills.csv
      parse:
        open: {"true": [ja], "false": [nein]}
datasets:
  tills: {rows: 4, static: true, columns: {open: {bernoulli: 0.8}}}
""",
    "arrow": "targets: {real: {shops: {arrow: {path: shops.arrow}}}}\n",
    "csv": """\
targets:
  real:
    shops: {csv: {path: "shops/*.csv", delimiter: ";", quote: "'", encoding: latin-1, columns: [shop_id, city, size]}}
""",
    "duckdb": """\
targets:
  real:
    shops: {duckdb: {path: shop.duckdb, table: shops}}
    customers: {duckdb: {path: shop.duckdb, query: select * from customers order by customer_id}}
""",
    "jsonl": "targets: {real: {shops: {jsonl: {path: shops.jsonl, encoding: utf-8}}}}\n",
    "kinesis": """\
targets:
  real:
    orders: {kinesis: {stream: orders, region: eu-west-1, start: 2026-01-31T12:00Z}}
    shops: {kinesis: {stream: shops, after: {shardId-000000000000: "49590338271490256608559692538361571095"}}}
""",
    "parquet": "targets: {real: {shops: {parquet: {path: lake/shops/}}}}\n",
    "postgresql": """\
targets:
  real:
    shops: {postgresql: {host: db.example, port: 5432, database: shop, user: reader, table: sales.shops}}
    customers: {postgresql: {query: select * from customers, rising: customer_id}}
""",
    "sqlite": """\
targets:
  real:
    shops: {sqlite: {path: shop.db, table: shops}}
    customers: {sqlite: {path: shop.db, query: select * from customers order by customer_id}}
""",
    "model": """\
models:
  buys_again:
    about: Who orders again within two weeks?
    blueprint: classify
    of: orders
    entity: customer_id
    at: [day 20, 2026-02-01]
    label: {occurs: orders, within: 14 days}
    features: select customer_id, count(*) as orders from orders group by customer_id
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
