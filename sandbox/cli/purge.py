"""`sandbox purge`: a run and everything it wrote, removed."""

from __future__ import annotations

from pathlib import Path

import click

from sandbox.cli.messages import tell_json
from sandbox.cli.options import runs_folder, speaks


@click.command("purge")
@click.argument("run")
@runs_folder
@speaks
def verb(run: str, out: Path, quiet: bool, as_json: bool) -> None:
    """Remove a run: its data, its models and its pages.

    RUN is telecom/3, or telecom for its latest.
    """
    from sandbox.runs.folder import find_run, purge

    folder = find_run(out, run)
    purge(folder)
    if as_json:
        tell_json({"removed": folder.name})
    elif not quiet:
        click.echo(f"Removed {folder.name}.")
