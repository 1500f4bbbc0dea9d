"""What the command line prints: problems, tables, JSON; to people in colour, to pipes plainly."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

from sandbox.errors import InputError, SandboxError

_NOTHING_DONE = {"run": "nothing was run", "generate": "nothing was generated", "purge": "nothing was removed"}


def tell_error(error: SandboxError, words: Sequence[str]) -> None:
    """Print an error to standard error; as JSON where `--format json` was asked for, to standard output."""
    verb = next((word for word in words if not word.startswith("-")), "")
    as_json = "json" in words[words.index("--format") + 1 : words.index("--format") + 2] if "--format" in words else False
    if as_json or "--format=json" in words:
        problems = error.problems if isinstance(error, InputError) else ()
        tell_json({"problems": [problem_record(problem) for problem in problems] or [{"message": str(error)}]})
        return
    if isinstance(error, InputError):
        for problem in error.problems:
            click.echo(str(problem), err=True)
        count = len(error.problems)
        if any(problem.place for problem in error.problems):
            noun = "problem" if count == 1 else "problems"
            click.echo(f"{count} {noun}; {_NOTHING_DONE.get(verb, 'nothing was done')}.", err=True)
        return
    click.echo(str(error), err=True)


def problem_record(problem: Any) -> dict[str, Any]:
    """A problem as JSON-able plain values."""
    place = problem.place
    return {
        "message": problem.message,
        "path": problem.path,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def tell_json(value: Any) -> None:
    """Print a value as JSON to standard output."""
    click.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def tell_table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """Print a table to standard output; columns in `right` align to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number in right else "left", overflow="ellipsis", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 160
    Console(width=width, soft_wrap=False).print(table)


def count(number: int, noun: str) -> str:
    """`1 row`, `5,000 rows`."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"
