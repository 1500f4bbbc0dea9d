"""`sandbox check`: judge a scenario without making data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from sandbox.cli.machines import Case
from sandbox.cli.messages import about, count, size, tell_cases, tell_json, tell_table
from sandbox.cli.options import Asked, judges, takes_scenario
from sandbox.errors import Place

if TYPE_CHECKING:
    from sandbox.api import Scenario
    from sandbox.runs.estimates import Estimate


@click.command("check")
@takes_scenario
@judges
def verb(asked: Asked, quiet: bool, speech: str) -> None:
    """Judge a scenario without making data.

    Says everything that is wrong at once, each with its place and a mend; warns of gates that prove nothing; estimates
    rows and size on disk; and lists every file, host and environment variable that a target touches.
    """
    found = asked.load()
    warnings, touched, told = found.check(), found.touches(), found.estimate()
    if speech in ("github", "junit"):
        cases = [Case(warning, "skipped", warning, Place(str(asked.file))) for warning in warnings]
        tell_cases(speech, found.name, [Case("the scenario is right", "passed"), *cases])
        return
    if speech == "json":
        sizes = {name: asdict(each) for name, each in told.items()}
        record = {
            "problems": [],
            "warnings": warnings,
            "datasets": found.sizes(),
            "estimates": sizes,
            "touches": touched,
        }
        tell_json(record)
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
    rows = [(name, _source(found, name), _rows(found, name, told), _size(name, told)) for name in found.datasets]
    tell_table(("dataset", "source", "rows", "on disk"), rows, right=(3,))
    for target, datasets in touched.items():
        click.echo(f"Target {target} touches:")
        for line in _lines(datasets):
            click.echo(f"  {line}")


def _source(found: Scenario, dataset: str) -> str:
    binding = found.plan.bindings.get(dataset)
    return "simulated" if binding is None else binding.kind


def _rows(found: Scenario, dataset: str, told: Mapping[str, Estimate]) -> str:
    if dataset not in told:
        return "what the source has"
    plan, rows = found.plan.datasets[dataset], told[dataset].rows
    if plan.spec.history:
        return count(plan.rows, "entity", "entities")
    return count(rows, "row") if told[dataset].is_exact else f"about {about(rows)} rows"


def _size(dataset: str, told: Mapping[str, Estimate]) -> str:
    return size(told[dataset].size_bytes) if dataset in told else ""


def _lines(datasets: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    return [
        f"{dataset}: {kind} {name}"
        for dataset, things in datasets.items()
        for kind, names in things.items()
        for name in names
    ]
