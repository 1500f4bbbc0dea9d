"""`sandbox purge`: a run and everything it wrote, removed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import click
import typer

from sandbox.cli.options import Debug, Out

verb = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb.command()
def purge(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run, such as telecom/3.", show_default=False)],
    out: Out = Path("data"),
    debug: Debug = False,
) -> None:
    """Remove a run: its data, models and pages."""
    from sandbox.runs.folder import find_run
    from sandbox.runs.folder import purge as remove

    folder = find_run(out, run)
    remove(folder)
    click.echo(f"removed {folder.name}")
