"""Behaviour of a simulated stream, before anything is made: of as many customers as give a fair picture soon."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from sandbox.behaviour.figures import Behaviour
from sandbox.behaviour.measured import Subject, measure
from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.scenario.language import Journey
from sandbox.scenario.plan import Plan
from sandbox.world.finish import plain
from sandbox.world.glance import root_of, with_fewer
from sandbox.world.world import World

EVENTS = 100_000
MOST_CUSTOMERS = 20_000
_PILOT = 500


def streams_of(plan: Plan) -> list[str]:
    """The simulated datasets with visits that leave the world, in the order of the file.

    Raises:
        InputError: there is none.
    """
    specs = plan.scenario.datasets
    made = [name for name in specs if not specs[name].hidden and name not in plan.bindings]
    found = [name for name in made if specs[name].visits is not None]
    if not found:
        raise InputError(f"{plan.file}: no simulated dataset has `visits:`, so there is no behaviour to see.")
    return found


def sampled(plan: Plan, dataset: str) -> Behaviour:
    """The behaviour of a stream's first customers.

    States that emit nothing tell theirs here, and it is known who comes before anybody logs in.

    Raises:
        InputError: it is no simulated stream of visits, or none of them ever comes.
    """
    import duckdb

    streams = streams_of(plan)
    if dataset not in streams:
        raise InputError(
            f"{plan.file}: '{dataset}' is no simulated dataset with `visits:`.{did_you_mean(dataset, streams)}"
        )
    found = plan.datasets[dataset]
    assert found.parent is not None
    root = root_of(plan, dataset)
    few = _few(plan, dataset, root)
    world = World(_talking(few, dataset))
    shown, whole = few.datasets[root].rows, plan.datasets[root].rows
    told = f"all {whole:,} {root}" if shown == whole else f"the first {shown:,} of {whole:,} {root}"
    with duckdb.connect(config={"memory_limit": "800MB", "threads": 2}) as connection:
        connection.execute("set enable_progress_bar = false; set timezone = 'UTC'")
        connection.register("events", _events(world, dataset))
        people = _people(world, found.parent)
        if people is not None:
            connection.register("versions", people)
        stays = found.spec.journey is not None
        measured = measure(connection, Subject(dataset, told, plan.clock.zone, stays, people is not None))
    if measured is None:
        raise InputError(Problem(f"nobody of {told} ever comes; raise `per_day`.", f"datasets.{dataset}.visits"))
    return measured


def _few(plan: Plan, dataset: str, root: str) -> Plan:
    """The plan with no more customers than a bounded number of events takes."""
    small = with_fewer(plan, _PILOT, {root: True})
    rows = small.datasets[root].rows
    world = World(small)
    events = world.rows_of(dataset, 0, world.units(dataset)) / max(rows, 1)
    return with_fewer(plan, int(min(MOST_CUSTOMERS, max(1, EVENTS / max(events, 1e-9)))), {root: True})


def _talking(plan: Plan, dataset: str) -> Plan:
    """The plan in which every state of a journey emits something; who goes where and when stays as it is."""
    found = plan.datasets[dataset]
    if found.spec.journey is None:
        return plan
    written = found.spec.journey
    states = {name: state.model_copy(update={"emits": state.emits or name}) for name, state in written.states.items()}
    journey = Journey(states=states, enter=written.enter)
    spec = found.spec.model_copy(update={"journey": journey})
    return replace(plan, datasets={**plan.datasets, dataset: replace(found, spec=spec)})


def _events(world: World, dataset: str) -> pa.Table:
    recipe = world.recipe(dataset)
    spec, key = recipe.plan.spec, _key(world, recipe.plan.parent)
    stop = "visit.state" if spec.journey is not None else "visit.event"
    names = {"visit": "visit.id", "stop": stop, "place": "visit.step", "moment": spec.time or ""}
    names["who"] = f"parent.{key}" if key else "visit.visitor"
    pieces = [
        pa.table({name: plain(piece.view.column(column)) for name, column in names.items()})
        for piece in world.slices(dataset, 0, world.units(dataset))
    ]
    whole = pa.concat_tables(pieces) if pieces else pa.table({name: pa.array([], pa.int64()) for name in names})
    return whole.set_column(whole.column_names.index("moment"), "moment", _instants(whole["moment"]))


def _people(world: World, parent: str | None) -> pa.Table | None:
    """From when till when each customer is there; None where the parent does not say."""
    key = _key(world, parent)
    if parent is None or not key:
        return None
    contract = world.plan.datasets[parent].contract
    since, until = (contract.valid_from, contract.valid_to) if contract.valid_from else (contract.time, None)
    if since is None:
        return None
    names = [key, since, *([until] if until else [])]
    batches = [batch.select(names) for batch in world.batches(parent, 0, world.units(parent), names)]
    whole = pa.Table.from_batches([pa.record_batch([plain(each) for each in batch], names) for batch in batches])
    ends = _instants(whole[until]) if until else pa.nulls(len(whole), pa.int64())
    return pa.table({"who": whole[key], "since": _instants(whole[since]), "until": ends})


def _key(world: World, parent: str | None) -> str:
    key = world.plan.datasets[parent].contract.primary_key if parent is not None else ()
    return key[0] if len(key) == 1 else ""


def _instants(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values if values.type == pa.int64() else values.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
