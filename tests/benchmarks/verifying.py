"""`verify` beside the contract's check alone: the same files read, the same rules and keys judged, in one thread.

What verify does beyond it (first offenders, since when, volume by day, likely causes) must cost little. Keys that rise
prove themselves as they go by; keys in no order have to be joined, by both.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import sandbox as public
from tests.benchmarks.checking import ORDERS
from tests.benchmarks.printing import Line
from tests.benchmarks.running import best_of, sandbox

ROWS = 2_000_000
_REAL = """\
targets:
  real:
    customers: {{parquet: "{folder}/customers"}}
    orders: {{parquet: "{folder}/orders"}}
"""
_KEYS = {"customers": "customer_id", "orders": "order_id"}


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Verify orders and their customers, and check the same; then with the keys in no order."""
    rows = max(int(ROWS * share), 1_000)
    real, file = folder / "real", folder / "orders.yaml"
    file.write_text(ORDERS.format(rows=rows) + _REAL.format(folder=real), encoding="utf-8")
    public.load(file, seed=8).generate(real, workers=2)
    lines = _compared(f"{rows:,} rows x 10 columns", file, rounds)
    for dataset, key in _KEYS.items():
        _shuffle(real / dataset, key)
    return [*lines, *_compared("keys in no order", file, rounds)]


def _compared(what: str, file: Path, rounds: int) -> list[Line]:
    check, verify = "the contract's check", "verify"
    measured = best_of([sandbox(check, "check_real", file), sandbox(verify, "verify", file)], rounds)
    ratio = measured[verify].seconds / measured[check].seconds
    return [
        Line(
            f"{what}: {name}",
            {"seconds": each.seconds, "memory MiB": each.memory_mib, "ratio": f"{ratio:.2f}" if name == verify else ""},
        )
        for name, each in measured.items()
    ]


def _shuffle(folder: Path, key: str) -> None:
    """Deal the keys of a table anew among its rows."""
    parts = {path: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}
    keys = np.concatenate([table[key].to_numpy() for table in parts.values()])
    keys, begin = np.random.default_rng(1).permutation(keys), 0
    for path, table in parts.items():
        at = table.column_names.index(key)
        dealt = pa.array(keys[begin : begin + table.num_rows], table.schema.field(key).type)
        pq.write_table(table.set_column(at, table.schema.field(key), dealt), path)
        begin += table.num_rows
