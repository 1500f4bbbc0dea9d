"""A plan ahead in words and small tables: days by share of the traffic, and what each choice is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import tell_table

if TYPE_CHECKING:
    from sandbox.experiment.planning import Ahead


def tell_ahead(ahead: Ahead) -> None:
    """Print it for a person."""
    from sandbox.report.planning_charts import named
    from sandbox.report.planning_page import price_sentences

    design = ahead.design
    click.echo(
        f"{design.name}: {ahead.units_a_day:,} units a day, {design.primary} {ahead.baseline.mean:.4g}, "
        f"{design.effect or 0:+.1%} sought, {design.horizon} days planned."
    )
    rows = [
        [f"{each.share:.0%}", "over a year" if each.days is None else f"{each.days:,}",
         "–" if each.smallest_lift != each.smallest_lift else f"{each.smallest_lift:.1%}"]
        for each in ahead.outlooks
    ]  # fmt: skip
    tell_table(["share", f"days for {design.effect or 0:+.1%}", "smallest lift by the horizon"], rows, right=(0, 1, 2))
    if not ahead.options:
        return
    choices = [
        [f"{share:.0%}", named(each), f"{each.worth:,.0f}", f"{each.regret:,.0f}"]
        for share, some in ahead.options.items()
        for each in some
    ]
    tell_table(["share", "choice", "worth", "regret"], choices, right=(0, 2, 3))
    for sentence in price_sentences(ahead.prices) if ahead.prices is not None else ():
        click.echo(sentence)
