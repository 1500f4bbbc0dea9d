"""The ledger of changes: what was done to which stream and when, and to whom; for scoring whoever has to notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.contract.zones import to_local, to_utc
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.plan import ChangePlan, ClockPlan, DatasetPlan, Plan
from sandbox.world.finish import Mask, plain
from sandbox.world.recipe import INSTANT
from sandbox.world.rowsets import Whole
from sandbox.world.streams.story import items_of
from sandbox.world.views import moments
from sandbox.world.world import World

LEDGER = pa.schema(
    {
        "change": pa.string(),
        "kind": pa.string(),
        "about": pa.string(),
        "dataset": pa.string(),
        "effect": pa.string(),
        "column": pa.string(),
        "size": pa.float64(),
        "share": pa.float64(),
        "item": pa.string(),
        "starts": INSTANT,
        "whole_from": INSTANT,
        "ends": INSTANT,
    }
)
_ROWS = 65_536
Times = tuple[int, int | None, int | None]
"""When a change starts, has its whole strength, and ends; microseconds UTC, None where it never does."""


def ledger(world: World) -> pa.Table:
    """What changes over the clock, one row for each effect of a change and each time that it comes, by time.

    `effect` is `visits` (`size`: the factor), `nulls` (`size`: the share of values of `column`), `adds` (`column`),
    `expressions` (SQL of the stream uses the change), `launch` (`item` is there from then on) or `sets` (a transition
    at a fixed time gives the `column` of a history another value). `share` is that of those whom it reaches, before
    `where` or `when`. It has its whole strength from `whole_from` on (null: it ends before); without `ends`, it stays.
    Datasets that are real under the plan's target are left out.
    """
    plan = world.plan
    made = [each for name, each in plan.datasets.items() if name not in plan.bindings]
    streams = [each for each in made if each.spec.visits is not None]
    rows = [row for change in plan.changes.values() for row in _of_change(change, streams, plan.clock)]
    rows += [row for each in made for row in _of_transitions(each, plan.clock)]
    table = pa.Table.from_pylist(rows, LEDGER)
    table = pa.concat_tables([table, *(_launches(world, each) for each in _with_launches(streams))])
    order = ("starts", "change", "dataset", "effect", "column", "item")
    return table.sort_by([(name, "ascending") for name in order])


def exposed(plan: Plan) -> list[str]:
    """The changes that reach some of the rows of a dataset, and not all."""
    return [name for name, change in plan.changes.items() if not change.is_for_all and change.of not in plan.bindings]


def reached(world: World, name: str) -> pa.Table:
    """All of `exposures`. Raises InputError: there is no such change, or it reaches everybody."""
    plan = world.plan
    known = exposed(plan)
    if name not in known:
        said = "reaches everybody" if name in plan.changes else "is no change of the scenario"
        raise InputError(f"{plan.file}: '{name}' {said}.{did_you_mean(name, known)}")
    return pa.Table.from_batches(list(exposures(world, name)))


def exposures(world: World, name: str) -> Iterator[pa.RecordBatch]:
    """Whom a change that is not for all reaches, and from when until when: the key, `starts` and `ends`.

    Who is reached while a condition holds comes once for each time that it holds; `ends` is null where it is for good.
    """
    plan, change = world.plan, world.plan.changes[name]
    theirs = (each for each in plan.datasets.values() if each.parent == change.of)
    stream = world.stream(next(each.name for each in theirs if each.spec.visits is not None))
    people = stream.people
    starts = np.maximum(people.since, change.start_us)
    ends = np.minimum(people.until, change.end_us)
    rows = np.flatnonzero(stream.changes.reached(name) & (starts < np.minimum(ends, plan.clock.end_us)))
    goes_on = (people.customer[rows[1:]] == people.customer[rows[:-1]]) & (starts[rows[1:]] == ends[rows[:-1]])
    firsts = np.flatnonzero(np.concatenate([[True], ~goes_on])[: len(rows)])
    lasts = np.append(firsts[1:], len(rows))[: len(firsts)] - 1
    parent = plan.datasets[change.of or ""]
    for first in range(0, max(len(firsts), 1), _ROWS):
        these, until = rows[firsts[first : first + _ROWS]], ends[rows[lasts[first : first + _ROWS]]]
        keys = {key: plain(people.column(key).take(pa.array(these))) for key in parent.contract.primary_key}
        forever = until >= plan.clock.end_us
        spans = {"starts": pa.array(starts[these]).cast(INSTANT), "ends": _moments(until, forever)}
        yield pa.RecordBatch.from_pydict(keys | spans)


def _of_change(change: ChangePlan, streams: list[DatasetPlan], clock: ClockPlan) -> Iterator[dict[str, Any]]:
    for stream in streams:
        effects: list[tuple[str, str | None, float | None]] = []
        if stream.name in change.visits:
            effects.append(("visits", None, change.visits[stream.name]))
        effects += [("nulls", column, share) for column, share in change.nulls.get(stream.name, {}).items()]
        if stream.name in change.heard:
            effects.append(("expressions", None, None))
        for start_us, whole_us, end_us in _times(change, clock):
            for effect, column, size in effects:
                did = {"effect": effect, "column": column, "size": size, "share": change.share}
                yield _told(change, stream) | did | {"starts": start_us, "whole_from": whole_us, "ends": end_us}
        for column in change.adds.get(stream.name, ()):
            did = {"effect": "adds", "column": column, "share": 1.0}
            yield _told(change, stream) | did | {"starts": change.start_us, "whole_from": change.start_us}


def _told(change: ChangePlan, stream: DatasetPlan) -> dict[str, Any]:
    return {"change": change.name, "kind": change.kind, "about": change.about, "dataset": stream.name}


def _of_transitions(history: DatasetPlan, clock: ClockPlan) -> Iterator[dict[str, Any]]:
    """Transitions of a history that come at a fixed moment of the clock: each column that they set."""
    for name, written in history.spec.transitions.items():
        at_us = clock.calendar.at_us(written.at) if written.at is not None else clock.end_us
        if clock.start_us <= at_us < clock.end_us:
            of = {"change": name, "kind": "transition", "about": "", "dataset": history.name}
            for column in written.set:
                did = {"effect": "sets", "column": column, "share": written.share}
                yield of | did | {"starts": at_us, "whole_from": at_us}


def _times(change: ChangePlan, clock: ClockPlan) -> Iterator[Times]:
    """Each time that a change comes within the clock: when it starts, is whole, and ends (None: never)."""
    if not change.every_us:
        ends = change.end_us if change.end_us < clock.end_us else None
        whole = change.start_us + change.ramp_us
        yield change.start_us, whole if whole < change.end_us else None, ends
        return
    end_us = min(change.end_us, clock.end_us)
    begin = int(to_local(np.array([change.start_us]), clock.zone)[0])
    local = begin + np.arange((end_us - change.start_us) // change.every_us + 2) * change.every_us
    starts, ends_at = to_utc(local, clock.zone), to_utc(local + change.lasts_us, clock.zone)
    for start_us, stop_us in zip(starts.tolist(), ends_at.tolist(), strict=True):
        if start_us < end_us:
            yield start_us, start_us, min(stop_us, end_us)


def _with_launches(streams: list[DatasetPlan]) -> list[DatasetPlan]:
    """One stream for each way in which items come to be there."""
    choices = ((each, each.spec.choice) for each in streams)
    found = {(each.items, choice.since): each for each, choice in choices if choice is not None and choice.since}
    return list(found.values())


def _launches(world: World, stream: DatasetPlan) -> pa.Table:
    """Items that come to be there while the clock runs."""
    recipe = world.recipe(stream.name)
    items = items_of(recipe)
    choice = stream.spec.choice
    assert items is not None
    assert choice is not None
    assert choice.since is not None
    table = world.table(items)
    rows = np.arange(table.rows, dtype=np.int64)
    starts = moments(table.take(choice.since, rows), recipe)
    fresh = np.flatnonzero((starts > recipe.clock.start_us) & (starts < recipe.clock.end_us))
    key = world.plan.datasets[items].contract.primary_key[0]
    names = plain(table.take(key, rows[fresh])).cast(pa.string())
    at = pa.array(starts[fresh]).cast(INSTANT)
    said = {"kind": "launch", "about": "", "dataset": items, "effect": "launch", "share": 1.0}
    columns = {name: pa.repeat(pa.scalar(value, LEDGER.field(name).type), len(fresh)) for name, value in said.items()}
    columns |= {"item": names, "starts": at, "whole_from": at}
    arrays = [columns.get(field.name, pa.nulls(len(fresh), field.type)) for field in LEDGER]
    return pa.Table.from_arrays(arrays, schema=LEDGER)


def _moments(times_us: Whole, forever: Mask) -> pa.Array:
    """Moments, null where something is for good."""
    return pa.array(np.where(forever, 0, times_us), mask=forever).cast(INSTANT)
