"""`sandbox generate`: the datasets on disk, with a manifest."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sandbox.cli.consent import consent, limited
from sandbox.cli.messages import count, tell_json, tell_table
from sandbox.cli.options import Asked, speaks, takes_scenario, workers
from sandbox.cli.progress import progress


@click.command("generate")
@takes_scenario
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to write.  [default: data/NAME/generated]"
)
@click.option(
    "--as", "sink", default="parquet", metavar="FORMAT", help="parquet, arrow, csv, jsonl or avro.", show_default=True
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
@click.option(
    "--since",
    metavar="MOMENT",
    help="Only what happens from then on; with --until, the span between. Spans that meet have no gap and no overlap.",
)
@click.option("--until", metavar="MOMENT", help="Only what happened before, and histories as they were known then.")
@click.option("--force", is_flag=True, help="Replace what another scenario left in the folder.")
@click.option("--edge-cases", is_flag=True, help="Add rows at the contract's boundaries, in files of their own.")
@click.option(
    "--invalid",
    type=click.IntRange(min=1, max=1_000_000),
    metavar="NUMBER",
    help="Beside it, in FOLDER-invalid, write so many rows of each dataset that break one rule each.",
)
@limited
@workers
@speaks
def verb(
    asked: Asked,
    out: Path | None,
    sink: str,
    history: str,
    as_of: str | None,
    since: str | None,
    until: str | None,
    force: bool,
    edge_cases: bool,
    invalid: int | None,
    yes: bool,
    most: int | None,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Make the datasets and write them, in parts and with a manifest.

    Stopped at any moment, the same command goes on from there, to the same bytes.
    """
    found = asked.load()
    folder = out or Path("data") / found.name / "generated"
    consent(found, folder, yes, most)
    with progress(quiet) as listen:
        landed = found.generate(
            folder,
            format=sink,
            history=history,
            as_of=as_of,
            since=since,
            until=until,
            workers=workers or os.cpu_count() or 1,
            force=force,
            edge_cases=edge_cases,
            listen=listen,
        )
    beside = folder.with_name(f"{folder.name}-invalid")
    broken = found.write_invalid(beside, invalid, format=sink) if invalid else None
    datasets = landed.manifest.datasets
    if as_json:
        told = {name: {"accepted": entry.accepted, "rejected": entry.rejected} for name, entry in datasets.items()}
        more = {name: {"edge_cases": entry.edge_cases["rows"]} for name, entry in datasets.items() if entry.edge_cases}
        told = {name: {**counts, **more.get(name, {})} for name, counts in told.items()}
        wrong = {"invalid": {"folder": str(beside), **broken}} if broken else {}
        tell_json({"folder": str(folder), "datasets": told, "already_done": landed.already_done, **wrong})
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
    for name, entry in datasets.items():
        if entry.edge_cases:
            click.echo(
                f"{name}: {count(entry.edge_cases['rows'], 'edge case')} in {', '.join(entry.edge_cases['files'])}"
            )
    if broken:
        wrong = sum(file["rows"] for file in broken["files"])
        click.echo(
            f"{beside / 'rules.json'}: {count(wrong, 'row')} in {count(len(broken['files']), 'file')}, a rule each"
        )
        for each in broken["unbroken"]:
            click.echo(f"  not broken: {each['rule']} of {each['dataset']}: {each['why']}")
