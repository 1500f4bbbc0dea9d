"""`sandbox assumptions`: what a scenario assumes, as questions; and which of them matter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sandbox.cli.messages import count, tell_json, tell_table
from sandbox.cli.options import Asked, runs_folder, speaks, takes_scenario, workers
from sandbox.cli.progress import progress

if TYPE_CHECKING:
    from sandbox.runs.differences import ModelDifference
    from sandbox.runs.varying import Effect, Variation, Varied

_HEADER = ("assumption", "is", "at its", "model", "score", "change", "95 % interval", "done")


@click.command("assumptions")
@takes_scenario
@click.option("--vary", is_flag=True, help="Rerun the scenario small with each assumption at its ends, and rank them.")
@runs_folder
@workers
@speaks
@click.pass_context
def verb(context: click.Context, asked: Asked, vary: bool, out: Path, workers: int, quiet: bool, as_json: bool) -> None:
    """List what a scenario assumes, as questions in Markdown to send to whoever knows.

    With --vary: rerun it with each assumption at its `low` and at its `high`, and rank them by what they do to the
    `done:` lines and the models' scores. What was rerun before is not run again; stopped at any moment, the same
    command goes on from there. --scale sets how small; by default a rerun takes some seconds.
    """
    found = asked.load()
    if not vary:
        _list(found.name, found.assumptions(), as_json)
        return
    is_chosen = context.get_parameter_source("scale") is not ParameterSource.DEFAULT
    with progress(quiet) as listen:
        varied = found.vary(
            out, workers=workers or os.cpu_count() or 1, scale=asked.scale if is_chosen else None, listen=listen
        )
    if as_json:
        tell_json(asdict(varied))
        return
    _tell(varied, has_gates=bool(found.plan.gates), quiet=quiet)


def _list(name: str, assumptions: list[Any], as_json: bool) -> None:
    from sandbox.report.questions import question, questions

    if as_json:
        tell_json([asdict(each) | {"question": question(each)} for each in assumptions])
    else:
        click.echo(questions(name, assumptions), nl=False)


def _tell(varied: Variation, has_gates: bool, quiet: bool) -> None:
    if varied.ranked:
        rows = [row for each in varied.ranked for row in _rows(each)]
        tell_table(_HEADER, rows, right=(4, 5))
    if quiet:
        return
    if not varied.ranked:
        click.echo("Nothing to vary: no assumption has a `low` or a `high` beside its value.")
    else:
        before = f", {varied.cached} of them made before" if varied.cached else ""
        click.echo(f"{count(varied.runs, 'run')} at scale {varied.scale:g}{before}. What matters most stands first.")
        if not has_gates:
            click.echo("The scenario has no `done:` lines; the order is by the models' scores alone.")
    if varied.without_ends:
        names = ", ".join(each.path for each in varied.without_ends)
        click.echo(f"Not varied, having no other `low` or `high`: {names}.")


def _rows(varied: Varied) -> Iterator[tuple[str | None, ...]]:
    name, value = varied.assumption.path, varied.assumption.value
    for effect in varied.effects:
        for row in _of_effect(effect):
            yield (name, value, *row)
            name, value = "", ""


def _of_effect(effect: Effect) -> Iterator[tuple[str | None, ...]]:
    end = f"{effect.end} {effect.value}"
    if effect.failure:
        yield (end, "", None, None, f"cannot be run: {effect.failure}", "")
    gates = [f"{change.text}: {change.was} → {change.verdict}" for change in effect.gates]
    for model, difference in effect.models:
        theirs = [gate for gate in gates if gate.startswith(f"{model}.")]
        yield (end, model, *_figures(difference), "; ".join(theirs))
        end = ""


def _figures(difference: ModelDifference) -> tuple[str | None, str | None, str]:
    if difference.value is None or difference.b is None:
        return None, None, difference.remark
    low, high = difference.low, difference.high
    if low == high == difference.value == 0:
        return f"{difference.b:.3f}", "none", ""
    interval = f"{low:+.3f} to {high:+.3f}" if low is not None and high is not None else ""
    certain = "" if difference.better != "undetermined" else ", may be chance"
    return f"{difference.b:.3f}", f"{difference.value:+.3f}", f"{interval}{certain}"
