"""A run's outcome in words and figures: for `run` when it ends, and for `runs show` afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from sandbox.cli.fairness_words import fairness_lines, review_lines
from sandbox.cli.machines import Case, Verdict
from sandbox.cli.messages import tell_table

if TYPE_CHECKING:
    from sandbox.api import Run
    from sandbox.runs.record import GateRecord, ModelRecord
    from sandbox.scenario.document import Document

_MARKS = {"holds": ("✓", "green"), "fails": ("✗", "red"), "undetermined": ("?", "yellow")}


def summary(run: Run) -> dict[str, Any]:
    """A run as JSON-able plain values, small."""
    record = run.record
    standing = run.standing
    return {
        "run": run.folder.name,
        "done": record.done,
        "stage": record.stage or None,
        "release": {"state": standing.state, "words": standing.words, "may": standing.may_be_released},
        "decisions": [asdict(each) for each in standing.decisions],
        "target": record.target,
        "seconds": record.seconds,
        "datasets": {
            item.name: {
                "source": item.source,
                "accepted": item.accepted,
                "rejected": item.rejected,
                "broken": item.broken_rules,
            }
            for item in record.datasets
        },
        "models": {model.name: _model_summary(model) for model in record.models},
        "gates": [
            {"text": gate.text, "verdict": gate.verdict, "value": gate.value, "low": gate.low, "high": gate.high}
            for gate in record.gates
        ],
        "campaigns": record.campaigns,
        "warnings": record.warnings,
        "known": record.known,
        "assumptions": [asdict(each) for each in record.assumptions],
        "report": str(run.report),
    }


def release_line(run: Run) -> str | None:
    """Where a run stands on its way to a release; None where the scenario and people have nothing to say of it."""
    standing = run.standing
    if not (run.record.stage or run.record.approval or standing.decisions):
        return None
    stage = f"{run.record.stage}: " if run.record.stage else ""
    how = f" Agree with: sandbox approve {run.folder.name} --by NAME" if standing.state == "awaits approval" else ""
    return f"{stage}{standing.state}. {standing.words}{how}"


def cases(run: Run, document: Document, strict: bool) -> list[Case]:
    """A run as a CI server reads it: the gates, and of what else went wrong the models that were not built.

    Args:
        run: a run that ended.
        document: the scenario that it was of, to point into.
        strict: an undetermined gate has failed.
    """
    verdicts: dict[str, Verdict] = {
        "holds": "passed",
        "fails": "failed",
        "undetermined": "failed" if strict else "skipped",
    }
    found = [
        Case(
            gate.text,
            verdicts[gate.verdict],
            f"{gate.text}: {gate.verdict} ({_seen(gate)})",
            document.place(("done", at)),
        )
        for at, gate in enumerate(run.record.gates)
    ]
    for model in run.record.models:
        place = document.place(("models", model.name))
        if model.failure:
            verdict: Verdict = "error" if strict else "skipped"
            found.append(Case(model.name, verdict, f"no model: {model.failure}", place))
        for suspect in model.suspects:
            found.append(Case(model.name, "skipped", f"may know too much: {suspect}", place))
    return found


def tell(run: Run) -> None:
    """Print a run's outcome for a person."""
    record = run.record
    datasets = [
        (item.name, item.source, f"{item.accepted:,}", f"{item.rejected:,}" if item.rejected else None)
        for item in record.datasets
    ]
    tell_table(("dataset", "source", "rows", "rejected"), datasets, right=(2, 3))
    built = [model for model in record.models if model.card]
    if built:
        header = ("model", "champion", "judged by", "test", "95 % interval", "trivial", "oracle")
        tell_table(header, [_model_row(model) for model in built], right=(3, 5, 6))
    for model in record.models:
        if model.failure:
            click.echo(f"{model.name}: no model: {model.failure}")
        for suspect in model.suspects:
            click.echo(f"warning: {model.name} may know too much: {suspect}", err=True)
        for line in (*fairness_lines(model), *review_lines(model)):
            click.echo(line)
    for found in record.campaigns:
        click.echo(campaign_line(found))
    for gate in record.gates:
        click.echo(_gate_line(gate))
    for warning in record.warnings:
        click.echo(f"warning: {warning}", err=True)
    if record.assumptions:
        from sandbox.report.questions import balance

        click.echo(balance(record.known))
    if (said := release_line(run)) is not None:
        click.echo(said)
    click.echo(f"Run {run.folder.name} took {record.seconds:.1f} s. The report: {run.report}")


def campaign_line(found: Mapping[str, Any]) -> str:
    """What came of a campaign, beside what was true."""
    effect, profit = found["effect"], found["profit"]
    sizes = f"{found['name']}: {found['contacted']:,} contacted, {found['holdout']:,} held out; "
    if effect["low"] is None:
        return f"{sizes}too few to tell what it did. Truly {found['true_effect']:+.1%}."
    moved = f"{effect['value']:+.1%} ({effect['low']:+.1%} to {effect['high']:+.1%}), truly {found['true_effect']:+.1%}"
    earned = (
        f"{profit['value']:,.0f} ({profit['low']:,.0f} to {profit['high']:,.0f}), truly {found['true_profit']:,.0f}"
    )
    return f"{sizes}{moved}; profit {earned}."


def _model_summary(model: ModelRecord) -> dict[str, Any]:
    oracle = model.oracle["realised"] if model.oracle else None
    return {
        "champion": model.card.get("champion"),
        "metrics": model.card.get("metrics"),
        "oracle": oracle,
        "fairness": model.fairness,
        "review": model.review,
        "suspects": model.suspects,
        "failure": model.failure or None,
    }


def _model_row(model: ModelRecord) -> tuple[str, ...]:
    card = model.card
    judge = card["judge"]
    majority: Mapping[str, Any] = next(
        (item["metrics"] for item in card["leaderboard"] if item["name"] == "majority"), {}
    )
    oracle = model.oracle["realised"] if model.oracle else {}
    reached = card["metrics"][judge]
    return (
        model.name,
        _title(card),
        judge.replace("_", " "),
        _figure(reached),
        f"{reached['low']:.3f} to {reached['high']:.3f}" if reached["low"] is not None else "–",
        _figure(majority.get(judge)),
        _figure(oracle.get(judge)),
    )


def _title(card: Mapping[str, Any]) -> str:
    title: str = next(item["title"] for item in card["leaderboard"] if item["name"] == card["champion"])
    return title.removeprefix("the ").removeprefix("a ")


def _figure(estimate: Mapping[str, Any] | None) -> str:
    return "–" if estimate is None or estimate["value"] is None else f"{estimate['value']:.3f}"


def _gate_line(gate: GateRecord) -> str:
    mark, colour = _MARKS[gate.verdict]
    return click.style(mark, fg=colour) + f" {gate.text}: {gate.verdict} ({_seen(gate)})"


def _seen(gate: GateRecord) -> str:
    if gate.value is None:
        return gate.remark or "no figure"
    from sandbox.models.words import reached

    if gate.low is None:
        return reached(gate.value)
    return f"{reached(gate.value)}, 95 % interval {reached(gate.low)} to {reached(gate.high)}"
