"""What it costs to hold data to their contract: rules of a row, keys in memory, keys that spill to disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.printing import Line
from tests.benchmarks.running import best_of, sandbox

UNIQUE = """\
sandbox: 1
engine: 1
name: unique
seed: 3
clock: {{start: 2026-01-01, days: 30}}
datasets:
  codes:
    rows: {rows}
    static: true
    key: code
    columns:
      number: {{serial: 1, hidden: true}}
      code: {{sql: "md5(number::varchar)"}}
"""


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Check a million orders of ten columns, and the uniqueness of thirty million texts that no making proves."""
    orders, codes = int(1_000_000 * share), int(30_000_000 * share)
    (folder / "orders").mkdir()
    file, made = folder / "unique.yaml", folder / "made"
    file.write_text(UNIQUE.format(rows=codes), encoding="utf-8")
    check = f"check {orders:,} x 10 with a key and a foreign key"
    spill = f"make {codes:,} texts and check that they are unique, 2 workers"
    measured = best_of(
        [sandbox(check, "check", orders, folder / "orders", before=lambda: _clear(folder / "orders"))], rounds
    )
    measured[spill] = sandbox(spill, "generate", file, made, 2).run()
    wanted = {check: "below 0.5 s", spill: "memory below 1,536 MiB"}
    return [
        Line(
            name,
            {
                "seconds": each.seconds,
                "cpu seconds": each.cpu_seconds,
                "memory MiB": each.memory_mib,
                "wanted": wanted[name],
            },
        )
        for name, each in measured.items()
    ]


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
