"""Events of customers who behave: stateful journeys, sorted by time, eight columns, beside the write floor of the same.

The floor writes the finished table in the stream's own part files, texts as dictionaries, and nothing else. A curve
over three orders of magnitude shows that the cost grows with the events alone; the largest resident set grows with the
customers, not with the days.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from tests.benchmarks.printing import Line
from tests.benchmarks.running import Contestant, Measured, best_of, sandbox

SCENARIO = """\
sandbox: 1
name: behaving
seed: 42
clock: {{start: 2026-01-05, days: {days}, zone: Europe/London}}
datasets:
  products: {{rows: 5_000, static: true, hidden: true, key: product_id, columns: {{product_id: {{serial: 1}}}}}}
  customers:
    rows: {customers}
    static: true
    hidden: true
    key: customer_id
    columns: {{customer_id: {{serial: 1}}}}
  web:
    of: customers
    time: happened_at
    key: event_id
    visits: {{per_day: 0.3, spread: 0.8, day: evening, week: weekend}}
    choice: {{consider: 1, popularity: 1}}
    journey:
      home: {{emits: page_view, then: {{product: 0.4, search: 0.4, leave: 0.2}}, after: 20s}}
      search: {{emits: search, then: {{product: 0.7, search: 0.2, leave: 0.1}}, after: 15s}}
      product:
        emits: product_view
        item: products
        then: {{product: 0.45, home: 0.15, basket: 0.1, leave: 0.3}}
        after: 45s
      basket: {{emits: basket, item: same, then: {{checkout: 0.5, product: 0.3, leave: 0.2}}, after: 30s}}
      checkout: {{emits: checkout, then: {{purchase: 0.7, leave: 0.3}}, after: 60s}}
      purchase: {{emits: purchase, then: {{leave: 1}}}}
    columns:
      event_id: {{visit: event_id}}
      session_id: {{visit: id}}
      step: {{visit: step}}
      event: {{visit: event}}
      product_id: {{visit: item}}
      seconds: {{visit: seconds}}
"""
DAYS = 7
CUSTOMERS = (3_000, 30_000, 300_000)


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Compare on the largest number of customers, then follow the curve, then the days."""
    lines = []
    most = int(CUSTOMERS[-1] * share)
    for workers in (1, 2):
        ours, out = _ours(folder, most, DAYS, workers)
        ours.run()
        events = _events(out)
        kept = folder / "finished"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(out / "web", kept)
        floor = sandbox("write floor", "write", kept, folder / "written", workers)
        lines += _compared(events, workers, best_of([ours, floor], rounds))
    for customers in CUSTOMERS:
        lines.append(_one(folder, max(int(customers * share), 1), DAYS, "curve"))
    return [*lines, _one(folder, most, 4 * DAYS, "four times the days")]


def _ours(folder: Path, customers: int, days: int, workers: int) -> tuple[Contestant, Path]:
    file, out = folder / "behaving.yaml", folder / "made"
    file.write_text(SCENARIO.format(customers=customers, days=days), encoding="utf-8")
    clear: Callable[[], object] = lambda: shutil.rmtree(out, ignore_errors=True)  # noqa: E731
    return sandbox("sandbox", "generate", file, out, workers, before=clear), out


def _events(out: Path) -> int:
    return sum(pq.read_metadata(part).num_rows for part in (out / "web").glob("*.parquet"))


def _compared(events: int, workers: int, measured: dict[str, Measured]) -> list[Line]:
    ours, floor = measured["sandbox"], measured["write floor"]
    title = f"{events:,} events, {workers} worker{'s' * (workers > 1)}"
    return [
        Line(f"{title}: {name}", {"seconds": each.seconds, "cpu seconds": each.cpu_seconds})
        for name, each in measured.items()
    ] + [
        Line(
            f"{title}: ours by the floor",
            {
                "seconds": ours.seconds / floor.seconds,
                "cpu seconds": ours.cpu_seconds / floor.cpu_seconds,
                "events a second": events / ours.seconds,
                "events a cpu second": events / ours.cpu_seconds,
                "wanted": "at most 3; a million a second and core",
            },
        )
    ]


def _one(folder: Path, customers: int, days: int, title: str) -> Line:
    ours, out = _ours(folder, customers, days, 1)
    measured = ours.run()
    events = _events(out)
    figures: dict[str, float | str] = {
        "seconds": measured.seconds,
        "cpu seconds": measured.cpu_seconds,
        "events a second": events / measured.seconds,
        "memory MiB": measured.memory_mib,
    }
    return Line(f"{title}: {customers:,} customers, {days} days, {events:,} events", figures)
