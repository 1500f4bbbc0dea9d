"""A and B, beside the hand-written references and the write floor, with one worker and with two."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.printing import Line
from tests.benchmarks.references import FLOOR, missing, references
from tests.benchmarks.running import Contestant, Measured, best_of, sandbox
from tests.benchmarks.workloads import ROWS, scenario

OURS = "sandbox"


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Compare on `share` of the workloads' rows."""
    lines = [Line(f"skipped: {name}", {"why": why}) for name, why in missing().items()]
    for table, whole in ROWS.items():
        rows = int(whole * share)
        for workers in (1, 2):
            contestants = [_ours(table, rows, workers, folder), *references(table, rows, workers, folder)]
            lines += _compared(f"{table}, {workers} worker{'s' * (workers > 1)}", rows, best_of(contestants, rounds))
    return lines


def _ours(table: str, rows: int, workers: int, folder: Path) -> Contestant:
    file = scenario(table, rows, folder)
    out = folder / f"made-{table}"
    return sandbox(OURS, "generate", file, out, workers, before=lambda: shutil.rmtree(out, ignore_errors=True))


def _compared(title: str, rows: int, measured: dict[str, Measured]) -> list[Line]:
    """Each contestant in its own figures, and its time by ours: above 1 ours is faster."""
    ours = measured[OURS]
    lines = [
        Line(
            f"{title}: {name}",
            {
                "seconds": each.seconds,
                "cpu seconds": each.cpu_seconds,
                "rows a second": rows / each.seconds,
                "memory MiB": each.memory_mib,
                "by ours": each.seconds / ours.seconds,
                "cpu by ours": each.cpu_seconds / ours.cpu_seconds,
                "wanted": "0.625 or more" if name == FLOOR else "",
            },
        )
        for name, each in measured.items()
    ]
    by_hand = [each for name, each in measured.items() if name not in (OURS, FLOOR)]
    if by_hand:
        best = {
            "by ours": min(each.seconds for each in by_hand) / ours.seconds,
            "cpu by ours": min(each.cpu_seconds for each in by_hand) / ours.cpu_seconds,
            "wanted": "1, aim at 1.2",
        }
        lines.append(Line(f"{title}: the best by hand", best))
    return lines
