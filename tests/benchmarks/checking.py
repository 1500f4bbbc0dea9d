"""The check of a table against its contract: every rule of a row, a key and a foreign key, with nothing proven."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import sandbox
from sandbox.contract.checks import RowCheck
from sandbox.contract.keys import broken_keys
from sandbox.contract.model import Contract

ORDERS = """\
sandbox: 1
engine: 1
name: checked
seed: 7
clock: {{start: 2026-01-01, days: 30}}
datasets:
  customers:
    rows: 100_000
    static: true
    key: customer_id
    columns:
      customer_id: {{serial: 1}}
  orders:
    rows: {rows}
    time: ordered_at
    key: order_id
    columns:
      order_id: {{serial: 1}}
      customer_id: {{ref: customers}}
      ordered_at: {{times: evening}}
      status: {{choice: [open, paid, sent, returned]}}
      sku: {{pattern: "[A-Z]{{3}}-[0-9]{{5}}", check: {{pattern: "[A-Z]{{3}}-[0-9]{{5}}"}}}}
      pieces: {{integer: [1, 20], check: {{ge: 1, le: 20}}}}
      price: {{lognormal: {{median: 30, sigma: 0.8}}, decimals: 2, check: {{ge: 0}}}}
      discount: {{uniform: [0, 1], nulls: 0.5, check: {{ge: 0, le: 1}}}}
      country: {{choice: [GB, IE, FR, DE, ES], type: string, check: {{min_length: 2, max_length: 2}}}}
      is_gift: {{bernoulli: 0.1}}
"""


@dataclass(frozen=True)
class Orders:
    """A landed table, its rows in memory, and the files of its parents."""

    contract: Contract
    batches: list[pa.RecordBatch]
    parts: list[Path]
    parents: list[Path]
    folder: Path

    def check(self) -> None:
        """Every rule over every row. Raises AssertionError if one is broken, as none is."""
        check = RowCheck(self.contract)
        refused = sum(check(batch).rejected.num_rows for batch in self.batches)
        broken = broken_keys(self.contract, self.parts, {"customers": self.parents}, spill=self.folder)
        assert (refused, broken.num_rows) == (0, 0)


def orders(rows: int, folder: Path) -> Orders:
    """Make so many orders in a folder."""
    path = folder / "orders.yaml"
    path.write_text(ORDERS.format(rows=rows), encoding="utf-8")
    scenario = sandbox.load(path)
    landed = scenario.generate(folder / "made")
    contract = scenario.plan.datasets["orders"].contract
    parts = landed.parts("orders")
    batches = [batch.cast(contract.schema) for part in parts for batch in pq.ParquetFile(part).iter_batches(65_536)]
    return Orders(contract, batches, parts, landed.parts("customers"), folder)
