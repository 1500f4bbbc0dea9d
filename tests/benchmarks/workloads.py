"""The workloads A and B of the hand-written references, as scenarios.

`common.py` beside the references says what each column is. Word lists come from `words.json` there.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

REFERENCES = Path(__file__).parents[3] / "shared" / "bench"
ROWS = {"A": 1_000_000, "B": 10_000_000}
DATASETS = {"A": "customers", "B": "events"}

CUSTOMERS = """\
sandbox: 1
engine: 1
name: customers
seed: 42
clock: {{start: 2026-01-01, days: 30}}
datasets:
  customers:
    rows: {rows}
    static: true
    key: customer_id
    columns:
      first: {{choice: {first}, hidden: true}}
      last: {{choice: {last}, hidden: true}}
      domain:
        choice: [example.com, example.org, example.net, mail.example.com, post.example.org]
        hidden: true
      customer_id: {{serial: 1}}
      full_name: {{sql: "first || ' ' || last"}}
      email: {{sql: "lower(first) || '.' || lower(last) || '.' || customer_id || '@' || domain"}}
      city: {{choice: {cities}}}
      birth_date: {{date: [1930-01-11, 2005-08-05]}}
      plan: {{choice: {{basic: 0.5, standard: 0.3, premium: 0.15, enterprise: 0.05}}}}
      monthly_charge: {{lognormal: {{median: 54.59815, sigma: 0.5}}, decimals: 2}}
      tenure_months: {{integer: [0, 72], type: int32}}
      is_churned: {{bernoulli: 0.26}}
      signup_ts: {{datetime: [2020-01-01, 2026-01-01]}}
"""

EVENTS = """\
sandbox: 1
engine: 1
name: events
seed: 42
clock: {{start: 2026-01-01, days: 30}}
datasets:
  customers:
    rows: 1_000_000
    hidden: true
    static: true
    key: customer_id
    columns:
      customer_id: {{serial: 1}}
  events:
    rows: {rows}
    time: ts
    key: event_id
    columns:
      event_id: {{serial: 1}}
      customer_id: {{ref: {{dataset: customers, zipf: 1.0}}}}
      ts: {{times: {{day: {day}, order: true}}}}
      event_type: {{choice: {{view: 0.7, click: 0.12, add_to_cart: 0.1, purchase: 0.05, support: 0.03}}}}
      product_id: {{zipf: {{ranks: 1000}}, type: int32}}
      value: {{lognormal: {{median: 20.08554, sigma: 0.8}}, decimals: 2}}
"""


def scenario(table: str, rows: int, folder: Path) -> Path:
    """Write the scenario of workload `A` or `B` with so many rows; give its file."""
    if table == "A":
        words = json.loads((REFERENCES / "words.json").read_text(encoding="utf-8"))
        text = CUSTOMERS.format(rows=rows, **{name: json.dumps(listed) for name, listed in words.items()})
    else:
        text = EVENTS.format(rows=rows, day=json.dumps(_hours()))
    path = folder / f"{table}-{rows}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _hours() -> list[float]:
    """Weights of the hours whose times are those of t = f + 0.7 sin(2 pi f) / 2 pi, the references' warp of a day.

    Source: the density of t is 1 / (1 + 0.7 cos(2 pi f)), taken here at the middle of each hour of t.
    """
    fractions = [_unwarped((hour + 0.5) / 24) for hour in range(24)]
    return [round(1 / (1 + 0.7 * math.cos(2 * math.pi * fraction)), 6) for fraction in fractions]


def _unwarped(time: float) -> float:
    fraction = time
    for _ in range(100):
        fraction = time - 0.7 * math.sin(2 * math.pi * fraction) / (2 * math.pi)
    return fraction
