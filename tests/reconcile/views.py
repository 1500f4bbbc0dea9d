"""What pipelines are given that do one thing wrong: a stream of views, five hours of which come late."""

from __future__ import annotations

from sandbox.reconcile.findings import Reconciliation

WEB = """
sandbox: 1
name: web
seed: 7
clock: {start: 2026-01-01, days: 6}
delivery:
  kafka: {}
  connector: {outages: [{at: day 2 10:00, for: 5h}]}
  kinesis: {}
  etl: {every: 5min}
datasets:
  customers: {rows: 300, key: customer_id, static: true, columns: {customer_id: {serial: 1}}}
  views:
    of: customers
    time: viewed_at
    key: [customer_id, viewed_at]
    visits: {per_day: 2}
    journey:
      home: {emits: view, then: {home: 0.6, leave: 0.4}, after: 20s}
    columns:
      page: {choice: {home page of the shop: 3, product page with pictures: 2}}
      buyer: {fake: name, pii: true}
      paid: {gamma: {mean: 20}, decimals: 4}
"""
HOUR_US = 3_600_000_000


def faults(found: Reconciliation) -> dict[str, int]:
    """The kinds of faults that were found, and the rows of each."""
    return {kind: rows for kind, rows in found.counts.items() if rows}
