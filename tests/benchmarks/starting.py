"""What a user waits for before anything happens: whole processes, from the shell's point of view."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.benchmarks.printing import Line
from tests.benchmarks.running import PROJECT, Contestant, best_of
from tests.benchmarks.workloads import scenario

THREE_TABLES = """\
sandbox: 1
engine: 1
name: three
seed: 1
clock: {start: 2026-01-01, days: 30}
datasets:
  products:
    rows: 1000
    static: true
    key: product_id
    columns:
      product_id: {serial: "P{:05d}"}
      price: {lognormal: {median: 60, sigma: 0.9}, decimals: 2}
  customers:
    rows: 1000
    static: true
    key: customer_id
    columns:
      customer_id: {serial: 1}
      plan: {choice: {basic: 3, plus: 1}}
      email: {sql: "'c' || customer_id || '@example.com'"}
  orders:
    rows: 1000
    time: ordered_at
    key: order_id
    columns:
      order_id: {serial: 1}
      customer_id: {ref: customers}
      product_id: {ref: products}
      ordered_at: {times: evening}
"""


def run(folder: Path, rounds: int) -> list[Line]:
    """Time whole processes; the first is what the two libraries cost anybody."""
    tables, made = folder / "three.yaml", folder / "made"
    tables.write_text(THREE_TABLES, encoding="utf-8")
    large = scenario("B", 1_000_000_000, folder)
    cli = ["-c", "from sandbox.cli import main; main()"]
    wanted = {
        "import duckdb, pyarrow": (["-c", "import duckdb, pyarrow"], "what cannot be less"),
        "import sandbox": (["-c", "import sandbox"], "below 0.5 s"),
        "sandbox --help": ([*cli, "--help"], "below 0.5 s"),
        "sandbox preview, a billion rows": ([*cli, "preview", str(large)], "about 1 s"),
        "sandbox generate, three tables of 1,000 rows": (
            [*cli, "generate", str(tables), "--out", str(made)],
            "below 1.5 s",
        ),
        "sandbox demo, until its page can be used": (
            ["-m", "tests.benchmarks.opening", "scenarios/telecom_loop.yaml"],
            "below 5 s",
        ),
    }
    contestants = [
        Contestant(
            name,
            [sys.executable, *words],
            PROJECT,
            times_itself=False,
            before=lambda: shutil.rmtree(made, ignore_errors=True),
        )
        for name, (words, _) in wanted.items()
    ]
    return [
        Line(name, {"seconds": each.seconds, "cpu seconds": each.cpu_seconds, "wanted": wanted[name][1]})
        for name, each in best_of(contestants, rounds).items()
    ]
