"""Replaying: JSON lines beside DuckDB's and Polars' writers, Avro beside a plain fastavro loop, memory, and kills."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

from tests.benchmarks.printing import Line
from tests.benchmarks.replay_contestant import scenario
from tests.benchmarks.running import PROJECT, Contestant, best_of

ROWS = 1_000_000
AVRO_ROWS = 200_000
MEMORY_ROWS = (1_000_000, 10_000_000)
KILLS = 50


def run(folder: Path, rounds: int, share: float) -> list[Line]:
    """Measure on a share of the rows, and of the kills."""
    lines = []
    for rows, ours, others in (
        (int(ROWS * share), "jsonl_ours", ("jsonl_duckdb", "jsonl_polars")),
        (int(AVRO_ROWS * share), "avro_ours", ("avro_fastavro",)),
    ):
        _contestant("make", folder, rows).run()
        measured = best_of([_contestant(name, folder) for name in (ours, *others)], rounds)
        lines += [
            Line(
                f"{rows:,} rows: {name}",
                {
                    "seconds": each.seconds,
                    "cpu seconds": each.cpu_seconds,
                    "rows a second": rows / each.seconds,
                    "by ours": each.seconds / measured[ours].seconds,
                    "cpu by ours": each.cpu_seconds / measured[ours].cpu_seconds,
                    "wanted": "" if name == ours else "1 or more",
                },
            )
            for name, each in measured.items()
        ]
    for rows in MEMORY_ROWS:
        one = _contestant("replay", folder, int(rows * share)).run()
        shutil.rmtree(folder / "replayed")
        figures = {"seconds": one.seconds, "rows a second": rows * share / one.seconds, "memory MiB": one.memory_mib}
        lines.append(Line(f"replay of {int(rows * share):,} events, memory wanted flat", figures))
    return [*lines, _killed(folder, int(KILLS * share))]


def _contestant(what: str, folder: Path, rows: int | None = None) -> Contestant:
    words = [what, str(folder), *([] if rows is None else [str(rows)])]
    return Contestant(what, [sys.executable, "-m", "tests.benchmarks.replay_contestant", *words], PROJECT)


def _killed(folder: Path, kills: int) -> Line:
    """Kill replays into rolling files at random moments, and count what is lost or there twice in the end."""
    here = folder / "killed"
    here.mkdir()
    found = scenario(here, 50_000)
    wanted = found.table("web_events")["event_id"].to_pylist()
    command = [sys.executable, "-c", "from sandbox.cli import main; main()", "replay", str(here / "visits-50000.yaml")]
    chance = random.Random(1)
    done = lost = double = told_double = times_done = 0
    while done < kills:
        shutil.rmtree(here / "out", ignore_errors=True)
        shutil.rmtree(here / "data", ignore_errors=True)
        words = ["web_events", "--to", "parquet:out?rows=3000", "--rate", "40000/s", "--quiet"]
        for _ in range(5):
            with subprocess.Popen([*command, *words], cwd=here) as process:
                while process.poll() is None and not list(here.glob("out/*/.*")):
                    time.sleep(0.01)
                time.sleep(chance.uniform(0, 0.6))
                process.send_signal(signal.SIGKILL)
            done += process.returncode == -signal.SIGKILL
        subprocess.run([*command, *words], cwd=here, check=True)
        there = pq.read_table(here / "out")["event_id"].to_pylist()
        receipt = json.loads(next(here.glob("data/*/replays/*/receipt.json")).read_text(encoding="utf-8"))
        told_double += receipt["streams"]["web_events"]["double_at_most"]
        lost += len(set(wanted) - set(there))
        double += len(there) - len(set(there))
        times_done += 1
    return Line(
        f"killed {done} times, gone on to the end {times_done} times",
        {"rows lost": lost, "rows twice": double, "told as double": told_double},
    )
