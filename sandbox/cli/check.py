"""`sandbox check`: judge a scenario without making data."""

from __future__ import annotations

from typing import Any

import click
import typer

from sandbox.cli.messages import count, tell_json
from sandbox.cli.options import Allow, Debug, Format, Output, Quiet, Scale, ScenarioFile, Seed, Set, Target

verb = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb.command()
def check(
    scenario: ScenarioFile,
    target: Target = None,
    seed: Seed = None,
    scale: Scale = 1.0,
    set: Set = None,
    allow: Allow = None,
    format: Output = Format.TEXT,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Judge a scenario without making data, and list every host, file and variable that a target touches."""
    from sandbox.api import load

    found = load(scenario, target=target, seed=seed, scale=scale, set=set or (), allow=allow or ())
    warnings = found.check()
    touched = found.touches()
    if format is Format.JSON:
        tell_json({"problems": [], "warnings": warnings, "datasets": found.sizes(), "touches": touched})
        return
    for warning in warnings:
        click.echo(f"{scenario}: warning: {warning}", err=True)
    if quiet:
        return
    sizes = ", ".join(f"{name} {_size(rows)}" for name, rows in found.sizes().items())
    click.echo(f"{scenario}: nothing is wrong. {count(len(found.datasets), 'dataset')}: {sizes}.")
    for line in _touches(touched):
        click.echo(line)


def _size(rows: int) -> str:
    return f"{rows:,}" if rows >= 0 else "as its parent decides"


def _touches(touched: dict[str, dict[str, Any]]) -> list[str]:
    lines = []
    for target, datasets in touched.items():
        lines.append(f"target {target} touches:")
        for dataset, things in datasets.items():
            for kind, names in things.items():
                lines += [f"  {dataset}: {kind} {name}" for name in names]
    return lines
