"""`sandbox runs`: the ledger. A list, one run, or what changed between two."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click
import typer

from sandbox.cli.messages import tell_json, tell_table
from sandbox.cli.options import Debug, Format, Out, Output

if TYPE_CHECKING:
    from sandbox.runs.ledger import Comparison, Entry

verb = typer.Typer(add_completion=False, rich_markup_mode=None, invoke_without_command=True)
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run: telecom/3, or telecom for its latest.", show_default=False)]


@verb.callback()
def runs(context: typer.Context, out: Out = Path("data"), format: Output = Format.TEXT, debug: Debug = False) -> None:
    """List, show and compare the iterations that were run; alone, it lists them."""
    if context.invoked_subcommand is None:
        list_runs(None, out, format)


@verb.command("list")
def list_runs(
    scenario: Annotated[str | None, typer.Argument(metavar="[SCENARIO]", help="Only this scenario's.", show_default=False)] = None,
    out: Out = Path("data"),
    format: Output = Format.TEXT,
    debug: Debug = False,
) -> None:
    """List the runs: when, on what, with which outcome."""
    from sandbox.runs.ledger import entries

    found = entries(out, scenario)
    if format is Format.JSON:
        tell_json([_entry(entry) for entry in found])
        return
    if not found:
        click.echo(f"There are no runs in {out} yet. Begin with: sandbox run SCENARIO")
        return
    tell_table("", ("run", "started", "target", "models", "gates"), [_row(entry) for entry in found])


@verb.command()
def show(run: RunName, out: Out = Path("data"), format: Output = Format.TEXT, debug: Debug = False) -> None:
    """Show one run's outcome again."""
    from sandbox.api import Run
    from sandbox.cli.run import summary, tell
    from sandbox.runs.folder import find_run
    from sandbox.runs.ledger import read_record

    folder = find_run(out, run)
    made = Run(folder, read_record(folder))
    if format is Format.JSON:
        tell_json(summary(made))
    else:
        tell(made)


@verb.command()
def compare(a: RunName, b: RunName, out: Out = Path("data"), format: Output = Format.TEXT, debug: Debug = False) -> None:
    """Say what changed from run A to run B in scenario, features and data, and whether the models became better."""
    from sandbox.api import compare as hold

    found = hold(a, b, out)
    if format is Format.JSON:
        tell_json({"changes": [asdict(change) for change in found.changes], "models": [asdict(model) for model in found.models]})
        return
    _tell_comparison(found)


def _entry(entry: Entry) -> dict[str, object]:
    record = entry.record
    return {
        "run": entry.folder.name,
        "ended": record is not None,
        "started": record.started if record else None,
        "target": record.target if record else None,
        "gates": [{"text": gate.text, "verdict": gate.verdict} for gate in record.gates] if record else [],
    }


def _row(entry: Entry) -> tuple[str, ...]:
    record = entry.record
    if record is None:
        return (entry.folder.name, "", "", "did not end", "")
    models = []
    for model in record.models:
        value = model.card["metrics"][model.card["judge"]]["value"] if model.card else None
        models.append(f"{model.name} {value:.3f}" if value is not None else f"{model.name} –")
    verdicts = [gate.verdict for gate in record.gates]
    gates = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts))
    return (entry.folder.name, record.started[:16].replace("T", " "), record.target or "dummy", ", ".join(models), gates)


def _tell_comparison(found: Comparison) -> None:
    if found.changes:
        rows = [(change.kind, change.what, change.a if change.a is not None else "–", change.b if change.b is not None else "–") for change in found.changes]
        tell_table(f"What changed from {found.a.name} to {found.b.name}", ("in", "what", "was", "is"), rows)
    else:
        click.echo(f"Nothing changed from {found.a.name} to {found.b.name}.")
    for model in found.models:
        if model.difference is None:
            click.echo(f"{model.name}: {model.remark}.")
            continue
        gap = model.difference.difference
        verdict = {"b": "better", "a": "worse", "undetermined": "no telling"}[model.difference.better]
        click.echo(
            f"{model.name}: {model.metric} {model.difference.a:.3f} → {model.difference.b:.3f}, difference {gap.value:+.3f} "
            f"[{gap.low:+.3f}, {gap.high:+.3f}] on {model.shared:,} shared test examples: {verdict}."
        )
