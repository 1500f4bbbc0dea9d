"""`sandbox reconcile`: what somebody else's pipeline landed, held against what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sandbox.cli.messages import count, tell_json, tell_table
from sandbox.cli.options import Asked, show_pii, speaks, takes_scenario
from sandbox.errors import EXIT_FAILED_CHECK, InputError

if TYPE_CHECKING:
    from sandbox.reconcile import Reconciliation
    from sandbox.reconcile.findings import Lateness, Offender, Window

_MOST_WINDOWS = 10
_MOST_PARTITIONS = 12


@click.command("reconcile")
@takes_scenario
@click.argument("dataset")
@click.option(
    "--against",
    required=True,
    metavar="ADDRESS",
    help="Where it was landed: parquet:FOLDER, jsonl:FOLDER, csv:FOLDER, kafka://HOST/TOPIC, kinesis://STREAM, "
    "postgresql://HOST/DATABASE?table=NAME, duckdb:FILE?table=NAME.",
)
@click.option(
    "--order",
    type=click.Choice(["event", "arrival"]),
    default="event",
    show_default=True,
    help="The order in which it was replayed; by arrival, a delivery's losses and doubles are part of what was sent.",
)
@click.option("--run", type=click.Path(path_type=Path), metavar="FOLDER", help="What was sent is what landed in a run.")
@click.option("--since", metavar="MOMENT", help='The --since of the replay, as in "day 30" or 2026-01-31.')
@click.option("--until", metavar="MOMENT", help="The --until of the replay.")
@click.option("--rename", multiple=True, metavar="THEIRS=OURS", help="What the copy calls a column; may be repeated.")
@click.option(
    "--tolerance",
    multiple=True,
    metavar="KIND=SHARE",
    help="What may be wrong, as in lost=0.1% or duplicated=5; may be repeated. Nothing may, but for reordered.",
)
@click.option(
    "--receipt",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The replay that sent the rows, by its folder: rows that its receipt calls refused are not missed.",
)
@click.option("--window", type=click.Choice(["hour", "day"]), default="day", show_default=True)
@show_pii
@speaks
def verb(
    asked: Asked,
    dataset: str,
    against: str,
    order: Literal["event", "arrival"],
    run: Path | None,
    since: str | None,
    until: str | None,
    rename: Sequence[str],
    tolerance: Sequence[str],
    receipt: Path | None,
    window: Literal["hour", "day"],
    show_pii: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Hold a landed copy of a DATASET against what was sent: what is lost, late, doubled, altered, and where.

    SCENARIO may also be a run, such as telecom/3: what landed in it is then what was sent.

    Rows are matched by the event ids that they bring along, or else by their key. Ends with 1 beyond the tolerance.
    """
    from sandbox.api import find_run

    renamed = _renamed(rename)
    if asked.file.is_file() or asked.file.suffix in (".yaml", ".yml"):
        found = asked.load().reconcile(
            dataset,
            against,
            order=order,
            run=run,
            since=since,
            until=until,
            rename=renamed,
            tolerance=tolerance,
            window=window,
            receipt=receipt,
            show_pii=show_pii,
        )
    else:
        if receipt is not None:
            raise InputError(f"--receipt is of a replay of a scenario: name its file in the place of {asked.file}.")
        if since or until:
            raise InputError(f"--since and --until are of a scenario: name its file in the place of {asked.file}.")
        found = find_run(str(asked.file)).reconcile(
            dataset, against, rename=renamed, tolerance=tolerance, window=window, show_pii=show_pii
        )
    if as_json:
        tell_json(found.to_dict())
    elif not quiet:
        _tell(found)
    if not found.holds:
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)


def _renamed(texts: Sequence[str]) -> dict[str, str]:
    wrong = [text for text in texts if "=" not in text.strip("=")]
    if wrong:
        raise InputError(f"--rename {wrong[0]}: must be as THEIRS=OURS.")
    return dict(text.split("=", 1) for text in texts)


def _tell(found: Reconciliation) -> None:
    click.echo(
        f"{found.dataset}: {count(found.sent, 'row')} sent, {found.landed:,} landed in {found.against}; "
        f"matched by {found.matched_by}."
    )
    rows = [
        [kind, f"{number:,}", f"{found.share(kind):.3%}", _offender(found.first.get(kind, ()))]
        for kind, number in found.counts.items()
        if number
    ]
    if rows:
        tell_table(["what", "rows", "share", "first"], rows, right=(1, 2))
    if not found.has_order:
        from sandbox.reconcile.findings import UNORDERED

        click.echo(f"  whether rows are reordered was not asked: {UNORDERED}.")
    _tell_losses(found)
    for each in found.altered:
        values = f"{each.first['sent']} became {each.first['landed']}"
        click.echo(f"  {each.column}: {count(each.rows, 'value')} {each.how}; first, {values}.")
    _tell_lateness(found.lateness)
    _tell_windows(found)
    for line in found.beyond:
        click.echo(f"beyond tolerance: {line}.")
    if found.holds:
        click.echo("within tolerance.")


def _tell_lateness(measured: Sequence[Lateness]) -> None:
    for late in measured:
        if late.looks_allowed is not None:
            click.echo(f"  all rows that were later than {late.looks_allowed} are lost ({late.measure}).")
    if measured:
        allowed = list(measured[0].lost_by_allowed)
        rows = [[late.measure, *(f"{share:.2%}" for share in late.lost_by_allowed.values())] for late in measured]
        tell_table(["allowed lateness would lose", *allowed], rows, right=range(1, len(allowed) + 1))


def _tell_losses(found: Reconciliation) -> None:
    """Where rows are missing from, and which nobody should miss."""
    from sandbox.reconcile.findings import BEHIND

    for loss in found.losses:
        by = BEHIND if loss.where == BEHIND else f"the scenario's own delivery: {loss.where}"
        if len(found.losses) > 1 or loss.where != BEHIND:
            click.echo(f"  {count(loss.rows, 'row')} lost by {by}.")
    hit = [each for each in found.partitions if each.lost]
    if hit:
        told = [f"{each.partition} ({each.lost:,} of {each.sent:,})" for each in hit[:_MOST_PARTITIONS]]
        more = f" and {len(hit) - len(told):,} more" if len(hit) > len(told) else ""
        click.echo(f"  lost by the partition in which they were sent: {', '.join(told)}{more}.")
    if found.lost_before:
        stages = ", ".join(f"{stage} {rows:,}" for stage, rows in found.lost_before.items())
        rows = count(sum(found.lost_before.values()), "event")
        click.echo(f"  {rows} lost by the scenario's delivery, and so never sent, are not missed: {stages}.")


def _tell_windows(found: Reconciliation) -> None:
    if not found.windows:
        return
    shown = found.windows[:_MOST_WINDOWS]
    rows = [[each.begins, f"{each.sent:,}", _in_window(each, len(found.losses) > 1)] for each in shown]
    tell_table([found.window, "sent", "of them"], rows, right=(1,))
    if len(found.windows) > len(shown):
        click.echo(f"  and {len(found.windows) - len(shown):,} more.")


def _in_window(window: Window, by_stage: bool) -> str:
    told = ", ".join(f"{kind} {number:,}" for kind, number in window.faults.items())
    if not (by_stage and window.lost_at):
        return told
    return f"{told} (lost at {', '.join(f'{where}: {rows:,}' for where, rows in window.lost_at.items())})"


def _offender(first: Sequence[Offender]) -> str:
    return ", ".join(f"{name}={value}" for name, value in first[0].values.items()) if first else ""
