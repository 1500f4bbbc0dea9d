"""`sandbox runs`: the ledger. A list, one run, or what changed between two."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import tell_json, tell_table
from sandbox.cli.options import runs_folder, speaks

if TYPE_CHECKING:
    from sandbox.runs.comparing import Comparison, ModelComparison
    from sandbox.runs.ledger import Entry

_NAMES = "is telecom/3, or telecom for its latest."


@click.group("runs", invoke_without_command=True, subcommand_metavar="[list | show | compare | export] …")
@runs_folder
@speaks
@click.pass_context
def verb(context: click.Context, out: Path, quiet: bool, as_json: bool) -> None:
    """List, show, compare and export the iterations that were run; alone, list them."""
    if context.invoked_subcommand is None:
        list_runs.callback(None, out, quiet, as_json)  # type: ignore[misc]
        return
    said = {"out": out, "quiet": quiet, "as_json": "json" if as_json else "text"}
    context.default_map = dict.fromkeys(verb.commands, said)


@verb.command("list", short_help="List the runs, or those of one SCENARIO.")
@click.argument("scenario", required=False)
@runs_folder
@speaks
def list_runs(scenario: str | None, out: Path, quiet: bool, as_json: bool) -> None:
    """List the runs, or those of one SCENARIO: when, on what, with which outcome. Names alone with --quiet."""
    from sandbox.runs.ledger import entries

    found = entries(out, scenario)
    if as_json:
        tell_json([_entry(entry) for entry in found])
    elif quiet:
        for entry in found:
            click.echo(entry.folder.name)
    elif not found:
        of = f" of {scenario}" if scenario else ""
        click.echo(f"There are no runs{of} in {out} yet. Begin with: sandbox run SCENARIO")
    else:
        told = [_standing(entry) for entry in found]
        header, rows = ["run", "started (UTC)", "target", "models", "gates"], [_row(entry) for entry in found]
        if any(any(part) for part in told):  # where nothing is said of a release, nothing is shown
            header += ["stage", "release"]
            rows = [(*row, *part) for row, part in zip(rows, told, strict=True)]
        tell_table(header, rows)


@verb.command("show", help=f"Show a run's outcome again. RUN {_NAMES}")
@click.argument("run")
@runs_folder
@speaks
def show(run: str, out: Path, quiet: bool, as_json: bool) -> None:
    """Show one run; with --quiet only where its report lies."""
    from sandbox.api import Run
    from sandbox.cli.outcome import summary, tell
    from sandbox.runs.folder import find_run
    from sandbox.runs.ledger import read_record

    folder = find_run(out, run)
    made = Run(folder, read_record(folder))
    if as_json:
        tell_json(summary(made))
    elif quiet:
        click.echo(str(made.report))
    else:
        tell(made)


@verb.command(
    "compare",
    short_help="Say what changed from run A to run B, and why models became better.",
    help="Say what changed from run A to run B in scenario, features and data, whether the models became better, and "
    f"why. Each {_NAMES}",
)
@click.argument("a")
@click.argument("b")
@runs_folder
@speaks
def compare(a: str, b: str, out: Path, quiet: bool, as_json: bool) -> None:
    """Hold run B against run A."""
    from sandbox.api import compare as hold

    found = hold(a, b, out)
    if as_json:
        tell_json(asdict(found) | {"a": found.a.name, "b": found.b.name})
        return
    if not quiet:
        _tell_changes(found)
    for model in found.models:
        _tell_model(model)


@verb.command(
    "export",
    short_help="Send runs to MLflow.",
    help="Send runs to MLflow with parameters, metrics by iteration and models: telecom/3, or telecom for all of its "
    "runs that ended; without a name, those of every scenario.",
)
@click.argument("run", required=False)
@click.option("--to", required=True, metavar="FOLDER|URL", help="A folder, made where it is not, or MLflow's server.")
@runs_folder
@speaks
def export_runs(run: str | None, to: str, out: Path, quiet: bool, as_json: bool) -> None:
    """Send runs to MLflow; what is there already stays."""
    from sandbox.clients.mlflow import store_of
    from sandbox.runs.exporting import export
    from sandbox.runs.folder import find_run, runs_of

    store = store_of(to)
    if run is None or ((out / run).is_dir() and runs_of(out, run)):
        runs = [each for each in runs_of(out, run) if each.ended]
    else:
        runs = [find_run(out, run)]
    found = export(runs, store)
    if as_json:
        tell_json({"to": store.uri, "runs": [asdict(each) for each in found]})
    elif not quiet:
        rows = [(each.run, "sent" if each.is_new else "was there", ", ".join(each.models)) for each in found]
        tell_table(("run", "", "models"), rows)
        if store.artifacts is not None:
            click.echo(f"Look at it: mlflow server --backend-store-uri {store.uri}")


def _entry(entry: Entry) -> dict[str, object]:
    record = entry.record
    return {
        "run": entry.folder.name,
        "state": entry.state,
        "started": record.started if record else None,
        "target": record.target if record else None,
        "stage": _standing(entry)[0] or None,
        "release": _standing(entry)[1] or None,
        "models": {model.name: model.card["metrics"] for model in record.models if model.card} if record else {},
        "gates": [{"text": gate.text, "verdict": gate.verdict} for gate in record.gates] if record else [],
    }


def _row(entry: Entry) -> tuple[str, ...]:
    record = entry.record
    if record is None:
        return (entry.folder.name, "", "", entry.state, "")
    verdicts = [gate.verdict for gate in record.gates]
    gates = ", ".join(_verdicts(verdict, verdicts.count(verdict)) for verdict in dict.fromkeys(verdicts))
    models = []
    for model in record.models:
        value = model.card["metrics"][model.card["judge"]]["value"] if model.card else None
        models.append(f"{model.name} {value:.3f}" if value is not None else f"{model.name} –")
    return (
        entry.folder.name,
        record.started[:16].replace("T", " "),
        record.target or "dummy",
        ", ".join(models),
        gates,
    )


_MANY = {"holds": "hold", "fails": "fail"}


def _verdicts(verdict: str, number: int) -> str:
    return f"{number} {verdict if number == 1 else _MANY.get(verdict, verdict)}"


def _standing(entry: Entry) -> tuple[str, str]:
    """The stage of a run, and where it stands on its way to a release; nothing where nobody has said a word of it."""
    from sandbox.runs.releasing import standing_of

    record = entry.record
    if record is None:
        return ("", "")
    standing = standing_of(entry.folder, record)
    if not (record.stage or record.approval or standing.decisions):
        return ("", "")
    last = standing.decisions[-1] if standing.decisions else None
    by = f" by {last.by}" if standing.state == "approved" and last is not None else ""
    until = f" until {last.revisit}" if standing.state == "shelved" and last is not None else ""
    return (record.stage, f"{standing.state}{by}{until}")


def _tell_changes(found: Comparison) -> None:
    if not found.changes:
        click.echo(f"From {found.a.name} to {found.b.name} nothing changed.")
        return
    click.echo(f"From {found.a.name} to {found.b.name} changed:")
    rows = [(change.kind, change.what, _or_dash(change.a), _or_dash(change.b)) for change in found.changes]
    tell_table(("in", "what", "was", "is"), rows)


def _tell_model(model: ModelComparison) -> None:
    name = click.style(model.name, bold=True)
    click.echo(f"{name}: {model.verdict}")
    for sentence in model.reasons:
        click.echo(f"  {sentence}")


def _or_dash(value: str | None) -> str:
    return "–" if value is None else value
