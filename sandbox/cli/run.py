"""`sandbox run`: everything, to the report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from sandbox.cli.consent import consent, limited
from sandbox.cli.follow import follow as go_on
from sandbox.cli.follow import following
from sandbox.cli.messages import tell_cases, tell_json
from sandbox.cli.options import Asked, judges, runs_folder, show_pii, takes_scenario, workers
from sandbox.cli.outcome import cases, summary, tell
from sandbox.cli.progress import progress
from sandbox.errors import EXIT_FAILED_CHECK, InputError


@click.command("run")
@takes_scenario
@runs_folder
@workers
@click.option(
    "--trials", type=click.IntRange(min=1), metavar="NUMBER", help="Tune for so many trials: repeats a box of time."
)
@click.option("--sprint", default="", metavar="NAME", help="Which sprint the run belongs to, for `sandbox board`.")
@click.option("--goal", default="", metavar="WORDS", help="What it is for, for `sandbox board`.")
@click.option("--strict-gates", is_flag=True, help="An undetermined gate fails too.")
@limited
@following
@show_pii
@judges
def verb(
    asked: Asked,
    out: Path,
    workers: int,
    trials: int | None,
    sprint: str,
    goal: str,
    strict_gates: bool,
    yes: bool,
    most: int | None,
    show_pii: bool,
    quiet: bool,
    speech: str,
    follow: bool,
    **given: Any,
) -> None:
    """Do everything: land the data, build features and models, judge the gates, write the report.

    Each run is an iteration in the ledger (see `sandbox runs`). Stopped at any moment, the same command goes on from
    there. Ends with 1 if a gate fails.

    With --follow nothing is modelled: what goes on (topics, streams, tables, folders) lands in small batches, and the
    features of every model are kept fresh, with their age and what still waits told each time.
    """
    found = asked.load()
    if follow:
        go_on(found, out, given, workers or os.cpu_count() or 1, quiet, speech)
        return
    if idle := [name for name in ("lateness", "for_", "until_idle", "fresh") if given[name]]:
        raise InputError(f"--{idle[0].strip('_').replace('_', '-')} belongs to --follow.")
    consent(found, out, yes, most)
    with progress(quiet) as listen:
        made = found.run(
            out,
            workers=workers or os.cpu_count() or 1,
            trials=trials,
            sprint=sprint.strip(),
            goal=goal.strip(),
            show_pii=show_pii,
            listen=listen,
        )
    if speech == "json":
        tell_json(summary(made))
    elif speech in ("github", "junit"):
        tell_cases(speech, found.name, cases(made, found.loaded.document, strict_gates))
    elif not quiet:
        tell(made)
    failing = {"fails", "undetermined"} if strict_gates else {"fails"}
    if any(gate.verdict in failing for gate in made.record.gates):
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)
