"""How long the gap takes: dummy and real of as many rows and seven columns, with and without the classifier.

The real side lies in Parquet, made by the same scenario with another seed and one wrong mean; the dummy is made while
it is timed. With more rows than are looked at (see `MOST_ROWS`), memory must not grow.
"""

from __future__ import annotations

from pathlib import Path

import sandbox as public
from tests.benchmarks.printing import Line
from tests.benchmarks.running import best_of, sandbox

ROWS, MORE = 1_000_000, 3
ROWS_OF_ONE = 50

SCENARIO = """\
sandbox: 1
engine: 1
name: gapping
seed: 42
clock: {{start: 2026-01-01, days: 60}}
datasets:
  customers:
    rows: {customers}
    static: true
    key: customer_id
    columns:
      customer_id: {{serial: 1}}
  calls:
    of: customers
    rate: "{rate}"
    time: at
    columns:
      channel: {{choice: {{web: 5, phone: 3, shop: 1}}}}
      product: {{zipf: {{ranks: 1000}}, type: int32}}
      minutes: {{exponential: {{mean: 4}}, decimals: 1}}
      amount: {{lognormal: {{median: 20, sigma: 0.8}}, decimals: 2}}
      score: {{normal: {{mean: 0, sd: 1}}, nulls: 0.01}}
targets:
  real:
    calls: {{parquet: "{real}"}}
"""


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Compare a million rows in both ways, then three times as many."""
    rows = max(int(ROWS * share), 1_000)
    plain, wide = _written(folder, rows), _written(folder, MORE * rows)
    measured = best_of(
        [
            sandbox("without the classifier", "gap", plain, "no"),
            sandbox("with it", "gap", plain, "yes"),
            sandbox("of three times as many, without", "gap", wide, "no"),
        ],
        rounds,
    )
    wanted = {"without the classifier": "at most 3 s", "with it": "at most 10 s"}
    return [
        Line(
            f"{rows:,} rows x 7 columns: {name}",
            {"seconds": each.seconds, "memory MiB": each.memory_mib, "wanted": wanted.get(name, "memory alike")},
        )
        for name, each in measured.items()
    ]


def _written(folder: Path, rows: int) -> Path:
    """A scenario of so many rows, and its real side beside it."""
    real, file = folder / f"real-{rows}", folder / f"gapping-{rows}.yaml"
    text = SCENARIO.format(customers=max(rows // ROWS_OF_ONE, 20), rate=ROWS_OF_ONE / 60, real=real / "calls")
    file.write_text(text, encoding="utf-8")
    settings = {"datasets.calls.columns.minutes.exponential.mean": 5}
    public.load(file, seed=7, set=settings).generate(real, workers=2)
    return file
