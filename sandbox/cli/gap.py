"""`sandbox gap`: how far the dummy was from the real data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import count, tell_json, tell_table
from sandbox.cli.options import Asked, OutputFile, speaks, takes_scenario, workers
from sandbox.cli.progress import progress

if TYPE_CHECKING:
    from sandbox.gap.figures import DatasetGap
    from sandbox.gap.use import UseGap

_SHOWN = 12


@click.command("gap")
@takes_scenario
@click.argument("datasets", nargs=-1, metavar="[DATASET]…")
@click.option("--rows/--no-rows", "whole_rows", default=True, help="Ask a classifier about whole rows, or not.")
@click.option("--models/--no-models", default=True, help="Fit the scenario's models on both sides, or not.")
@click.option("--page", type=OutputFile(), metavar="FILE", help="Where the page goes.  [default: gap-NAME.html]")
@workers
@speaks
def verb(
    asked: Asked,
    datasets: Sequence[str],
    whole_rows: bool,
    models: bool,
    page: Path | None,
    workers: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """Hold the dummy beside the real data: every distance, and how many times what real data differs from itself.

    A ratio of 1.0 means that the dummy is no further from the real data than one half of that is from the other.
    """
    from sandbox.gap.mending import first_mends
    from sandbox.report.gap_page import write_gap_page

    found = asked.load()
    with progress(quiet) as listen:
        measured = found.gap(
            datasets or None,
            whole_rows=whole_rows,
            models=models,
            workers=workers or os.cpu_count() or 1,
            tell=lambda what: listen(what, 0, None),
        )
    page = page or Path(f"gap-{found.name}.html")
    write_gap_page(page, found.name, measured)
    if as_json:
        tell_json(measured.to_dict())
    elif not quiet:
        for gap in measured.datasets:
            _tell(gap)
        for use in measured.models:
            _tell_use(use)
        mends = first_mends(measured)
        if mends:
            click.echo("To be mended first:")
        for number, mend in enumerate(mends, start=1):
            click.echo(f"{number}. {mend.dataset}.{mend.what}: {mend.why}.")
        click.echo(str(page))


def _tell(gap: DatasetGap) -> None:
    from sandbox.gap.figures import verdict

    dummy, real = gap.compared.looked_at
    of = f", whole {gap.compared.entity}" if gap.compared.entity else ""
    click.echo(f"{gap.dataset}: {count(dummy, 'row')} of the dummy beside {real:,} real ones{of}.")
    if gap.column_ratio is not None:
        pairs = "" if gap.pair_ratio is None else f", of pairs {gap.pair_ratio:.1f}"
        click.echo(f"  median ratio of columns {gap.column_ratio:.1f}{pairs} (1.0: as real data differs from itself)")
    for cause in gap.likely:
        click.echo(f"  likely: {cause.what}: {cause.why}. {cause.mend}")
    if gap.rows is not None:
        names = ", ".join(name for name, _ in gap.rows.giveaways[:3])
        by = f", given away by {names}" if names else ""
        click.echo(
            f"  whole rows: AUC {gap.rows.auc:.3f} ({gap.rows.low:.3f} to {gap.rows.high:.3f}; 0.5: not told apart){by}"
        )
    for what, some in (
        ("column", gap.columns),
        ("behaviour", gap.behaviour),
        ("key", gap.keys),
        ("delivery", gap.delivery),
    ):
        worst = sorted(some, key=lambda column: -column.ratio)
        rows = [
            [each.column, f"{each.distance:.3f}", f"{each.floor:.3f}", f"{each.ratio:,.1f}", verdict(each)]
            for each in worst[:_SHOWN]
        ]
        if rows:
            tell_table([what, "distance", "floor", "ratio", "verdict"], rows, right=(1, 2, 3))
    apart = sorted(gap.pairs, key=lambda pair: -pair.ratio)
    rows = [
        [" × ".join(each.columns), f"{each.dummy:+.2f}", f"{each.real:+.2f}", f"{each.ratio:,.1f}", verdict(each)]
        for each in apart[:_SHOWN]
    ]
    if rows:
        tell_table(["pair", "dummy", "real", "ratio", "verdict"], rows, right=(1, 2, 3))
    if gap.privacy is not None:
        near, copies = gap.privacy.nearest, gap.privacy.copies
        click.echo(
            f"  one row in twenty has a real one nearer than {near[0]:.4f} (of real rows {near[1]:.4f}); "
            f"copies of a real row: {copies[0]:.2%} (of real rows {copies[1]:.2%})"
        )
    for each in gap.left_out:
        click.echo(f"  not compared: {each}")


def _tell_use(use: UseGap) -> None:
    if use.from_dummy is None or use.from_real is None or use.share is None:
        click.echo(f"{use.model}: no figure; {use.failure}")
        return
    dummy, real = use.from_dummy, use.from_real
    click.echo(
        f"{use.model}: AUC on real data {dummy.value:.3f} ({dummy.low:.3f} to {dummy.high:.3f}) learnt from the dummy, "
        f"{real.value:.3f} ({real.low:.3f} to {real.high:.3f}) from real data: {use.share:.0%}"
    )
    for swap in use.swaps:
        click.echo(
            f"  with real {swap.assumption}: {swap.reached.value:.3f} "
            f"({swap.won.value:+.3f}, from {swap.won.low:+.3f} to {swap.won.high:+.3f})"
        )
    if use.costliest is not None:
        sure = "" if use.costliest.costs else ", which may be chance"
        click.echo(f"  {use.costliest.assumption} costs it most{sure}")
