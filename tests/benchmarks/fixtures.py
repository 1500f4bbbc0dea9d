"""What a test waits for that asks for three tables of 1,000 rows: whole runs of pytest, beside one that asks not."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.benchmarks.printing import Line
from tests.benchmarks.running import Contestant, best_of
from tests.benchmarks.starting import THREE_TABLES

NONE, ARROW, MADE, KEPT = "no table", "no table, import pyarrow", "three tables, made", "three tables, kept"
TESTS = {
    "test_none.py": "def test_none():\n    pass\n",
    "test_arrow.py": "def test_arrow():\n    import pyarrow, pyarrow.ipc\n",
    "test_three.py": """\
def test_three(sandbox_scenario):
    tables = sandbox_scenario("three.yaml")
    assert [table.num_rows for table in tables.values()] == [1000, 1000, 1000]
""",
}


def run(folder: Path, rounds: int) -> list[Line]:
    """Time pytest in fresh processes; what the tables cost is what a run takes longer than its neighbour."""
    for name, text in {"three.yaml": THREE_TABLES, **TESTS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    kept, made = folder / "kept", folder / "made"
    contestants = [
        _pytest(NONE, "test_none.py", folder, kept),
        _pytest(ARROW, "test_arrow.py", folder, kept),
        _pytest(MADE, "test_three.py", folder, made),
        _pytest(KEPT, "test_three.py", folder, kept),
    ]
    contestants[-1].run()  # now they are kept
    measured = best_of(contestants, rounds)
    wanted = {MADE: (NONE, "at most 1.5 s"), KEPT: (ARROW, "at most 0.1 s")}
    lines = []
    for name, each in measured.items():
        beside, told = wanted.get(name, (name, ""))
        more = {
            "seconds more": each.seconds - measured[beside].seconds,
            "cpu seconds more": each.cpu_seconds - measured[beside].cpu_seconds,
            "than": beside,
            "wanted": told,
        }
        lines.append(Line(name, {"seconds": each.seconds, "cpu seconds": each.cpu_seconds, **(more if told else {})}))
    return lines


def _pytest(name: str, test: str, folder: Path, cache: Path) -> Contestant:
    def before() -> None:
        if cache.name == "made":
            shutil.rmtree(cache, ignore_errors=True)

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    return Contestant(name, command, folder, {"SANDBOX_CACHE": str(cache)}, times_itself=False, before=before)
