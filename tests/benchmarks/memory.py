"""The largest resident set: it must not grow with the rows that are made, nor with the days of an experiment."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.printing import Line
from tests.benchmarks.running import PROJECT, sandbox
from tests.benchmarks.workloads import scenario

MILLION = 1_000_000
SIZES = {
    "quick": (MILLION, 3 * MILLION),
    "usual": (10 * MILLION, 30 * MILLION),
    "full": (10 * MILLION, 100 * MILLION),
}

CUSTOMERS, DAYS = 30_000, (45, 90)
"""Of the experiment."""


def run(folder: Path, sizes: tuple[int, ...]) -> list[Line]:
    """Make B in each of these sizes with two workers; rehearse an experiment of some days, and of twice as many."""
    lines = []
    for rows in sizes:
        out = folder / "made"
        measured = sandbox("memory", "generate", scenario("B", rows, folder), out, 2).run()
        shutil.rmtree(out)
        figures = {"memory MiB": measured.memory_mib, "seconds": measured.seconds}
        lines.append(Line(f"B, {rows:,} rows, 2 workers (wanted: below 1,536)", figures))
    for days in DAYS:
        measured = sandbox("memory", "experiment", PROJECT / "scenarios/telecom_loop.yaml", CUSTOMERS, days).run()
        figures = {"memory MiB": measured.memory_mib, "seconds": measured.seconds}
        lines.append(Line(f"an experiment, {CUSTOMERS:,} customers, {days} days (wanted: alike)", figures))
    return lines
