"""`sandbox recommend`: items for a customer, or for whoever looks at an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sandbox.cli.messages import tell_json, tell_table, warn
from sandbox.cli.options import Asked, runs_folder, speaks, takes_scenario, unreleased

if TYPE_CHECKING:
    from sandbox.api import Scenario
    from sandbox.models.recommend.base import Suggestion
    from sandbox.models.recommend.recommender import LeaveOut

MOST_COLUMNS = 3
"""Columns of an item that stand beside it."""
_OWN = ("item", "score", "why")


@click.command("recommend")
@takes_scenario
@click.option("--customer", metavar="ID", help="For whom; best sellers for nobody, and for who was never seen.")
@click.option("--item", metavar="ID", help="What is looked at now: what goes with it.")
@click.option("-n", "many", type=click.IntRange(1, 10_000), default=10, metavar="NUMBER", show_default=True)
@click.option(
    "--run", metavar="NAME", help="Learn from what landed in this run, such as shop/1; else from a simulation."
)
@unreleased
@click.option("--events", metavar="DATASET", help="The stream to learn from, where several have items.")
@click.option("--goal", metavar="EVENT", help="What counts as a sale.  [default: purchase, if there is one]")
@click.option(
    "--leave-out",
    type=click.Choice(["bought", "seen", "nothing"]),
    default="bought",
    help="What the list must not have of what the customer did.",
    show_default=True,
)
@runs_folder
@speaks
def verb(
    asked: Asked,
    customer: str | None,
    item: str | None,
    many: int,
    run: str | None,
    unreleased: bool,
    events: str | None,
    goal: str | None,
    leave_out: LeaveOut,
    out: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Recommend items: what goes with those that a customer has looked at, then best sellers.

    It learns from the events of a landed run, or simulates the scenario's first. A scenario that asks for a release
    (`approval:`, `stage: production`) is learnt from its latest run that is released.
    """
    from sandbox.api import find_run
    from sandbox.runs.basis import basis_of

    found = asked.load()
    basis = basis_of(found.plan, out, None if run is None else find_run(run, out), unreleased=unreleased)
    warn(basis.warning)
    listed = found._recommenders.recommend(customer, many, item, basis.folder, events, goal, leave_out)
    told = _described(found, events, listed)
    if as_json:
        tell_json({"customer": customer, "item": item, "items": told, "warning": basis.warning})
        return
    if quiet:
        for each in listed:
            click.echo(each.item)
        return
    header = ["", *(told[0] if told else _OWN)]
    rows = [
        [place, *(f"{v:.4g}" if k == "score" else v for k, v in each.items())] for place, each in enumerate(told, 1)
    ]
    tell_table(header, rows, right=(0, header.index("score")))


def _described(found: Scenario, events: str | None, listed: Sequence[Suggestion]) -> list[dict[str, Any]]:
    """Each item with its first columns, personal ones left out."""
    known = _columns(found, events, [each.item for each in listed])
    return [{"item": each.item, **known.get(each.item, {}), "score": each.score, "why": each.why} for each in listed]


def _columns(found: Scenario, events: str | None, items: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    from sandbox.runs.recommending import interactions

    dataset = found.plan.datasets[interactions(found.plan, events).items]
    if dataset.spec.hidden or not items:
        return {}
    key, pii = dataset.contract.primary_key[0], dataset.contract.pii
    shown = [name for name in dataset.contract.names if name != key and name not in pii and name not in _OWN]
    rows: dict[Any, Mapping[str, Any]] = {}
    for batch in found.batches(dataset.name):
        these = batch.filter(pc.is_in(batch.column(key), pa.array(items, batch.schema.field(key).type)))
        for row in these.select([key, *shown[:MOST_COLUMNS]]).to_pylist():
            rows[row.pop(key)] = row
    return rows
