"""`sandbox generate`: the datasets on disk, with a manifest."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sandbox.cli.messages import count, tell_json, tell_table
from sandbox.cli.options import Asked, speaks, takes_scenario, workers
from sandbox.cli.progress import progress


@click.command("generate")
@takes_scenario
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write.  [default: data/NAME/generated]"
)
@click.option(
    "--as", "sink", default="parquet", metavar="FORMAT", help="parquet, arrow, csv or jsonl.", show_default=True
)
@click.option(
    "--history",
    type=click.Choice(["scd2", "changes"]),
    default="scd2",
    help="How histories are written: scd2, all versions with valid_from and valid_to; changes, a stream of inserts, "
    "updates and deletes with the row before and after.",
    show_default=True,
)
@click.option(
    "--as-of",
    metavar="MOMENT",
    help='Write histories as their tables stood at a time, such as "day 30" or 2026-01-31; other datasets as ever.',
)
@click.option("--force", is_flag=True, help="Replace what another scenario left in the folder.")
@workers
@speaks
def verb(
    asked: Asked,
    out: Path | None,
    sink: str,
    history: str,
    as_of: str | None,
    force: bool,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Make the datasets and write them, in parts and with a manifest.

    Stopped at any moment, the same command goes on from there, to the same bytes.
    """
    found = asked.load()
    folder = out or Path("data") / found.name / "generated"
    with progress(quiet) as listen:
        landed = found.generate(
            folder,
            format=sink,
            history=history,
            as_of=as_of,
            workers=workers or os.cpu_count() or 1,
            force=force,
            listen=listen,
        )
    datasets = landed.manifest.datasets
    if as_json:
        told = {name: {"accepted": entry.accepted, "rejected": entry.rejected} for name, entry in datasets.items()}
        tell_json({"folder": str(folder), "datasets": told, "already_done": landed.already_done})
        return
    if quiet:
        return
    if landed.already_done:
        click.echo(f"{folder}: is there already, by the same scenario; nothing had to be made.")
    rows = [
        (
            name,
            f"{entry.accepted:,}",
            f"{entry.rejected:,}" if entry.rejected else None,
            count(len(entry.parts), "part"),
        )
        for name, entry in datasets.items()
    ]
    tell_table(("dataset", "rows", "rejected", "files"), rows, right=(1, 2))
    click.echo(f"{folder / 'manifest.json'}")
