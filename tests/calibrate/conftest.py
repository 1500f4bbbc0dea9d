"""A small shop whose real data come of the same scenario with other values."""

from __future__ import annotations

import pytest

from sandbox.landing import land
from sandbox.scenario.loader import Options, load

SHOP = """\
# The shop, as we think it is.
sandbox: 1
name: shop
seed: 1
clock: {start: 2026-01-01, days: 30, zone: Europe/London}
datasets:
  customers:
    rows: 600    # so many
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      full_name: {fake: name, pii: true}
      plan: {choice: {basic: {value: 5, assumed: {ask: "how many?"}}, plus: 3, max: 2}}  # what they pay for
      age: {integer: [18, 90], nulls: 0.1}
      # in pounds
      fee: {gamma: {mean: 9}}
  calls:
    of: customers
    rate: "0.2"
    time: called_at
    columns:
      minutes: {exponential: {mean: 4}, decimals: 1}
      topic:
        choice: {bill: 2, line: 1}
targets:
  real:
    customers: {parquet: real/customers}
    calls: {parquet: real/calls}
"""

REALLY = (
    "datasets.customers.rows=2000",
    "datasets.customers.columns.plan.choice={basic: 1, plus: 2, ultra: 1, rare: 0.002}",
    "datasets.customers.columns.fee={lognormal: {median: 8, sigma: 0.4}, decimals: 2}",
    "datasets.calls.columns.minutes.exponential.mean=9",
    "datasets.calls.columns.topic.choice.line=5",
)


@pytest.fixture
def shop(tmp_path):
    """The scenario with its target, once the real data were made by these settings."""

    def make(*settings, text=SHOP):
        path = tmp_path / "shop.yaml"
        path.write_text(text)
        land(load(path, Options(seed=77, settings=settings or REALLY), {}).plan, tmp_path / "real")
        return load(path, Options(target="real"), {})

    return make
