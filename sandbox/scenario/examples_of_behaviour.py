"""A runnable example for each key of what customers do: their lives, their visits, what changes, how events travel."""

from __future__ import annotations

from collections.abc import Mapping

BEHAVIOUR: Mapping[str, str] = {
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
    "Shelves": """\
policies:
  rules: {best_sellers: {by: city}}
  shop: {item_knn: {neighbours: 50, shrink: 10}}
  by_hand: {rules: {score: sold / (1 + met)}}
  bought_too: {also_bought: {neighbours: 20, shrink: 2}}
  linear: {ease: {penalty: 200, most_items: 5_000}}
  factors: {als: {factors: 16, iterations: 5, penalty: 0.05, confidence: 20}}
  theirs: {http: {url: "http://localhost:8980/recommend", token: SHOP_TOKEN, timeout: 1s, results: 50, connections: 4}}
targets:
  cloud:
    shop:
      personalize:
        campaign: "arn:aws:personalize:eu-west-1:123456789012:campaign/shop"
        region: eu-west-1
        timeout: 1s
  here:
    shop: {personalize: {recommender: "arn:aws:personalize:eu-west-1:000000000000:recommender/shop", endpoint: "http://localhost:8980"}}
experiment:
  control: rules
  arms: {shop: 0.3}
  from: day 20
  shelves:
    of: web
    goal: buy
    value: amount
    retrain:
      every: 5 days
      window: 28 days
      on_drift: 0.3
      takes: 30min
      time_box: 2h
      threshold: 0.001
      min_absolute_change: 0.001
      min_relative_change: 0.01
      roll_back: 0.2
    layouts: {shop: {home: {slots: 3, first: 2}}, rules: {home: 4}}
    explore: {shop: 0.05}
    in_stock: size > 10
    not_owned: true
    eligible: item.size < 500 or parent.plan = 'plus'
    alike: city
datasets:
  web:
    of: customers
    time: happened_at
    visits: {per_day: 0.5, known: 0.8}
    journey:
      home: {emits: view, shows: {slots: 4, to: look, emits: click}, then: {look: 0.5, leave: 0.5}, after: 20s}
      look: {emits: look, item: shops, then: {buy: 0.1, leave: 0.9}, after: 45s}
      buy: {emits: buy, item: same, then: {leave: 1}}
    columns:
      customer_id: {visit: customer}
      event: {visit: event}
      shop_id: {visit: item}
      amount: {sql: "case when event = 'buy' then item.size end"}
done:
  - experiment.conversion.lift.low > -1
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
    slow: {share: 0.01, latency: 2h}
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
}
