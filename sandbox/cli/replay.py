"""`sandbox replay`: datasets sent to a sink, in order and at a pace, with a receipt."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sandbox.cli.options import Asked, patience, runs_folder, speaks, takes_scenario
from sandbox.cli.receipt import tell_receipt
from sandbox.cli.sending import progress_of_replay
from sandbox.errors import EXIT_FAILED_CHECK


@click.command("replay")
@takes_scenario
@click.argument("streams", metavar="[STREAM]…", nargs=-1)
@click.option(
    "--to",
    required=True,
    metavar="ADDRESS",
    help="Where to: - (standard output), jsonl:FILE.jsonl, or files that roll in a folder, as in parquet:out or "
    "jsonl:out?partition=dt,hour.",
)
@click.option(
    "--order",
    type=click.Choice(["event", "arrival"]),
    default="event",
    help="By the time that rows tell of, or by when they arrived.",
    show_default=True,
)
@click.option("--speed", type=float, metavar="FACTOR", help="So many times real time: 60 is an hour in a minute.")
@click.option(
    "--rate",
    metavar="RATE",
    help='So many rows a second: 500/s, or a shape: "ramp 100/s to 1000/s over 5min", "spike 100/s to 2000/s for 30s '
    'every 5min", "wave 100/s to 900/s every 10min". Without --speed and --rate: as fast as possible.',
)
@click.option(
    "--history",
    type=click.Choice(["scd2", "changes"]),
    default="scd2",
    help="How histories are sent: as versions, or as the stream of their changes.",
    show_default=True,
)
@click.option("--since", metavar="MOMENT", help='Only what happened from then on, as in "day 30" or 2026-01-31.')
@click.option("--until", metavar="MOMENT", help="Only what happened before.")
@click.option(
    "--loops", type=click.IntRange(min=0), default=1, metavar="NUMBER", help="How often; 0: until you break off."
)
@click.option(
    "--redate",
    type=click.Choice(["now", "begin", "end"]),
    help="Move all timestamps so that the first one is now (begin) or the last one (end); now: the first where there "
    "is a pace, else the last.",
)
@click.option("--fresh", is_flag=True, help="Begin anew, whatever an earlier replay of the same kept.")
@patience
@runs_folder
@speaks
def verb(
    asked: Asked,
    streams: tuple[str, ...],
    to: str,
    order: str,
    speed: float | None,
    rate: str | None,
    history: str,
    since: str | None,
    until: str | None,
    loops: int,
    redate: str | None,
    fresh: bool,
    patience: float,
    out: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Send datasets (all, or the STREAMs) to a sink, merged into one order, and print a receipt.

    Stopped at any moment, the same command goes on where it stopped; checkpoint and receipt lie in
    OUT/SCENARIO/replays. Ends with 1 if the sink refused rows, with 3 if it failed for good.
    """
    from sandbox.replay import Stopped

    found = asked.load()
    beside_data = to == "-" or to.startswith("stdout:")
    try:
        with progress_of_replay(quiet) as listen:
            receipt = found.replay(
                *streams,
                to=to,
                order=order,
                speed=speed,
                rate=rate,
                history=history,
                since=since,
                until=until,
                loops=loops,
                redate=redate,
                fresh=fresh,
                patience_s=patience,
                out=out,
                listen=listen,
            )
    except Stopped as stopped:
        tell_receipt(stopped.receipt, as_json, quiet, to_errors=beside_data)
        raise
    tell_receipt(receipt, as_json, quiet, to_errors=beside_data)
    if receipt.refused:
        sys.stdout.flush()
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)
