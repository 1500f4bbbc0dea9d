"""`sandbox shelve`: put a run aside that may be good, with the reason and a day to look again."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from sandbox.cli.messages import tell_json
from sandbox.cli.options import runs_folder, speaks


@click.command("shelve")
@click.argument("run")
@click.option("--because", required=True, metavar="WORDS", help="Why it is not released.")
@click.option(
    "--revisit", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day to look again."
)
@click.option("--by", default="", metavar="NAME", help="Who decides it.")
@runs_folder
@speaks
def verb(run: str, because: str, revisit: datetime.datetime, by: str, out: Path, quiet: bool, as_json: bool) -> None:
    """Put a run aside: it is good, or may become so, and is not released.

    RUN is telecom/3, or telecom for its latest. Approvals that it had are taken back.
    """
    from sandbox.api import Run
    from sandbox.cli.outcome import summary
    from sandbox.report.report import write_report
    from sandbox.runs.folder import find_run
    from sandbox.runs.ledger import read_record

    folder = find_run(out, run)
    found = Run(folder, read_record(folder))
    found.shelve(because, revisit.date(), by)
    write_report(folder, found.record)
    if as_json:
        told = summary(found)
        tell_json({key: told[key] for key in ("run", "stage", "release", "decisions")})
    elif not quiet:
        click.echo(f"{folder.name}: {found.standing.words}")
