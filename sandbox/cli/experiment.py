"""`sandbox experiment`: what came of an experiment, by its log or rehearsed before there is one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.experiment_words import decisions, estimate, tell_cautions, tell_plan_ahead
from sandbox.cli.machines import Case
from sandbox.cli.messages import count, tell_cases, tell_json, tell_table
from sandbox.cli.options import Asked, OutputFile, judges, takes_scenario
from sandbox.cli.progress import progress
from sandbox.cli.rehearsed_words import tell_truth
from sandbox.cli.watching import watching
from sandbox.errors import EXIT_FAILED_CHECK, InputError

if TYPE_CHECKING:
    from sandbox.api import Scenario
    from sandbox.experiment.experiment import Tried

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("experiment")
@takes_scenario
@click.option("--plan", "look_ahead", is_flag=True, help="Look ahead by what is expected, and at no data.")
@click.option("--seal", type=OutputFile(), metavar="FILE", help="Write the plan and its digest, and look at no data.")
@click.option("--sealed", type=_FILE, metavar="FILE", help="The plan as it was sealed: what differs is named.")
@click.option("--journal", type=_FOLDER, metavar="FOLDER", help="Keep what a rehearsal showed, decided and was sent.")
@click.option(
    "--inputs", type=_FILE, metavar="FILE", help="What comes from outside meanwhile: JSON lines or a journal."
)
@click.option("--watch", is_flag=True, help="Show a rehearsal as it goes, day by day.")
@click.option("--page", type=OutputFile(), metavar="FILE", help="Where the page goes.  [default: experiment-NAME.html]")
@click.option("--sponsor", type=OutputFile(), metavar="FILE", help="A page for a sponsor too: one sheet, no jargon.")
@judges
def verb(
    asked: Asked,
    look_ahead: bool,
    seal: Path | None,
    sealed: Path | None,
    journal: Path | None,
    inputs: Path | None,
    watch: bool,
    page: Path | None,
    sponsor: Path | None,
    quiet: bool,
    speech: str,
) -> None:
    """Analyse an experiment: each arm beside the control, and whether that may be believed.

    It goes by a log, simulated or real; or, where arms fill `shelves:`, it rehearses the loop and tells what was true.

    Ends with 1 if a `done:` line on the experiment does not hold.
    """
    from sandbox.experiment.inputs import read_inputs
    from sandbox.experiment.sealing import read_seal, write_seal

    found = asked.load()
    if sponsor is not None and (look_ahead or seal):
        raise InputError(
            "--sponsor tells what came of it, and --plan and --seal look at no data; leave one of them out."
        )
    if look_ahead:
        _look_ahead(found, page or Path(f"plan-{found.name}.html"), quiet, speech)
        return
    if seal is not None:
        design = found.planned
        write_seal(seal, design)
        if not quiet:
            click.echo(f"{seal}: sealed, {design.digest[:16]}…")
        return
    if (journal or inputs or watch) and found.plan.shelves is None:
        said = "--journal, --inputs and --watch are of a rehearsal, and this experiment has a log; leave them out."
        raise InputError(f"{found.plan.file}: {said}")
    seen = watch and not quiet and speech == "text"
    with watching(found.plan, seen) as watcher, progress(quiet or watch) as listen:
        tried = found.experiment(
            None if sealed is None else read_seal(sealed),
            journal=journal,
            inputs=() if inputs is None else read_inputs(inputs),
            watch=watcher.show,
            listen=watcher.listen or listen,
        )
    page = page or Path(f"experiment-{found.name}.html")
    from sandbox.report.experiment_page import write_experiment_page

    write_experiment_page(page, found.plan.scenario, tried)
    if sponsor is not None:
        from sandbox.report.sponsor_experiment import sponsored_experiment
        from sandbox.report.sponsor_page import write_sponsor_page

        write_sponsor_page(sponsor, sponsored_experiment(found.loaded, tried))
    if speech == "json":
        tell_json(tried.to_dict())
    elif speech in ("github", "junit"):
        tell_cases(speech, found.name, _cases(tried))
    elif not quiet:
        _tell(tried)
        click.echo(str(page))
        if sponsor is not None:
            click.echo(str(sponsor))
    if any(gate.verdict != "holds" for gate in tried.gates):
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)


def _look_ahead(found: Scenario, page: Path, quiet: bool, speech: str) -> None:
    """Say how long it will take, and what each choice is worth, before the first day."""
    from sandbox.cli.planning_words import tell_ahead
    from sandbox.experiment.planning import plan_ahead
    from sandbox.report.planning_page import write_planning_page

    ahead = plan_ahead(found.plan)
    write_planning_page(page, found.plan.scenario, ahead)
    if speech == "json":
        tell_json(ahead.to_dict())
    elif not quiet:
        tell_ahead(ahead)
        click.echo(str(page))


def _tell(tried: Tried) -> None:
    found = tried.analysis
    units = ", ".join(f"{name} {number:,}" for name, number in found.units.items())
    click.echo(f"{found.design.name}: {count(found.days, 'day')} of {found.design.horizon}; units: {units}.")
    for line in decisions(found):
        click.echo(line)
    rows = [
        [
            each.arm,
            f"{each.metric}{' *' if each.metric == found.design.primary else ''}",
            f"{each.control.value:.4g}",
            f"{each.treatment.value:.4g}",
            estimate(each.lift, "+.1%"),
            estimate(each.difference, "+.4g"),
            f"{each.p_adjusted:.3g}",
        ]
        for each in found.comparisons
        if not each.undefined
    ]
    header = ["arm", "metric", "control", "arm's", "lift", "difference", "p"]
    if rows:
        tell_table(header, rows, right=(2, 3, 4, 5, 6))
    tell_truth(tried)
    tell_cautions(found, tried.redealt)
    tell_plan_ahead(tried)
    for gate in tried.gates:
        click.echo(f"{gate.text}: {gate.verdict} ({gate.value:.4g})")


def _cases(tried: Tried) -> list[Case]:
    cases = [
        Case(gate.text, "passed") if gate.verdict == "holds" else Case(gate.text, "failed", f"it is {gate.value:.4g}")
        for gate in tried.gates
    ]
    ratio = tried.analysis.ratio
    told = "" if ratio.matches else f"arms do not have the units that they should have, p = {ratio.p_value:.1g}"
    return [*cases, Case("sample ratio", "passed" if ratio.matches else "failed", told)]
