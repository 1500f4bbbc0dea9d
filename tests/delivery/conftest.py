"""A stream to be delivered, and what comes of it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import sandbox
from sandbox.contract.checks import Checked
from sandbox.sources.opening import open_source

SCENARIO = """\
sandbox: 1
name: feed
seed: 5
clock: {start: 2026-03-20, days: 12, zone: Europe/London}
delivery: {job: 2min}
datasets:
  customers: {rows: 900, static: true, key: customer, columns: {customer: {serial: 1}}}
  web:
    of: customers
    time: seen_at
    visits: {per_day: 3, devices: 2}
    columns:
      id: {visit: event_id}
      visitor: {visit: visitor}
      customer: {visit: customer}
      page: {choice: [home, offers, basket]}
"""


@pytest.fixture
def feed(tmp_path):
    """Load the scenario with another delivery, and other values where they are given."""

    def load(delivery: str, **values):
        path = tmp_path / "feed.yaml"
        text = SCENARIO.replace("delivery: {job: 2min}", f"delivery: {delivery}" if delivery else "")
        path.write_text(text, encoding="utf-8")
        return sandbox.load(path, set=values)

    return load


def landing(scenario, dataset="web", shares=None, source=None):
    """The rows of a delivered stream in the order of arrival, those damaged left out."""
    source = source or open_source(scenario.plan, dataset)
    wanted = source.shares() if shares is None else [source.shares()[each] for each in shares]
    batches = [batch for share in wanted for batch in source.batches(share) if not isinstance(batch, Checked)]
    whole = pa.Table.from_batches(batches)
    plain = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in whole.schema]
    return whole.cast(pa.schema(plain)).combine_chunks()


def moments(table, name):
    """Microseconds UTC of a time column, or of one of the envelope."""
    column = table["_sandbox"].combine_chunks().field(name) if name == "arrived_at" else table[name].combine_chunks()
    return np.asarray(column.cast(pa.int64()))


def lateness_s(table):
    """How long each row was under way, seconds."""
    return (moments(table, "arrived_at") - moments(table, "seen_at")) / 1e6
