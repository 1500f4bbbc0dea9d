"""`sandbox preview`: a few rows of each dataset in the terminal, or pictures of what customers do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import count, tell_json, tell_rows
from sandbox.cli.options import Asked, OutputFile, show_pii, speaks, takes_scenario

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.api import Scenario

LONGEST = 40


@click.command("preview")
@takes_scenario
@click.argument("datasets", nargs=-1, metavar="[DATASET]…")
@click.option(
    "--rows", "-n", type=click.IntRange(1, 1000), default=5, metavar="NUMBER", help="Rows of each.", show_default=True
)
@click.option("--behaviour", is_flag=True, help="Draw what customers do instead: journey, week, who stays.")
@click.option("--out", type=OutputFile(), metavar="FILE", help="With --behaviour: a page with the same pictures.")
@show_pii
@speaks
def verb(
    asked: Asked,
    datasets: Sequence[str],
    rows: int,
    behaviour: bool,
    out: Path | None,
    show_pii: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Show the first rows of each dataset, or of the ones named.

    Only those rows are made, whatever the scenario's size. With --behaviour, streams of visits are drawn from some of
    their customers: the journey and its funnel, the week, who is active, comes, leaves and stays.
    """
    if out is not None and not behaviour:
        raise click.UsageError("--out writes a page of --behaviour; say that too.")
    found = asked.load()
    if behaviour:
        _show_behaviour(found, datasets, out, quiet, as_json)
        return
    wanted = datasets or found.datasets
    shown = {name: found.preview(name, rows, show_pii=show_pii) for name in wanted}
    if as_json:
        tell_json({name: table.to_pylist() for name, table in shown.items()})
        return
    for name, table in shown.items():
        click.echo(_title(found, name, len(table)))
        types = {column.name: column.type for column in found.plan.datasets[name].contract.columns}
        tell_rows({column: _written(table.column(column)) for column in table.column_names}, types)
    if not (quiet or show_pii) and any(found.plan.datasets[name].contract.pii for name in wanted):
        click.echo("Personal data is masked; --show-pii shows it.", err=True)


def _show_behaviour(found: Scenario, datasets: Sequence[str], out: Path | None, quiet: bool, as_json: bool) -> None:
    from sandbox.cli.behaviour import draw

    shown = [found.behaviour(name) for name in datasets or found.streams]
    if out is not None:
        from sandbox.report.behaviour_section import behaviour_page
        from sandbox.whole import write_whole

        write_whole(out, behaviour_page(found.name, shown))
    if as_json:
        tell_json({each.dataset: each.to_dict() for each in shown})
        return
    for number, each in enumerate(shown):
        click.echo("\n" if number else "", nl=False)
        draw(each)
    if out is not None and not quiet:
        click.echo(str(out))


def _title(found: Scenario, name: str, shown: int) -> str:
    size = found.sizes()[name]
    unit = "entities" if found.plan.datasets[name].spec.history else "rows"
    total = f" of {size:,} {unit}" if size >= 0 else ""
    return click.style(name, bold=True) + f": {count(shown, 'row')}{total}"


def _written(column: pa.ChunkedArray) -> list[str]:
    return [_cell(value) for value in column.to_pylist()]


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        value = value.replace(microsecond=0, tzinfo=None)
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
