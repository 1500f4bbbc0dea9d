"""`sandbox run --follow`: what it takes, and what it says of each batch."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sandbox.cli.messages import count, tell_json
from sandbox.cli.options import Duration
from sandbox.cli.progress import progress
from sandbox.errors import InputError

if TYPE_CHECKING:
    from sandbox.api import Scenario
    from sandbox.runs.pulse import Beat, Pulse

Verb = TypeVar("Verb", bound=Callable[..., Any])
FOLDER = "live"
"""Below `data/<scenario>`, beside the runs."""


def following(verb: Verb) -> Verb:
    """Add `--follow` and what belongs to it."""
    options = (
        click.option("--follow", is_flag=True, help="Keep features fresh while the target's sources go on."),
        click.option("--every", type=Duration(), default="5s", metavar="DURATION", show_default=True,
                     help="With --follow: how long a batch gathers."),
        click.option("--lateness", type=Duration(), metavar="DURATION",
                     help="With --follow: set events aside that are older than the newest by more than this."),
        click.option("--for", "for_", type=Duration(), metavar="DURATION", help="With --follow: stop after so long."),
        click.option("--until-idle", type=Duration(), metavar="DURATION",
                     help="With --follow: stop when nothing came for so long."),
        click.option("--fresh", is_flag=True, help="With --follow: begin anew; what landed before is removed."),
    )  # fmt: skip
    for option in reversed(options):
        verb = option(verb)
    return verb


def follow(found: Scenario, out: Path, given: dict[str, Any], workers: int, quiet: bool, speech: str) -> None:
    """Follow until it is time to stop. Ctrl-C is a way to stop like others: every batch that was told counts."""
    if speech not in ("text", "json"):
        raise InputError(f"--follow speaks text or json, not {speech}.")
    folder = out / found.name / FOLDER
    if given.pop("fresh"):
        shutil.rmtree(folder, ignore_errors=True)

    def tell(pulse: Pulse) -> None:
        if speech == "json":
            tell_json(asdict(pulse), one_line=True)
        elif not quiet:
            click.echo("\n".join(_lines(pulse)))

    batches = 0
    try:
        with progress(quiet) as listen:
            batches = found.follow(folder, **given, workers=workers, tell=tell, listen=listen)
    except KeyboardInterrupt:
        if speech == "text" and not quiet:
            click.echo(f"\nStopped; the same command goes on from there. What landed lies in {folder}.")
        return
    if speech == "text" and not quiet:
        click.echo(f"{count(batches, 'batch', 'batches')} so far, in {folder}.")


def _lines(pulse: Pulse) -> list[str]:
    lines = [f"batch {pulse.batch:<5} {_line(beat)}" for beat in pulse.beats]
    for model, rows in pulse.features.items():
        lines.append(
            f"{'':11} features of {model}: {count(rows, 'row')} as of {pulse.moment}, in {pulse.seconds:.2f} s"
        )
    return lines


def _line(beat: Beat) -> str:
    aside = beat.rejected - beat.late
    parts = [f"+{count(beat.accepted, 'row')}"]
    parts += [f"{beat.put.repeated:,} repeated"] if beat.put.repeated else []
    parts += [f"{beat.late:,} late"] if beat.late else []
    parts += [f"{aside:,} set aside"] if aside else []
    parts += [f"newest {beat.newest}, {_ago(beat.age_s)} ago"] if beat.newest and beat.age_s is not None else []
    parts += [f"lag {beat.lag:,}"] if beat.lag is not None else []
    return f"{beat.dataset}: {', '.join(parts)}"


def _ago(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.1f} s"
