"""`sandbox pipe`: the connector, from a live source to a sink."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import count, tell_json
from sandbox.cli.options import Duration, patience, runs_folder, speaks
from sandbox.errors import EXIT_FAILED_CHECK

if TYPE_CHECKING:
    from sandbox.pipe import Pulse, Receipt

_MOST_SPANS = 3


@click.command("pipe")
@click.option("--from", "from_", required=True, metavar="ADDRESS", help="A source that goes on: kinesis://STREAM …")
@click.option(
    "--to",
    required=True,
    metavar="ADDRESS",
    help="Where to: - (standard output), jsonl:FILE.jsonl, kinesis://STREAM, http://HOST/PATH …",
)
@click.option(
    "--as",
    "as_",
    metavar="SCENARIO#DATASET",
    help="Read rows by this contract, and set aside those that break it. Without it, JSON passes through as it is.",
)
@click.option(
    "--every", type=Duration(), default="5s", metavar="DURATION", show_default=True, help="How often to tell."
)
@click.option("--for", "for_", type=Duration(), metavar="DURATION", help="Stop after so long.")
@click.option("--until-idle", type=Duration(), metavar="DURATION", help="Stop when nothing came for so long.")
@click.option("--fresh", is_flag=True, help="Begin anew, whatever an earlier pipe between the same ends kept.")
@patience
@runs_folder
@speaks
def verb(
    from_: str,
    to: str,
    as_: str | None,
    every: float,
    for_: float | None,
    until_idle: float | None,
    fresh: bool,
    patience: float,
    out: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Send on what a source gives, as it comes, at the pace that the sink takes it; print how it goes, and a receipt.

    Every row is sent at least once. Stopped at any moment, by Ctrl-C or a crash, the same command goes on where it
    stopped; checkpoint, receipt and what was set aside lie in OUT/pipes. Ends with 1 if the sink refused rows, with 3
    if an end failed for good.
    """
    from sandbox.pipe import Stopped, Wishes, pipe, work_of

    say: Callable[[str], None] = lambda line: click.echo(line, err=True)  # noqa: E731
    if to != "-" and not to.startswith("stdout:"):
        say = click.echo
    work = work_of(from_, to, as_, Wishes(fresh, for_, until_idle, every, patience), out)
    try:
        receipt = pipe(work, _teller(say, as_json, quiet))
    except Stopped as stopped:
        _tell(stopped.receipt, say, as_json, quiet)
        raise
    _tell(receipt, say, as_json, quiet)
    if receipt.refused:
        sys.stdout.flush()
        raise click.exceptions.Exit(EXIT_FAILED_CHECK)


def _teller(say: Callable[[str], None], as_json: bool, quiet: bool) -> Callable[[Pulse], None]:
    def tell(pulse: Pulse) -> None:
        if as_json and say is click.echo:
            tell_json(asdict(pulse), one_line=True)
        elif not quiet:
            parts = [f"{pulse.rows:,} rows", f"{pulse.per_second:,.0f}/s", f"{pulse.under_way:,} under way"]
            parts += [f"{pulse.lag:,} waiting"] if pulse.lag is not None else []
            parts += [f"{pulse.behind_s:,.1f} s behind"] if pulse.behind_s else []
            named = (("set aside", pulse.set_aside), ("refused", pulse.refused), ("retried", pulse.retried))
            say(" · ".join(parts + [f"{number:,} {what}" for what, number in named if number]))

    return tell


def _tell(receipt: Receipt, say: Callable[[str], None], as_json: bool, quiet: bool) -> None:
    if as_json and say is click.echo:
        tell_json(receipt.record(), one_line=True)
        return
    if quiet:
        return
    say(
        f"{receipt.taken:,} taken, {receipt.sent:,} sent, {receipt.acknowledged:,} acknowledged, {receipt.refused:,} "
        f"refused, {receipt.retried:,} retried; {receipt.guarantee}; {receipt.seconds:,.1f} s."
    )
    for line in _remarks(receipt):
        say(line)


def _remarks(receipt: Receipt) -> list[str]:
    lines = []
    if receipt.unknown:
        lines.append(f"Of {count(receipt.unknown, 'row')} nobody knows yet whether the sink has them.")
    if receipt.double_at_most:
        spans = [f"{first:,} to {after - 1:,}" for first, after in receipt.may_be_double[:_MOST_SPANS]]
        more = ", …" if len(receipt.may_be_double) > _MOST_SPANS else ""
        lines.append(f"At most {count(receipt.double_at_most, 'row')} can be there twice: {', '.join(spans)}{more}.")
    if receipt.refused:
        lines.append(f"Refused rows, with reasons: {receipt.refused_in}.")
    if receipt.set_aside:
        rules = ", ".join(f"{rule} ({rows:,})" for rule, rows in receipt.reasons.items())
        lines.append(f"{receipt.set_aside:,} set aside: {rules}; they are in {receipt.set_aside_in}.")
    if receipt.lag:
        lines.append(f"{count(receipt.lag, 'row')} wait at the source.")
    if receipt.sittings > 1:
        lines.append(f"It went on where it had stopped; this was time {receipt.sittings}.")
    return [*lines, f"{receipt.folder}/receipt.json"]
