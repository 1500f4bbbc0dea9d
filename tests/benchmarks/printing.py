"""What was measured, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TextIO

LABEL_WIDTH = 66


@dataclass(frozen=True)
class Line:
    """One thing that was measured: figures by the name of what they count, or words."""

    name: str
    figures: Mapping[str, float | str]


def print_table(title: str, lines: Sequence[Line], to: TextIO) -> None:
    """A heading, and below it a line for each that was measured."""
    columns = list(dict.fromkeys(name for line in lines for name in line.figures))
    widths = {name: max(len(name), *(len(_shown(line.figures.get(name))) for line in lines)) for name in columns}
    print(f"\n{title:{LABEL_WIDTH}} " + "  ".join(f"{name:>{widths[name]}}" for name in columns), file=to)
    for line in lines:
        cells = [f"{_shown(line.figures.get(name)):>{widths[name]}}" for name in columns]
        print(f"{line.name:{LABEL_WIDTH}} " + "  ".join(cells), file=to)


def as_json(benchmarks: Mapping[str, Sequence[Line]]) -> str:
    """All lines by benchmark."""
    return json.dumps({title: [asdict(line) for line in lines] for title, lines in benchmarks.items()})


def _shown(figure: float | str | None) -> str:
    if figure is None or isinstance(figure, str):
        return figure or ""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3f}"
