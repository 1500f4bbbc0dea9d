"""`sandbox check`: judge a scenario without making data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from sandbox.cli.machines import Case
from sandbox.cli.messages import count, tell_cases, tell_json, tell_table
from sandbox.cli.options import Asked, judges, takes_scenario
from sandbox.errors import Place

if TYPE_CHECKING:
    from sandbox.api import Scenario


@click.command("check")
@takes_scenario
@judges
def verb(asked: Asked, quiet: bool, speech: str) -> None:
    """Judge a scenario without making data.

    Says everything that is wrong at once, each with its place and a mend; warns of gates that prove nothing; and lists
    every file, host and environment variable that a target touches.
    """
    found = asked.load()
    warnings, touched = found.check(), found.touches()
    if speech in ("github", "junit"):
        cases = [Case(warning, "skipped", warning, Place(str(asked.file))) for warning in warnings]
        tell_cases(speech, found.name, [Case("the scenario is right", "passed"), *cases])
        return
    if speech == "json":
        tell_json({"problems": [], "warnings": warnings, "datasets": found.sizes(), "touches": touched})
        return
    for warning in warnings:
        click.echo(f"{asked.file}: warning: {warning}", err=True)
    if quiet:
        return
    parts = [
        count(len(found.datasets), "dataset"),
        count(len(found.plan.models), "model"),
        count(len(found.plan.gates), "gate"),
    ]
    click.echo(f"{asked.file}: nothing is wrong ({', '.join(parts)}).")
    tell_table(
        ("dataset", "source", "rows"), [(name, _source(found, name), _size(found, name)) for name in found.datasets]
    )
    for target, datasets in touched.items():
        click.echo(f"Target {target} touches:")
        for line in _lines(datasets):
            click.echo(f"  {line}")


def _source(found: Scenario, dataset: str) -> str:
    binding = found.plan.bindings.get(dataset)
    return "simulated" if binding is None else binding.kind


def _size(found: Scenario, dataset: str) -> str:
    if dataset in found.plan.bindings:
        return "what the source has"
    plan = found.plan.datasets[dataset]
    if plan.parent is not None:
        return f"some per row of {plan.parent}"
    return count(plan.rows, "entity", "entities") if plan.spec.history else count(plan.rows, "row")


def _lines(datasets: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    return [
        f"{dataset}: {kind} {name}"
        for dataset, things in datasets.items()
        for kind, names in things.items()
        for name in names
    ]
