"""Judge the shelves of an experiment: their stream, the policies that fill them, the goal, when it begins."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.experiment import check_segments
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.binding.offers import check_arms, check_offer, check_retrain, layouts_plan, retrain_plan
from sandbox.scenario.language import Experiment, Scenario, Shelves
from sandbox.scenario.plan import ArmPlan, ClockPlan, DatasetPlan, OfferPlan, ShelvesPlan
from sandbox.strict import Path

GOAL = "purchase"
_HERE = ("experiment", "shelves")


def bind_shelves(
    scenario: Scenario, plans: Mapping[str, DatasetPlan], clock: ClockPlan | None, notes: Notes
) -> ShelvesPlan | None:
    """The closed loop of a scenario's experiment; None where it has none or problems were noted."""
    experiment = scenario.experiment
    if experiment is None or experiment.shelves is None or clock is None:
        return None
    written, before = experiment.shelves, len(notes.found)
    for path, name in _named(experiment):
        if name not in scenario.policies:
            known = did_you_mean(name, scenario.policies) or " The scenario has no `policies`."
            notes.add(path, f"unknown policy '{name}'.{known}")
    stream = _stream(written, plans, notes)
    check_retrain(written.retrain, notes)
    if stream is None:
        return None
    check_arms(written, [experiment.control, *experiment.arms], stream, notes)
    check_offer(written, plans, stream, notes)
    if stream.parent is not None and stream.parent in plans:
        check_segments(experiment, plans[stream.parent].contract, notes)
    columns = {what: _column(stream, what, notes) for what in ("customer", "item", "event")}
    goal = _goal(written, stream, notes)
    _check_value(written, stream.contract, notes)
    if len(notes.found) > before or goal is None or stream.items is None or stream.parent is None:
        return None
    shares = experiment.arms
    return ShelvesPlan(
        events=stream.name,
        items=stream.items,
        customers=stream.parent,
        customer=columns["customer"],
        item=columns["item"],
        event=columns["event"],
        arms=(ArmPlan(experiment.control, 1 - sum(shares.values())), *(ArmPlan(*each) for each in shares.items())),
        holdout=experiment.holdout,
        stages=_stages(experiment, clock),
        starts_us=_starts(experiment, clock),
        goal=goal,
        clicks=_clicks(stream),
        value=written.value,
        retrain=retrain_plan(written.retrain),
        layouts=layouts_plan(written, [experiment.control, *experiment.arms]),
        explore=tuple(written.explore.get(arm, 0.0) for arm in (experiment.control, *experiment.arms)),
        offer=OfferPlan(written.in_stock, written.not_owned, written.eligible, written.alike),
    )


def _starts(experiment: Experiment, clock: ClockPlan) -> int:
    """The first moment at which an arm is open: not before the ramp, where there is one."""
    moments = [experiment.from_, *(stage.from_ for stage in experiment.ramp[:1])]
    return max((clock.calendar.at_us(each) for each in moments if each is not None), default=clock.start_us)


def _stages(experiment: Experiment, clock: ClockPlan) -> tuple[tuple[int, tuple[float, ...]], ...]:
    """From when on each arm has how much; all that it shall have, from the start, where nothing ramps up."""
    starts_us = _starts(experiment, clock)
    stages = {starts_us: tuple(experiment.arms.values())}
    for moment, shares in experiment.ramped:
        stages[max(clock.calendar.at_us(moment), starts_us)] = tuple(shares.values())
    return tuple(stages.items())


def _named(experiment: Experiment) -> list[tuple[Path, str]]:
    """The policies, which go by the names of the arms."""
    return [
        (("experiment", "control"), experiment.control),
        *((("experiment", "arms", name), name) for name in experiment.arms),
    ]


def _stream(written: Shelves, plans: Mapping[str, DatasetPlan], notes: Notes) -> DatasetPlan | None:
    showing = {name: each for name, each in plans.items() if _shows(each)}
    if written.of is not None and written.of in showing:
        return showing[written.of]
    if written.of is not None:
        if not notes.below(("datasets", written.of)):
            said = f"'{written.of}' is no stream whose journey shows something."
            notes.add((*_HERE, "of"), f"{said}{did_you_mean(written.of, showing)}")
        return None
    if len(showing) == 1:
        return next(iter(showing.values()))
    if showing:
        notes.add(_HERE, f"several streams show something; name one: `of: {next(iter(showing))}`.")
    elif not notes.below(("datasets",)):
        notes.add(_HERE, "no stream's journey shows anything; give a state `shows: {slots: 5, to: product}`.")
    return None


def _goal(written: Shelves, stream: DatasetPlan, notes: Notes) -> str | None:
    states = stream.spec.journey.states.values() if stream.spec.journey is not None else ()
    emitted = list(dict.fromkeys(state.emits for state in states if state.emits is not None))
    goal = written.goal or GOAL
    if goal in emitted:
        return goal
    if written.goal is None:
        notes.add(_HERE, f"says no goal, and '{stream.name}' has no '{GOAL}'; one of: {', '.join(emitted)}.")
    else:
        said = f"no state of '{stream.name}' emits '{goal}'.{did_you_mean(goal, emitted)}"
        notes.add((*_HERE, "goal"), said)
    return None


def _check_value(written: Shelves, contract: Contract, notes: Notes) -> None:
    if written.value is None:
        return
    if written.value not in contract.names:
        known = did_you_mean(written.value, contract.names)
        notes.add((*_HERE, "value"), f"unknown column '{written.value}'.{known}")
    elif not contract.column(written.value).parsed.is_number:
        notes.add((*_HERE, "value"), f"'{written.value}' is no number.")


def _shows(plan: DatasetPlan) -> bool:
    states = plan.spec.journey.states.values() if plan.spec.journey is not None else ()
    return any(state.shows is not None for state in states)


def _clicks(plan: DatasetPlan) -> str | None:
    states = plan.spec.journey.states.values() if plan.spec.journey is not None else ()
    return next((state.shows.emits for state in states if state.shows is not None), None)


def _column(plan: DatasetPlan, what: str, notes: Notes) -> str:
    """The column of a stream that is the customer, the item or the event of the visit; noted where there is none."""
    visits = {name: each.generator for name, each in plan.spec.columns.items() if each.kind == "visit"}
    found = [name for name, made in visits.items() if getattr(made, "what", "") == what and name in plan.contract.names]
    if not found:
        said = f"'{plan.name}' has no column with the {what}; add one such as `{what}: {{visit: {what}}}`."
        notes.add(_HERE, said)
    return found[0] if found else ""
