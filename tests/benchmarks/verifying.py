"""`verify` beside the contract's check alone: the same files read, the same rules and keys judged, in one thread.

What verify does beyond it (first offenders, since when, volume by day, likely causes) must cost little.
"""

from __future__ import annotations

from pathlib import Path

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


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Verify orders and their customers, and check the same."""
    rows = max(int(ROWS * share), 1_000)
    real, file = folder / "real", folder / "orders.yaml"
    file.write_text(ORDERS.format(rows=rows) + _REAL.format(folder=real), encoding="utf-8")
    public.load(file, seed=8).generate(real, workers=2)
    check, verify = "the contract's check", "verify"
    measured = best_of([sandbox(check, "check_real", file), sandbox(verify, "verify", file)], rounds)
    ratio = measured[verify].seconds / measured[check].seconds
    return [
        Line(
            f"{rows:,} rows x 10 columns: {name}",
            {"seconds": each.seconds, "memory MiB": each.memory_mib, "ratio": f"{ratio:.2f}" if name == verify else ""},
        )
        for name, each in measured.items()
    ]
