"""`sandbox generate`: the datasets on disk, with a manifest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import click
import typer

from sandbox.cli.messages import count, tell_json, tell_table
from sandbox.cli.options import Allow, Debug, Format, Output, Quiet, Scale, ScenarioFile, Seed, Set, Target, Workers
from sandbox.cli.progress import progress

verb = typer.Typer(add_completion=False, rich_markup_mode=None)


@verb.command()
def generate(
    scenario: ScenarioFile,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write; data/<name>/generated without it.", show_default=False)] = None,
    sink: Annotated[str, typer.Option("--as", help="The files' format: parquet, arrow, csv, jsonl.")] = "parquet",
    target: Target = None,
    seed: Seed = None,
    scale: Scale = 1.0,
    set: Set = None,
    allow: Allow = None,
    workers: Workers = 0,
    force: Annotated[bool, typer.Option("--force", help="Write over what another scenario left in the folder.")] = False,
    format: Output = Format.TEXT,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Make the datasets and write them, in parts and with a manifest. Stopped, the same command goes on."""
    from sandbox.api import load

    found = load(scenario, target=target, seed=seed, scale=scale, set=set or (), allow=allow or ())
    folder = out or Path("data") / found.name / "generated"
    with progress(quiet or format is Format.JSON) as listen:
        landed = found.generate(folder, format=sink, workers=workers or os.cpu_count() or 1, force=force, listen=listen)
    datasets = landed.manifest.datasets
    if format is Format.JSON:
        told = {name: {"accepted": entry.accepted, "rejected": entry.rejected} for name, entry in datasets.items()}
        tell_json({"folder": str(folder), "datasets": told, "already_done": landed.already_done})
        return
    if quiet:
        return
    if landed.already_done:
        click.echo(f"{folder}: is there already, by the same scenario; nothing had to be made.")
    rows = [
        (name, f"{entry.accepted:,}", f"{entry.rejected:,}", count(len(entry.parts), "part")) for name, entry in datasets.items()
    ]
    tell_table("", ("dataset", "rows", "rejected", "files"), rows, right=(1, 2))
    click.echo(f"{folder / 'manifest.json'}")
