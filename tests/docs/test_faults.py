"""The faults that the guides list, row by row, are those that the README sums up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = re.compile(r"^\| fault[^\n]*\n\|[-|]+\n((?:\|[^\n]*\n)+)", re.MULTILINE)


def tried() -> Iterator[int]:
    """How often each kind of fault is tried: the first number of its second column, or once where there is none."""
    for guide in sorted((ROOT / "sandbox/docs").glob("*.md")):
        for table in TABLE.finditer(guide.read_text(encoding="utf-8")):
            for row in table[1].splitlines():
                cells = row.strip("|").split("|")
                times = re.match(r"\d+", cells[1].strip()) if len(cells) == 3 else None
                yield int(times[0]) if times else 1


def test_the_readme_sums_up_the_faults_of_the_guides() -> None:
    kinds = list(tried())
    said = re.search(r"(\d+) faults of (\d+) kinds", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert said is not None
    assert (int(said[1]), int(said[2])) == (sum(kinds), len(kinds))
