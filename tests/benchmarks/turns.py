"""Two that do the same work in this process, by turns, beside a server that both of them ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.printing import Line


def by_turns(pair: dict[str, Callable[[], Any]], rows: int, rounds: int) -> list[Line]:
    """The best of each, of so many turns after one that does not count."""
    best = {name: (float("inf"), float("inf")) for name in pair}
    for turn in range(rounds + 1):
        for name, work in pair.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            took = (time.perf_counter() - wall, time.process_time() - cpu)
            if turn:
                best[name] = (min(best[name][0], took[0]), min(best[name][1], took[1]))
    (ours, other), (seconds, against) = list(pair), list(best.values())
    figures = {
        name: {"seconds": took[0], "cpu seconds": took[1], "rows a second": rows / took[0]}
        for name, took in best.items()
    }
    ratio = {
        "of the other's speed": against[0] / seconds[0],
        "by cpu": against[1] / seconds[1],
        "wanted": "0.8 or more",
    }
    return [Line(ours, {**figures[ours], **ratio}), Line(other, figures[other])]
