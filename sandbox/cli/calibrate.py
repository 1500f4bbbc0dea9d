"""`sandbox calibrate`: a new scenario file that says what the real data says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import count, tell_json, tell_table
from sandbox.cli.options import Asked, OutputFile, speaks, takes_scenario
from sandbox.cli.progress import progress

if TYPE_CHECKING:
    from sandbox.calibrate import Calibration

_LONGEST = 36


@click.command("calibrate")
@takes_scenario
@click.argument("datasets", nargs=-1, metavar="[DATASET]…")
@click.option("-o", "--output", type=OutputFile(), required=True, metavar="FILE", help="Where the new file goes.")
@click.option("--keep", multiple=True, metavar="PATH", help="A value to leave as it is; may be repeated.")
@click.option(
    "--profile",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Fit to a sealed profile (`sandbox profile`) instead of the real data.",
)
@click.option(
    "--page",
    type=OutputFile(),
    metavar="FILE",
    help="Also a page of what changed, by what, and how far off it was.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@speaks
def verb(
    asked: Asked,
    datasets: Sequence[str],
    output: Path,
    keep: Sequence[str],
    profile: Path | None,
    page: Path | None,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Fit the scenario to the real data, and write it anew: your own text with other values, each with its reason.

    What was assumed is measured then; comments, layout and what stands under `keep:` stay.
    """
    found = asked.load()
    with progress(quiet) as listen:
        calibration = found.calibrate(
            output, datasets or None, keep=keep, profile=profile, force=force, tell=lambda what: listen(what, 0, None)
        )
    if page is not None:
        from sandbox.calibrate.page import write_calibration_page

        write_calibration_page(page, calibration)
    if as_json:
        tell_json(calibration.to_dict())
    elif not quiet:
        _tell(calibration)
        click.echo(str(output))
        if page is not None:
            click.echo(str(page))


def _tell(calibration: Calibration) -> None:
    rows = [
        [change.what, _short(change.was or "-"), _short(change.now), change.interval, _far(change.off, change.assumed)]
        for change in calibration.changes
    ]
    if rows:
        tell_table(["value", "from", "to", "95 %", "off by"], rows, right=(4,))
    assumed = sum(change.assumed for change in calibration.changes)
    measured = f"; {count(assumed, 'assumption')} measured" if assumed else ""
    click.echo(f"{count(len(calibration.changes), 'value')} changed{measured}.")
    for each in calibration.left:
        click.echo(f"  left: {each}")


def _far(off: float | None, assumed: bool) -> str:
    told = "" if off is None else f"{off:.3f}"
    return f"{told} (assumed)".strip() if assumed else told


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
