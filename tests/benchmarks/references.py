"""The write floor and the programs that a good engineer writes by hand for the same workloads."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.running import Contestant
from tests.benchmarks.workloads import REFERENCES

FLOOR = "write floor"
NEEDS = {
    FLOOR: ("floor_parquet.py", ["polars", "duckdb"], {"ONLY": "pyarrow snappy, Arrow dictionary columns"}),
    "numpy": ("peer_numpy.py", [], {"DICT": "cat"}),
    "polars": ("peer_polars.py", ["polars"], {}),
    "duckdb": ("peer_duckdb.py", ["duckdb"], {}),
}


def missing() -> dict[str, str]:
    """The references that cannot run here, and why."""
    found = {}
    for name, (script, packages, _) in NEEDS.items():
        lacking = [package for package in packages if find_spec(package) is None]
        if not (REFERENCES / script).is_file():
            found[name] = f"{script} is not there"
        elif lacking:
            found[name] = f"{', '.join(lacking)} not installed (extra `bench`)"
    return found


def references(table: str, rows: int, workers: int, out: Path) -> list[Contestant]:
    """Those that can run here, for workload `A` or `B`; they write below `out`."""
    return [
        Contestant(name, _command(script, table, rows, workers), REFERENCES, {**extra, "BENCH_OUT": str(out)})
        for name, (script, _, extra) in NEEDS.items()
        if name not in missing()
    ]


def _command(script: str, table: str, rows: int, workers: int) -> list[str]:
    arguments = ["--table", table, "--rows", str(rows), "--procs", str(workers)]
    start = f"import pandas, runpy, sys; sys.argv = {[script, *arguments]!r}; sys.path.insert(0, '.'); "
    return [sys.executable, "-c", f"{start}runpy.run_path({script!r}, run_name='__main__')"]
