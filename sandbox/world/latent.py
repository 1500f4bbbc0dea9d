"""What rows do not tell: hidden columns, tastes and habits of entities; who did what, and how likely each choice was.

Columns are called as expressions of a scenario would call them: `parent.customer_id`, `visit.chance`. What rows have
for a stream's sake bears the stream's name before a dot, so that no column of theirs can be called the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.scenario.plan import DatasetPlan, Plan
from sandbox.world.finish import plain
from sandbox.world.recipe import PARENT
from sandbox.world.streams.arrivals import spread_of
from sandbox.world.streams.catalogue import Catalogue, tastes
from sandbox.world.views import Slice, View
from sandbox.world.world import World

EVENT_ID, CHANCE, CLICK_CHANCE = "_sandbox.event_id", "visit.chance", "visit.click_chance"


def has_latent(plan: Plan, dataset: str) -> bool:
    """Whether there is anything that the rows of a dataset do not tell."""
    made = plan.datasets[dataset]
    if made.spec.visits is not None:
        return bool(_hidden(made) or made.items) or made.spec.visits.known != 1.0
    comes = any(stream.spec.visits is not None and stream.spec.visits.spread for stream in _streams_of(plan, dataset))
    return bool(_hidden(made) or made.spec.taste or _streams_about(plan, dataset)) or comes


def latent(world: World, dataset: str, start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """What the rows of a range of units do not tell, in their order; of a history, what is behind its entities.

    Each row begins with its key, or with `_sandbox.event_id`, the envelope's, where the dataset has none; then come the
    hidden columns, of a history as each entity was at first.

    Of a stream: the key of the parent, who is always known here (`parent.customer_id`); where items are chosen, how
    likely the choice or click was (`visit.chance`, null where there was none); where something is shown, how likely it
    was that any of it would be clicked (`visit.click_chance`, null elsewhere).

    Of other datasets: `taste.1`, `taste.2` … are standard normal; an item is to somebody's taste by the sum of the
    products over the root of their number. `<stream>.spread` is how much more often somebody comes than others like
    them, `<stream>.popularity` an item's share of what comes to mind.
    """
    plan = world.plan.datasets[dataset]
    if plan.spec.visits is not None:
        names = [*_hidden(plan), *_of_visits(world, plan)]
        for piece in world.slices(dataset, start, stop):
            yield _batch(piece, _keys(plan, piece.view) | {name: piece.view.column(name) for name in names})
        return
    names = _hidden(plan)
    catalogues = _catalogues(world, dataset)
    for piece in world.entities(dataset).slices(start, stop):
        piece.view.make(names)
        own = _keys(plan, piece.view) | {name: piece.view.column(name) for name in names}
        taste, habits = (made(world, plan, catalogues, piece.view) for made in (_tastes, _habits))
        yield _batch(piece, own | taste | habits)


def _hidden(plan: DatasetPlan) -> list[str]:
    return [column.name for column in plan.columns if column.hidden]


def _of_visits(world: World, plan: DatasetPlan) -> list[str]:
    """What visits bring to events and no contract lets out."""
    parent, journey = world.recipe(plan.name).parent, plan.spec.journey
    assert parent is not None
    names = [f"{PARENT}{key}" for key in parent.plan.contract.primary_key]
    if plan.items is not None:
        names.append(CHANCE)
    if journey is not None and any(state.shows is not None for state in journey.states.values()):
        names.append(CLICK_CHANCE)
    return names


def _keys(plan: DatasetPlan, view: View) -> dict[str, pa.Array]:
    keys = plan.contract.primary_key
    view.make(keys)
    return {key: view.column(key) for key in keys} or {EVENT_ID: pa.array(view.identities.view(np.uint64))}


def _batch(piece: Slice, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    cut = [plain(column.slice(piece.first, piece.last - piece.first)) for column in columns.values()]
    return pa.RecordBatch.from_arrays(cut, names=list(columns))


def _tastes(world: World, plan: DatasetPlan, catalogues: list[Catalogue], view: View) -> dict[str, pa.Array]:
    """Hidden factors of customers or of items: one column each."""
    if plan.spec.taste is not None:
        drawn = tastes(world.recipe(plan.name).process_address("taste"), view.identities, plan.spec.taste.factors)
        return {f"taste.{number}": pa.array(factor) for number, factor in enumerate(drawn.T, start=1)}
    most = max((_factors(catalogue) for catalogue in catalogues), default=0)
    if not most:
        return {}
    drawn = catalogues[0].factors(most) * np.sqrt(np.float32(most))
    return {f"taste.{number}": _rows(factor, view) for number, factor in enumerate(drawn, start=1)}


def _habits(world: World, plan: DatasetPlan, catalogues: list[Catalogue], view: View) -> dict[str, pa.Array]:
    """How often somebody comes, and how easily an item comes to mind, for each stream."""
    found = {}
    for stream in _streams_of(world.plan, plan.name):
        spread = stream.spec.visits.spread if stream.spec.visits is not None else 0.0
        if spread:
            found[f"{stream.name}.spread"] = pa.array(spread_of(world.recipe(stream.name), spread, view.identities))
    for catalogue in catalogues:
        shares = catalogue.weights / catalogue.weights.sum()
        found[f"{catalogue.recipe.plan.name}.popularity"] = _rows(shares, view)
    return found


def _rows(values: NDArray[np.floating], view: View) -> pa.Array:
    """The values of a view's rows; null for those that pins add, which never come to mind."""
    here = values[view.start : view.start + len(view)]
    padded = np.full(len(view), np.nan, values.dtype)
    padded[: len(here)] = here
    return pa.array(padded, from_pandas=True)


def _factors(catalogue: Catalogue) -> int:
    """How many hidden factors a stream's choices among these items hang on."""
    stream, parent = catalogue.recipe.plan.spec, catalogue.recipe.parent
    taste = parent.plan.spec.taste if parent is not None else None
    return taste.factors if taste is not None and stream.choice is not None and stream.choice.taste else 0


def _catalogues(world: World, dataset: str) -> list[Catalogue]:
    """The dataset as items of each stream that is about them."""
    rows = world.table(dataset).rows
    streams = _streams_about(world.plan, dataset)
    return [Catalogue(world.recipe(stream.name), dataset, rows) for stream in streams]


def _streams_of(plan: Plan, dataset: str) -> list[DatasetPlan]:
    return [each for each in plan.datasets.values() if each.parent == dataset and each.spec.visits is not None]


def _streams_about(plan: Plan, dataset: str) -> list[DatasetPlan]:
    return [each for each in plan.datasets.values() if each.items == dataset and each.spec.visits is not None]
