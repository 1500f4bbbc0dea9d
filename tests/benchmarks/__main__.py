"""Run the benchmarks: `python -m tests.benchmarks [--quick | --full] [--only NAME …] [--rounds N] [--json FILE]`.

Nothing here passes or fails: machines differ, and so do their neighbours. Ratios are what to read, and what is
wanted of them stands beside them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import (
    behaving,
    copying,
    delivering,
    fixtures,
    gapping,
    keeping,
    living,
    memory,
    messaging,
    proving,
    replaying,
    serving,
    showing,
    side_by_side,
    starting,
    verifying,
)
from tests.benchmarks.printing import Line, as_json, print_table


def main() -> None:
    """Run what is asked for, print each table as it comes, and all as JSON where that is wanted."""
    asked = _asked()
    share = 0.1 if asked.quick else 1.0
    rounds = asked.rounds or (1 if asked.quick else 5)
    benchmarks: dict[str, Callable[[Path], list[Line]]] = {
        "side by side": lambda folder: side_by_side.run(folder, rounds, share),
        "behaving": lambda folder: behaving.run(folder, rounds, share),
        "delivering": lambda folder: delivering.run(folder, rounds, share),
        "gapping": lambda folder: gapping.run(folder, rounds, share),
        "verifying": lambda folder: verifying.run(folder, rounds, share),
        "starting": lambda folder: starting.run(folder, rounds),
        "fixtures": lambda folder: fixtures.run(folder, rounds),
        "messaging": lambda folder: messaging.run(folder, rounds, share),
        "copying": lambda folder: copying.run(folder, rounds, share),
        "replaying": lambda folder: replaying.run(folder, rounds, share),
        "keeping": lambda folder: keeping.run(folder, rounds, share),
        "serving": lambda folder: serving.run(folder, rounds, share),
        "showing": lambda folder: showing.run(folder, rounds, share),
        "living": lambda folder: living.run(folder, share),
        "proving": lambda folder: proving.run(folder, share),
        "memory": lambda folder: memory.run(folder, memory.SIZES["quick" if asked.quick else asked.size]),
    }
    measured: dict[str, list[Line]] = {}
    for title, benchmark in benchmarks.items():
        if asked.only and title not in asked.only:
            continue
        with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as folder:
            measured[title] = benchmark(Path(folder))
        print_table(title, measured[title], sys.stdout)
    if asked.json:
        asked.json.write_text(as_json(measured), encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, one round")
    parser.add_argument(
        "--full", dest="size", action="store_const", const="full", default="usual", help="memory at 100 million rows"
    )
    parser.add_argument(
        "--only",
        action="append",
        help="'side by side', 'behaving', 'delivering', 'gapping', 'verifying', 'starting', 'fixtures', 'keeping', "
        "'messaging', 'copying', 'replaying', 'serving', 'showing', 'proving' or 'memory'",
    )
    parser.add_argument("--rounds", type=int, help="of each contestant, who take turns; 5 by default")
    parser.add_argument("--json", type=Path, help="a file to write all figures to")
    return parser.parse_args()


if __name__ == "__main__":
    main()
