"""How honest the analysis of experiments is, over twenty thousand whose truth is known; and how long that takes."""

from __future__ import annotations

import time
from pathlib import Path

from tests.benchmarks.printing import Line
from tests.experiment.simulated import Design, Proof, prove

SEEDS = 20_000


def run(folder: Path, share: float) -> list[Line]:
    """Without an effect and with one, by every metric."""
    seeds, lines = max(int(SEEDS * share), 1), []
    for name, lift in (("no effect", 0.0), ("a third more", 0.3)):
        begin = time.perf_counter()
        proofs = prove(Design(lift=lift), seeds)
        took = time.perf_counter() - begin
        lines += [Line(f"{name}: {metric}", _figures(proof)) for metric, proof in proofs.items()]
        lines.append(Line(f"{name}: {seeds:,} experiments of eight days", {"seconds": took}))
    wanted = {"interval holds": "0.935 to 0.98", "on every day": "at least 0.95", "who peeks is wrong": ""}
    return [*lines, Line("wanted", wanted)]


def _figures(proof: Proof) -> dict[str, float | str]:
    return {
        "interval holds": proof.held,
        "on every day": proof.path_held,
        "who peeks is wrong": proof.peeking,
        "times as wide": proof.wider,
    }
