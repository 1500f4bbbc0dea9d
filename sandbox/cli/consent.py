"""Ask before very much is made: more rows than a limit, or more bytes than the disk has room for."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sandbox.cli.messages import about, count, size
from sandbox.errors import InputError

if TYPE_CHECKING:
    from sandbox.api import Scenario
    from sandbox.runs.estimates import Estimate

Verb = TypeVar("Verb", bound=Callable[..., Any])

MOST_ROWS = 1_000_000_000
_SMALL_ROWS = 20_000_000
"""Up to so many rows of a dataset nothing is made only to measure their size."""
_FACTOR = 1.2
"""What the envelope and a filling disk ask for beyond the rows themselves."""


def limited(verb: Verb) -> Verb:
    """Add `--yes` and `--most`."""
    for option in (
        click.option(
            "--most",
            type=click.IntRange(min=0),
            metavar="ROWS",
            help=f"Make no more than that.  [default: {MOST_ROWS:,}]",
        ),
        click.option("--yes", "-y", is_flag=True, help="Make it, however much it is."),
    ):
        verb = option(verb)
    return verb


def consent(found: Scenario, folder: Path, yes: bool, most: int | None) -> None:
    """Go on where little is made, or where somebody said yes; at a terminal, ask.

    Raises:
        InputError: too much would be made, and nobody is there to ask, or says no.
    """
    from sandbox.runs.estimates import is_little

    most = MOST_ROWS if most is None else most
    if yes or is_little(found.plan, most, _SMALL_ROWS):
        return
    told = found.estimate(most_unmeasured=_SMALL_ROWS)
    rows, room = sum(each.rows for each in told.values()), _room(folder)
    needs = sum(each.size_bytes for each in told.values() if each.rows > _SMALL_ROWS) * _FACTOR
    if rows > most:
        why = f"{_much(rows, told)}; at most {count(most, 'row')} are made unasked."
    elif needs > room:
        why = f"{_much(rows, told)}, about {size(round(needs))}, and {folder} has room for {size(room)}."
    else:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        click.echo(why, err=True)
        if click.confirm("Make them?", err=True):
            return
    mend = "Say --yes to make them, --most ROWS for another limit, or make less: a lower rate, fewer rows, --scale."
    raise InputError(f"{why} {mend}")


def _much(rows: int, told: Mapping[str, Estimate]) -> str:
    name, largest = max(told.items(), key=lambda item: item[1].rows)
    whose = f"most of them of {name}" if largest.rows > 0.5 * rows else f"{about(largest.rows)} of {name}"
    return f"this would make about {about(rows)} rows, {whose}"


def _room(folder: Path) -> int:
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free
