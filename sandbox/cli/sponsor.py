"""`sandbox sponsor`: what a run means, on one page, for somebody who pays for it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from sandbox.cli.messages import tell_json
from sandbox.cli.options import OutputFile, runs_folder, speaks


@click.command("sponsor")
@click.argument("run")
@click.option(
    "--page",
    type=OutputFile(),
    metavar="FILE",
    help="Where the page goes.  [default: sponsor.html in the run's folder]",
)
@runs_folder
@speaks
def verb(run: str, page: Path | None, out: Path, quiet: bool, as_json: bool) -> None:
    """Say what a run means, on one page without jargon: what customers experienced, what changed, what it is worth, how
    sure we are, what we decided. RUN is telecom/3, or telecom for its latest. It prints on one sheet.
    """
    from sandbox.report.sponsor_page import write_sponsor_page
    from sandbox.report.sponsor_run import sponsored
    from sandbox.runs.folder import find_run
    from sandbox.runs.ledger import read_record
    from sandbox.runs.releasing import standing_of

    folder = find_run(out, run)
    record = read_record(folder)
    told = sponsored(record, standing_of(folder, record))
    if as_json:
        tell_json(asdict(told))
        return
    path = page or folder.path / "sponsor.html"
    write_sponsor_page(path, told)
    if not quiet:
        click.echo(told.headline)
        for answer in told.answers:
            click.echo(f"{answer.question} {answer.sentences[0] if answer.sentences else ''}")
    click.echo(str(path))
