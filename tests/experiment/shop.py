"""A small shop whose shelves an experiment fills, and plans of it."""

from __future__ import annotations

from pathlib import Path

from sandbox.scenario.loader import Options, load
from sandbox.scenario.plan import Plan

SHOP = """
sandbox: 1
name: shop
seed: 3
clock: {start: 2026-03-01, days: 24, zone: Europe/London}
datasets:
  items:
    rows: 40
    static: true
    key: item_id
    columns: {item_id: {serial: "P{:03d}"}, price: {lognormal: {median: 20, sigma: 0.4}, decimals: 2}}
  people:
    rows: 500
    static: true
    key: person_id
    taste: {factors: 2}
    columns: {person_id: {serial: 1}, club: {bernoulli: 0.4}}
  web:
    of: people
    time: happened_at
    key: event_id
    visits: {per_day: 0.4, known: 0.8}
    choice: {consider: 4, popularity: 0.6, taste: 2.0}
    journey:
      home:
        emits: page
        shows: {slots: 5, to: look, emits: click, outside: 1.5}
        then: {look: 0.5, leave: 0.5}
        after: 20s
      look: {emits: look, item: items, then: {buy: "least(1, 0.2 * exp(0.5 * visit.appeal))", leave: 1}, after: 40s}
      buy: {emits: purchase, item: same, logs_in: true, then: {leave: 1}, after: 30s}
    columns:
      event_id: {visit: event_id}
      person_id: {visit: customer}
      event: {visit: event}
      item_id: {visit: item}
      paid: {sql: "case when event = 'purchase' then item.price end", decimals: 2}
policies: {rules: popularity, mine: item_knn, chance: random, same: random, empty: none}
experiment: {control: rules, arms: {mine: 0.5}, from: day 10, segments: [club], shelves: {value: paid, retrain: 2 days}}
"""


def plan_of(folder: Path, text: str = SHOP, *settings: str) -> Plan:
    """The plan of a shop."""
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, Options(settings=settings)).plan
