"""Contestants, each in a fresh process, taking turns; of each the best round counts.

What is timed: everything from the scenario (or the first draw) to the last byte, without the start of the process
and its imports, by the contestant itself. pandas is imported before in every contestant, since pyarrow imports it at
its first array and some references would pay for that within their time.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Measured:
    """One round: wall seconds, processor seconds of all threads and children, and the largest resident set in MiB."""

    seconds: float
    cpu_seconds: float
    memory_mib: float = 0.0


@dataclass(frozen=True)
class Contestant:
    """A command that prints one JSON line with its `secs` and `cpu_s`; without one, the whole process is timed."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    times_itself: bool = True
    before: Callable[[], object] = lambda: None
    """Clears away what an earlier round left."""

    def run(self) -> Measured:
        """One round. Raises RuntimeError with what the contestant said if it failed."""
        self.before()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        done = subprocess.run(
            self.command, cwd=self.folder, env={**os.environ, **self.environment}, capture_output=True, text=True
        )
        seconds = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise RuntimeError(f"{self.name} failed:\n{done.stderr}")
        if not self.times_itself:
            return Measured(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        told = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
        return Measured(told["secs"], told["cpu_s"], max(told["rss_self_mb"], told["rss_child_mb"]))


def best_of(contestants: Sequence[Contestant], rounds: int) -> dict[str, Measured]:
    """Let contestants take turns, and keep the least of each measure: other work on the machine only ever adds."""
    found: dict[str, list[Measured]] = {contestant.name: [] for contestant in contestants}
    for turn in range(rounds):
        for contestant in contestants if turn % 2 == 0 else reversed(contestants):
            found[contestant.name].append(contestant.run())
    return {name: _least(measured) for name, measured in found.items()}


def sandbox(
    name: str, verb: str, *arguments: str | int | Path, before: Callable[[], object] = lambda: None
) -> Contestant:
    """The package at work on one of the verbs of `contestant.py`."""
    command = [sys.executable, "-m", f"{__package__}.contestant", verb, *map(str, arguments)]
    return Contestant(name, command, PROJECT, before=before)


def _least(measured: Sequence[Measured]) -> Measured:
    return Measured(
        min(each.seconds for each in measured),
        min(each.cpu_seconds for each in measured),
        min(each.memory_mib for each in measured),
    )
