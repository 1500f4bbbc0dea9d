"""How likely each entity truly was to leave or to change: what the oracle of a label answers."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from sandbox.errors import InputError, did_you_mean
from sandbox.world.as_of import in_force
from sandbox.world.continuation import Changes, Continuation, Event, Leaves
from sandbox.world.foresight import foreseen
from sandbox.world.states import State
from sandbox.world.world import World

PATHS = 64

__all__ = ["Changes", "Event", "Leaves", "true_probability"]


def true_probability(
    world: World, dataset: str, cut_us: int, window_us: int, event: Event, paths: int = PATHS
) -> pa.Table:
    """How likely the event truly was within (cut, cut + window], for each entity that was there at the cut.

    Args:
        dataset: a history.
        cut_us: the moment whose full state, hidden columns included, is taken as known; microseconds UTC.
        window_us: how long after it is looked at, > 0. The world goes on beyond the clock's end for it.
        paths: continuations of each entity, an even number; more of them shrink the error.
    Returns:
        The key's columns, `probability` float64 and `standard_error` float64, by entity.
    Raises:
        InputError: the dataset is no history, or has no such column.
    """
    continuation = _continuation(world, dataset, event, paths)
    if continuation.recipe.plan.spec.recent:
        return _foreseen(world, dataset, cut_us, window_us, event)
    tables = []
    for versions, rows in in_force(world, dataset, cut_us):
        begins = max(cut_us, world.plan.clock.start_us - 1)
        state = State.in_force(versions.entities, versions.entity, versions.since, versions.moving).taken(rows)
        probability, error = continuation.probabilities(state, begins, max(cut_us + window_us, begins))
        keys = {key: versions.column(key).take(pa.array(rows)) for key in continuation.recipe.plan.contract.primary_key}
        tables.append(pa.table({**keys, "probability": probability, "standard_error": error}))
    return pa.concat_tables(tables)


def _foreseen(world: World, dataset: str, cut_us: int, window_us: int, event: Event) -> pa.Table:
    """The same where hazards listen to events, which must go on too: a few paths, with all that happens on them."""
    clock = world.plan.clock
    longer = replace(clock, end_us=max(clock.end_us, cut_us + window_us))
    # All models that ask about one moment ask one world, in which history shows what it does by its rules.
    further = world.showing({}) if longer == clock else World(replace(world.plan, clock=longer))
    tables = []
    for state, probability, error in foreseen(further, dataset, max(cut_us, clock.start_us), cut_us + window_us, event):
        keys = {key: state.column(key) for key in world.recipe(dataset).plan.contract.primary_key}
        tables.append(pa.table({**keys, "probability": probability, "standard_error": error}))
    return pa.concat_tables(tables)


def _continuation(world: World, dataset: str, event: Event, paths: int) -> Continuation:
    recipe = world.recipe(dataset)
    if isinstance(event, Changes) and event.column not in recipe.own:
        raise InputError(f"'{dataset}' has no column '{event.column}'.{did_you_mean(event.column, recipe.own)}")
    return Continuation(recipe, event, paths)
