"""`sandbox run`: everything, to the report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer

from sandbox.cli.messages import tell_json, tell_table
from sandbox.cli.options import Allow, Debug, Format, Out, Output, Quiet, Scale, ScenarioFile, Seed, Set, ShowPii, Target, Workers
from sandbox.cli.progress import progress
from sandbox.errors import EXIT_FAILED_CHECK

if TYPE_CHECKING:
    from sandbox.api import Run

verb = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb.command()
def run(
    scenario: ScenarioFile,
    target: Target = None,
    seed: Seed = None,
    scale: Scale = 1.0,
    set: Set = None,
    allow: Allow = None,
    out: Out = Path("data"),
    workers: Workers = 0,
    trials: Annotated[
        int | None, typer.Option("--trials", min=1, help="Tune for so many trials, to repeat a box of time.", show_default=False)
    ] = None,
    strict_gates: Annotated[bool, typer.Option("--strict-gates", help="An undetermined gate fails too.")] = False,
    show_pii: ShowPii = False,
    format: Output = Format.TEXT,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Do everything: land the data, build features and models, hold them against `done:`, write the report."""
    from sandbox.api import load

    found = load(scenario, target=target, seed=seed, scale=scale, set=set or (), allow=allow or ())
    with progress(quiet or format is Format.JSON) as listen:
        made = found.run(out, workers=workers or os.cpu_count() or 1, trials=trials, show_pii=show_pii, listen=listen)
    failing = {"fails", "undetermined"} if strict_gates else {"fails"}
    failed = [gate for gate in made.record.gates if gate.verdict in failing]
    if format is Format.JSON:
        tell_json(summary(made))
    elif not quiet:
        tell(made)
    if failed:
        raise typer.Exit(EXIT_FAILED_CHECK)


def summary(run: Run) -> dict[str, Any]:
    """A run as JSON-able plain values, small."""
    record = run.record
    return {
        "run": run.folder.name,
        "target": record.target,
        "seconds": record.seconds,
        "datasets": {item.name: {"source": item.source, "accepted": item.accepted, "rejected": item.rejected} for item in record.datasets},
        "models": {
            item.name: {"champion": item.card.get("champion"), "metrics": item.card.get("metrics"), "failure": item.failure}
            for item in record.models
        },
        "gates": [{"text": gate.text, "verdict": gate.verdict, "value": gate.value} for gate in record.gates],
        "report": str(run.report),
    }


def tell(run: Run) -> None:
    """Print a run's outcome for a person."""
    record = run.record
    rows = [
        (item.name, item.source, f"{item.accepted:,}", f"{item.rejected:,}" if item.rejected else "") for item in record.datasets
    ]
    tell_table("", ("dataset", "source", "rows", "rejected"), rows, right=(2, 3))
    for model in record.models:
        if model.failure:
            click.echo(f"{model.name}: no model: {model.failure}")
    models = [_model_row(model) for model in record.models if model.card]
    if models:
        tell_table("", ("model", "champion", "judged by", "test", "95% interval", "trivial", "oracle"), models, right=(3, 5, 6))
    for gate in record.gates:
        mark = {"holds": "✓", "fails": "✗"}.get(gate.verdict, "?")
        seen = f"{gate.value:.3f} [{gate.low:.3f}, {gate.high:.3f}]" if gate.value is not None else "no figure"
        click.echo(f"{mark} {gate.text}: {gate.verdict} ({seen})")
    for warning in record.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"run {run.folder.name} took {record.seconds:.1f} s. The report: {run.report}")


def _model_row(model: Any) -> tuple[str, ...]:
    card = model.card
    judge = card["judge"]
    metric = card["metrics"][judge]
    trivial = next((item["metrics"][judge]["value"] for item in card["leaderboard"] if item["name"] == "majority"), None)
    oracle = model.oracle["realised"][judge]["value"] if model.oracle else None
    figures = [f"{value:.3f}" if value is not None else "–" for value in (metric["value"], trivial, oracle)]
    interval = f"{metric['low']:.3f} – {metric['high']:.3f}" if metric["low"] is not None else "–"
    return (model.name, card["champion"], judge, figures[0], interval, figures[1], figures[2])
