"""`sandbox approve`: agree to the release of a run, by name; or ask whether it may be released."""

from __future__ import annotations

from pathlib import Path

import click

from sandbox.cli.messages import tell_json
from sandbox.cli.options import runs_folder, speaks
from sandbox.errors import EXIT_FAILED_CHECK


@click.command("approve")
@click.argument("run")
@click.option("--by", default="", metavar="NAME", help="Who agrees.")
@click.option("--because", default="", metavar="WORDS", help="Why; needed where a gate is undetermined.")
@click.option("--check", "only_check", is_flag=True, help="Decide nothing: end with 1 if it may not be released.")
@runs_folder
@speaks
def verb(run: str, by: str, because: str, only_check: bool, out: Path, quiet: bool, as_json: bool) -> None:
    """Agree to the release of a run whose scenario has `approval:`, recorded with the digest of what was approved.

    RUN is telecom/3, or telecom for its latest. A run with a gate that fails cannot be approved, nor one that is a
    spike or a proof of concept. Whoever changes the run afterwards voids the approval.
    """
    from sandbox.api import Run
    from sandbox.cli.outcome import summary
    from sandbox.report.report import write_report
    from sandbox.runs.folder import find_run
    from sandbox.runs.ledger import read_record

    folder = find_run(out, run)
    found = Run(folder, read_record(folder))
    if not only_check:
        found.approve(by, because)
        write_report(folder, found.record)
    standing = found.standing
    if as_json:
        told = summary(found)
        tell_json({key: told[key] for key in ("run", "stage", "release", "decisions")})
    elif not quiet:
        click.echo(f"{folder.name}: {standing.state}. {standing.words}")
    if only_check and not standing.may_be_released:
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)
