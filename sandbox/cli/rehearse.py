"""`sandbox rehearse`: would we notice, on swap day, what may be wrong with the real data?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.machines import Case
from sandbox.cli.messages import count, tell_cases, tell_json, tell_table
from sandbox.cli.options import Asked, OutputFile, judges, takes_scenario
from sandbox.cli.progress import progress
from sandbox.errors import EXIT_FAILED_CHECK

if TYPE_CHECKING:
    from sandbox.rehearse.rehearsal import Rehearsal, Trial

_KINDS = ("renamed", "missing", "unit", "zone", "decimal", "category", "late", "repeated", "drift", "version")


@click.command("rehearse")
@takes_scenario
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only such faults; may be repeated.")
@click.option(
    "--times", type=click.IntRange(min=1), default=1, show_default=True, metavar="NUMBER", help="Of each kind of fault."
)
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="FOLDER", help="Leave the pretended real data in a new folder."
)
@click.option(
    "--page",
    type=OutputFile(),
    metavar="FILE",
    help="Where the page goes.  [default: rehearse-NAME.html]",
)
@judges
def verb(
    asked: Asked,
    kinds: Sequence[str],
    times: int,
    keep: Path | None,
    page: Path | None,
    quiet: bool,
    speech: str,
) -> None:
    """Pretend that the real data comes, each time with another fault, and see whether verify and gap name it.

    The pretended data is the scenario by another seed, as CSV files by day; which column, day or dataset a fault
    befalls, the seed draws. Ends with 1 if a fault is not named, or if something is said of data without one.
    """
    from sandbox.report.rehearsal_page import write_rehearsal_page

    found = asked.load()
    with progress(quiet) as listen:
        rehearsal = found.rehearse(kinds, times=times, keep=keep, tell=lambda what: listen(what, 0, None))
    page = page or Path(f"rehearse-{found.name}.html")
    write_rehearsal_page(page, found.name, rehearsal)
    if speech == "json":
        tell_json(rehearsal.to_dict())
    elif speech in ("github", "junit"):
        tell_cases(speech, found.name, _cases(rehearsal))
    elif not quiet:
        _tell(rehearsal)
        click.echo(str(page))
    if not rehearsal.holds:
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)


def _tell(rehearsal: Rehearsal) -> None:
    rows = [
        [trial.kind, f"{trial.dataset}: {trial.done}", trial.verify.seen, trial.gap.seen, trial.named_by]
        for trial in rehearsal.trials
    ]
    tell_table(["fault", "what was done", "verify", "gap", "named by"], rows)
    for trial in rehearsal.trials:
        if not trial.is_found:
            click.echo(f"  not named: {trial.kind}: {_said(trial)}")
    for kind, reason in rehearsal.untried:
        click.echo(f"  not tried: {kind}: {reason}")
    for dataset, said in rehearsal.alarms:
        click.echo(f"  a false alarm: nothing was done to {dataset}, and verify says: {said}")
    named = sum(trial.is_found for trial in rehearsal.trials)
    click.echo(
        f"{named} of {count(len(rehearsal.trials), 'fault')} named, {count(len(rehearsal.alarms), 'false alarm')}."
    )


def _cases(rehearsal: Rehearsal) -> list[Case]:
    cases = [
        Case(f"{trial.kind}: {trial.dataset}.{trial.what}", "passed" if trial.is_found else "failed", _said(trial))
        for trial in rehearsal.trials
    ]
    cases += [Case(kind, "skipped", reason) for kind, reason in rehearsal.untried]
    return cases + [Case(f"{dataset}: nothing done", "failed", said) for dataset, said in rehearsal.alarms]


def _said(trial: Trial) -> str:
    said = [f"{who} says {each.said}" for who, each in (("verify", trial.verify), ("gap", trial.gap)) if each.said]
    return f"{trial.dataset}: {trial.done}; {'; '.join(said) or 'neither verify nor gap says anything'}"
