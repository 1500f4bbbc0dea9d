"""What delivery adds to the making of events: the stream of `behaving` through the four stages of the default chain.

Both sides make the same events in one thread and write nothing; the delivered side brings them in the order of their
arrival. Memory is that of landing them with two workers: it must not grow with the days.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import behaving
from tests.benchmarks.printing import Line
from tests.benchmarks.running import best_of, sandbox

CUSTOMERS, DAYS = 300_000, 7


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Compare making with making and delivering, then land a week and four."""
    customers = max(int(CUSTOMERS * share), 1)
    plain, delivered = _scenario(folder, customers, DAYS, "plain"), _scenario(folder, customers, DAYS, "delivered")
    sides = [sandbox(name, "arrive", file) for name, file in (("made", plain), ("delivered", delivered))]
    measured = best_of(sides, rounds)
    made, brought = (measured[name].cpu_seconds for name in ("made", "delivered"))
    lines = [Line(name, {"seconds": each.seconds, "cpu seconds": each.cpu_seconds}) for name, each in measured.items()]
    added = {"cpu seconds": (brought - made) / made, "wanted": "at most 1"}
    return [*lines, Line("four stages by the making of their events", added), *_memory(folder, customers)]


def _memory(folder: Path, customers: int) -> Iterator[Line]:
    for days in (DAYS, 4 * DAYS):
        out = folder / "made"
        measured = sandbox("memory", "generate", _scenario(folder, customers, days, "delivered"), out, 2).run()
        shutil.rmtree(out)
        figures = {"memory MiB": measured.memory_mib, "seconds": measured.seconds}
        yield Line(f"landed: {customers:,} customers, {days} days, 2 workers", figures)


def _scenario(folder: Path, customers: int, days: int, name: str) -> Path:
    text = behaving.SCENARIO.format(customers=customers, days=days)
    file = folder / f"{name}-{days}.yaml"
    file.write_text(text + ("delivery: default\n" if name == "delivered" else ""), encoding="utf-8")
    return file
