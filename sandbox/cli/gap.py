"""`sandbox gap`: how far the dummy was from the real data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import count, tell_json, tell_table
from sandbox.cli.options import Asked, speaks, takes_scenario
from sandbox.cli.progress import progress

if TYPE_CHECKING:
    from sandbox.gap.figures import DatasetGap

_SHOWN = 12


@click.command("gap")
@takes_scenario
@click.argument("datasets", nargs=-1, metavar="[DATASET]…")
@click.option("--rows/--no-rows", "whole_rows", default=True, help="Ask a classifier about whole rows, or not.")
@click.option(
    "--page", type=click.Path(path_type=Path), metavar="FILE", help="Where the page goes.  [default: gap-NAME.html]"
)
@speaks
def verb(
    asked: Asked, datasets: Sequence[str], whole_rows: bool, page: Path | None, quiet: bool, as_json: bool
) -> None:
    """Hold the dummy beside the real data: every distance, and how many times what real data differs from itself.

    A ratio of 1.0 means that the dummy is no further from the real data than one half of that is from the other.
    """
    from sandbox.gap.mending import first_mends
    from sandbox.report.gap_page import write_gap_page

    found = asked.load()
    with progress(quiet) as listen:
        measured = found.gap(datasets or None, whole_rows=whole_rows, tell=lambda what: listen(what, 0, None))
    page = page or Path(f"gap-{found.name}.html")
    write_gap_page(page, found.name, measured)
    if as_json:
        tell_json([gap.to_dict() for gap in measured])
    elif not quiet:
        for gap in measured:
            _tell(gap)
        for number, mend in enumerate(first_mends(measured), start=1):
            click.echo(f"{number}. {mend.dataset}.{mend.what}: {mend.why}.")
        click.echo(str(page))


def _tell(gap: DatasetGap) -> None:
    from sandbox.gap.figures import band

    dummy, real = gap.compared.looked_at
    of = f", whole {gap.compared.entity}" if gap.compared.entity else ""
    click.echo(f"{gap.dataset}: {count(dummy, 'row')} of the dummy beside {real:,} real ones{of}.")
    if gap.column_ratio is not None:
        pairs = "" if gap.pair_ratio is None else f", of pairs {gap.pair_ratio:.1f}"
        click.echo(f"  median ratio of columns {gap.column_ratio:.1f}{pairs} (1.0: as real data differs from itself)")
    if gap.rows is not None:
        names = ", ".join(name for name, _ in gap.rows.giveaways[:3])
        by = f", given away by {names}" if names else ""
        click.echo(
            f"  whole rows: AUC {gap.rows.auc:.3f} ({gap.rows.low:.3f} to {gap.rows.high:.3f}; 0.5: not told apart){by}"
        )
    for what, some in (("column", gap.columns), ("behaviour", gap.behaviour)):
        worst = sorted(some, key=lambda column: -column.ratio)
        rows = [
            [each.column, f"{each.distance:.3f}", f"{each.floor:.3f}", f"{each.ratio:,.1f}", band(each.ratio)]
            for each in worst[:_SHOWN]
        ]
        if rows:
            tell_table([what, "distance", "floor", "ratio", "verdict"], rows, right=(1, 2, 3))
    apart = sorted(gap.pairs, key=lambda pair: -pair.ratio)
    rows = [
        [" × ".join(each.columns), f"{each.dummy:+.2f}", f"{each.real:+.2f}", f"{each.ratio:,.1f}", band(each.ratio)]
        for each in apart[:_SHOWN]
    ]
    if rows:
        tell_table(["pair", "dummy", "real", "ratio", "verdict"], rows, right=(1, 2, 3))
    for each in gap.left_out:
        click.echo(f"  not compared: {each}")
