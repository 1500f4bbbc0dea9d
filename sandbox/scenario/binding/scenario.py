"""Bind a whole scenario: datasets in order, then targets, models, the experiment and gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario import clock as clocks
from sandbox.scenario.binding.campaigns import check_campaigns
from sandbox.scenario.binding.changes import bind_changes, check_changes
from sandbox.scenario.binding.datasets import bind_dataset, check_shape, without_hidden
from sandbox.scenario.binding.delivery import bind_delivery
from sandbox.scenario.binding.experiment import check_experiment
from sandbox.scenario.binding.gates import bind_gates
from sandbox.scenario.binding.lives import check_moments
from sandbox.scenario.binding.models import Surroundings, check_model
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.binding.shelves import bind_shelves
from sandbox.scenario.binding.streams import check_recent
from sandbox.scenario.binding.targets import bindings_of, check_target, policies_of
from sandbox.scenario.binding.telling import check_told
from sandbox.scenario.language import Column, Dataset, Pick, Scenario
from sandbox.scenario.ordering import CycleError, in_order
from sandbox.scenario.plan import ClockPlan, DatasetPlan, Plan
from sandbox.strict import Path


def bind(
    scenario: Scenario, *, folder: str, file: str, target: str | None, scale: float, digest: str, notes: Notes
) -> Plan | None:
    """The plan of a scenario; None where problems were noted.

    Args:
        scale: multiplies the rows of every dataset that gives them itself, unless it is `fixed`; at least one row
            stays where there was one.
    """
    clock = _clock(scenario, notes)
    order = _order(scenario.datasets, notes)
    changes = bind_changes(scenario, clock, notes)
    contracts: dict[str, Contract] = {}
    plans: dict[str, DatasetPlan] = {}
    for name in order:
        spec = scenario.datasets[name]
        check_shape(name, spec, notes)
        if clock is not None:
            check_moments(name, spec, clock, notes)
        unmet = [needed for needed in _needs(spec) if needed not in plans]
        if unmet:  # what it needs is wrong itself, or nowhere: both are told there
            continue
        plan = bind_dataset(name, spec, _scaled(spec, scale), contracts, plans, changes, folder, notes)
        if plan is not None:
            plans[name], contracts[name] = plan, plan.contract
    for name in plans:
        check_recent(name, plans, notes)
        check_told(name, scenario.datasets, plans, notes)
    check_changes(changes, plans, notes)
    delivery = bind_delivery(scenario, clock, contracts, notes)
    for name, bindings in scenario.targets.items():
        check_target(name, bindings, scenario.policies, scenario.datasets, contracts, notes)
    if target is not None and target not in scenario.targets:
        known = did_you_mean(target, scenario.targets) or " The scenario has no `targets`."
        notes.add(("targets",), f"unknown target '{target}'.{known}")
    around = Surroundings(contracts, scenario.datasets, clock, folder)
    for name, model in scenario.models.items():
        check_model(name, model, around, notes)
    check_campaigns(scenario.campaigns, scenario.models, plans, around, notes)
    if scenario.experiment is not None:
        check_experiment(scenario.experiment, around, notes)
    shelves = bind_shelves(scenario, plans, clock, notes)
    gates = bind_gates(scenario, notes)
    if notes.found or clock is None:
        return None
    entries = scenario.targets[target] if target else {}
    policies = {**scenario.policies, **policies_of(entries)}
    hidden = {name for name, spec in scenario.datasets.items() if spec.hidden}
    return Plan(
        scenario=scenario.model_copy(update={"policies": policies}),
        name=scenario.name,
        engine=scenario.engine,
        seed=scenario.seed,
        clock=clock,
        datasets={name: _landing(plan, hidden) for name, plan in plans.items()},
        changes=changes,
        delivery=delivery,
        target=target,
        bindings=bindings_of(entries),
        models=scenario.models,
        experiment=scenario.experiment,
        shelves=shelves,
        gates=gates,
        folder=folder,
        file=file,
        digest=digest,
    )


def _clock(scenario: Scenario, notes: Notes) -> ClockPlan | None:
    if notes.below(("clock",)):
        return None
    written = scenario.clock
    fault = clocks.local_fault(written.start, written.zone)
    if fault:
        notes.add(("clock", "start"), fault)
        return None
    clock = clocks.Clock(written.start, written.days, written.zone)
    return ClockPlan(clock.start_us, clock.end_us, clock.zone, clock)


def _needs(spec: Dataset) -> list[str]:
    needs = [spec.of] if spec.of else []
    states = spec.journey.states.values() if spec.journey is not None else ()
    needs += [state.item.of for state in states if isinstance(state.item, Pick)]
    for column in spec.columns.values():
        needs += column.generator.datasets()
    return list(dict.fromkeys(needs))


def _order(datasets: Mapping[str, Dataset], notes: Notes) -> list[str]:
    """Dataset names, each after those it needs; unknown and circular needs are noted."""
    for name, spec in datasets.items():
        for path, needed in _named(spec):
            if needed not in datasets:
                notes.add(("datasets", name, *path), f"unknown dataset '{needed}'.{did_you_mean(needed, datasets)}")
            elif datasets[needed].visits is not None and path != ("of",):
                said = f"'{needed}' is a stream of visits, and no other dataset can refer to its rows."
                notes.add(("datasets", name, *path), said)
    left = {name: _needs(spec) for name, spec in datasets.items()}
    while True:
        try:
            return in_order(left)
        except CycleError as error:
            notes.add(("datasets", error.cycle[0]), f"datasets need each other in a circle: {error}; break it.")
            left = {name: needed for name, needed in left.items() if name not in error.cycle}


def _named(spec: Dataset) -> Iterator[tuple[Path, str]]:
    """The datasets that one names, each with where it does."""
    if spec.of is not None:
        yield ("of",), spec.of
    for name, state in spec.journey.states.items() if spec.journey is not None else ():
        if isinstance(state.item, Pick):
            yield ("journey", name, "item"), state.item.of
    for name, column in spec.columns.items():
        for needed in column.generator.datasets():
            yield ("columns", name, *column.written_at(_naming(column, needed))), needed


def _naming(column: Column, dataset: str) -> Path:
    """The key of a generator that names `dataset`; the generator itself where no one key does."""
    fields = type(column.generator).model_fields
    return tuple([key for key in fields if getattr(column.generator, key) == dataset][:1])


def _scaled(spec: Dataset, scale: float) -> int:
    if spec.rows is None:
        return -1
    if spec.fixed or spec.rows == 0:
        return spec.rows
    return max(1, round(spec.rows * scale))


def _landing(plan: DatasetPlan, hidden: set[str]) -> DatasetPlan:
    return replace(plan, contract=without_hidden(plan.contract, hidden))
