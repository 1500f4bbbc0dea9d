"""What the command line prints: problems, tables, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from sandbox.cli.machines import Case, junit, problem_case, workflow_commands
from sandbox.errors import InputError, Problem, SandboxError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NOTHING_DONE = {
    "run": "nothing was run",
    "generate": "nothing was generated",
    "purge": "nothing was removed",
    "replay": "nothing was sent",
}
_FILE_WIDTH = 10_000
"""Where no terminal sets a width, a row is one line."""
_BETWEEN = 3
"""What a table takes beside the cells of a column."""
_SQUEEZED = 1.5
"""A table so many times as wide as the terminal can still be read with its cells wrapped."""


def tell_error(error: SandboxError | click.ClickException, words: Sequence[str]) -> None:
    """Print an error: to standard error, or to standard output in the form that `--format` asks for."""
    speech = _speech(words)
    problems = error.problems if isinstance(error, InputError) else (Problem(_message(error)),)
    if speech in ("github", "junit"):
        tell_cases(speech, "sandbox", [problem_case(problem) for problem in problems])
    elif speech == "json":
        tell_json({"problems": [problem_record(problem) for problem in problems], "exit_code": error.exit_code})
    elif isinstance(error, click.ClickException):
        error.show()
    elif isinstance(error, InputError):
        for problem in error.problems:
            click.echo(str(problem), err=True)
        if any(problem.place for problem in error.problems):
            verb = next((word for word in words if word in _NOTHING_DONE), "")
            click.echo(
                f"{count(len(error.problems), 'problem')}; {_NOTHING_DONE.get(verb, 'nothing was done')}.", err=True
            )
    else:
        click.echo(str(error), err=True)


def problem_record(problem: Problem) -> dict[str, Any]:
    """A problem as JSON-able plain values."""
    place = problem.place
    return {
        "message": problem.message,
        "path": problem.path,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def warn(words: str) -> None:
    """Print to standard error what must not be missed, however quiet it shall be; nothing for no words."""
    if words:
        click.echo(click.style(words, fg="red", bold=True), err=True)


def tell_json(value: Any, one_line: bool = False) -> None:
    """Print a value as JSON to standard output; a figure that is no number is null."""
    from sandbox.runs.record import finite

    click.echo(json.dumps(finite(value), indent=None if one_line else 1, ensure_ascii=False, default=str))


def tell_cases(speech: str, suite: str, cases: Sequence[Case]) -> None:
    """Print what was judged as a CI server reads it: `speech` is `github` or `junit`."""
    told = workflow_commands(cases) if speech == "github" else junit(suite, cases)
    if told:
        click.echo(told)


def tell_table(header: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """Print a table to standard output; columns in `right` align to the right, `None` is an empty cell.

    Where the terminal is too narrow, columns stand closer; where it is far too narrow for whole words, a row is a line
    with what it is about, and one below for each other cell.
    """
    reader, listed = console(), [["" if cell is None else str(cell) for cell in row] for row in rows]
    table = _table(header, listed, right)
    if _fitted(table, list(zip(header, *listed, strict=True)), reader.width):
        reader.print(table)
        return
    for first, *others in listed:
        click.echo(click.style(first, bold=True))
        for name, cell in zip(header[1:], others, strict=True):
            if cell:
                click.echo(f"  {name}: {cell}")


def tell_rows(rows: Mapping[str, Sequence[str]], kinds: Mapping[str, str]) -> None:
    """Print a few rows of a dataset: as a table where it fits the terminal, else a line a column.

    Args:
        rows: the written values of each column.
        kinds: the type of each column, shown where a line is a column.
    """
    reader = console()
    table = _table(list(rows), zip(*rows.values(), strict=True), ())
    whole = sum(_natural_widths([(name, *values) for name, values in rows.items()])) + _BETWEEN * len(rows)
    if reader.measure(table).minimum <= reader.width and whole <= reader.width:
        reader.print(table)
        return
    lines = [(name, kinds[name], ", ".join(values)) for name, values in rows.items()]
    table = _table(("column", "type", "values"), lines, ())
    table.columns[2].no_wrap = True
    reader.print(table)


def count(number: int, one: str, many: str = "") -> str:
    """`1 row`, `5,000 rows`, `5,000 entities`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def about(number: int) -> str:
    """Three digits of a figure that is not known better: `1,230,000`."""
    return f"{round(float(f'{number:.3g}')):,}"


def size(number: int) -> str:
    """Bytes, short: `950 B`, `12 kB`, `3.4 GB`."""
    shown, units = float(number), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    for larger in units:
        if shown < 999.5:
            break
        shown, unit = shown / 1000, larger
    return f"{shown:,.0f} {unit}" if shown >= 9.95 or unit == "B" else f"{shown:.1f} {unit}"


def console() -> Console:
    """Where tables are drawn: as wide as the terminal, or a row a line."""
    from rich.console import Console

    class ToReader(Console):
        """Rich would end the process with 1, which says here that a gate does not hold."""

        def on_broken_pipe(self) -> None:
            raise  # the error is being handled where this is called

    return ToReader(width=None if sys.stdout.isatty() else _FILE_WIDTH, highlight=False)


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[int]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", border_style="dim")
    for number, name in enumerate(header):
        justify = "right" if number in right else "left"
        table.add_column(name, justify=justify, overflow="ellipsis", no_wrap=number == 0)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return table


def _fitted(table: Table, columns: Sequence[Sequence[str]], width: int) -> bool:
    """Give columns widths that keep words whole, since rich cuts them; whether a table of that width can be read."""
    from rich.cells import cell_len

    natural = _natural_widths(columns)
    least = [max(cell_len(word) for cell in cells for word in cell.split() or [""]) for cells in columns]
    least[0] = natural[0]
    if sum(natural) + _BETWEEN * len(columns) <= width:
        return True
    table.padding, room = (0, 1, 0, 0), width - 2 * len(columns)
    spare, wished = room - sum(least), sum(natural) - sum(least)
    if spare < 0 or sum(natural) > _SQUEEZED * room:
        return False
    for column, low, high in zip(table.columns, least, natural, strict=True):
        column.width = low + spare * (high - low) // max(wished, 1)
    return True


def _natural_widths(columns: Iterable[Sequence[str]]) -> list[int]:
    """Of columns with these cells, headers among them."""
    from rich.cells import cell_len

    return [max(map(cell_len, cells)) for cells in columns]


def _message(error: Exception) -> str:
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


def _speech(words: Sequence[str]) -> str:
    """What `--format` asks for, though the words may not be understood: the last of them counts."""
    asked = [word.partition("=")[2] for word in words if word.startswith("--format=")]
    return (asked + [after for word, after in pairwise(words) if word == "--format"] or ["text"])[-1]
