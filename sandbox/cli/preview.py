"""`sandbox preview`: a few rows of each dataset in the terminal."""

from __future__ import annotations

from typing import Annotated

import click
import typer

from sandbox.cli.messages import tell_json, tell_table
from sandbox.cli.options import Allow, Debug, Format, Output, Scale, ScenarioFile, Seed, Set, ShowPii, Target
from sandbox.errors import InputError, did_you_mean

verb = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb.command()
def preview(
    scenario: ScenarioFile,
    datasets: Annotated[list[str] | None, typer.Argument(metavar="[DATASET]…", help="Which; all without it.", show_default=False)] = None,
    rows: Annotated[int, typer.Option("--rows", "-n", min=1, max=1000, help="Rows of each.")] = 5,
    target: Target = None,
    seed: Seed = None,
    scale: Scale = 1.0,
    set: Set = None,
    allow: Allow = None,
    show_pii: ShowPii = False,
    format: Output = Format.TEXT,
    debug: Debug = False,
) -> None:
    """Show the first rows of each dataset. Only those rows are made, whatever the scenario's size."""
    from sandbox.api import load

    found = load(scenario, target=target, seed=seed, scale=scale, set=set or (), allow=allow or ())
    wanted = datasets or found.datasets
    for name in wanted:
        if name not in found.datasets:
            raise InputError(f"{scenario}: unknown dataset '{name}'.{did_you_mean(name, found.datasets)}")
    shown = {name: found.preview(name, rows, show_pii=show_pii) for name in wanted}
    if format is Format.JSON:
        tell_json({name: table.to_pylist() for name, table in shown.items()})
        return
    for name, table in shown.items():
        size = found.sizes()[name]
        total = f" of {size:,}" if size >= 0 else ""
        cells = [[_cell(value) for value in row.values()] for row in table.to_pylist()]
        tell_table(f"{name} · {len(cells)}{total} rows", table.column_names, cells)
    if not show_pii and any(found.plan.datasets[name].contract.pii for name in wanted):
        click.echo("Personal data is masked; --show-pii shows it.")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
