"""Judge what the shelves of an experiment say beyond their stream: retraining, layouts, what may be shown to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pyarrow as pa

from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.columns import spelt
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language import Retrain, Shelves
from sandbox.scenario.plan import DatasetPlan, RetrainPlan
from sandbox.strict import Path

_HERE = ("experiment", "shelves")
_SHORTEST = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)


def check_retrain(written: Retrain, notes: Notes) -> None:
    """Note lengths of time with which no retraining ends."""
    here = (*_HERE, "retrain")
    if written.every < _SHORTEST:
        notes.add((*here, "every"), "must be an hour at least.")
    if written.takes >= written.every:
        notes.add((*here, "takes"), "must be shorter than `every`: the next retraining would begin before it ends.")
    if written.time_box is not None and not written.takes:
        notes.add((*here, "time_box"), "has no meaning where a retraining takes no time; say how long it `takes`.")


def retrain_plan(written: Retrain) -> RetrainPlan:
    """As a plan."""

    def length(value: timedelta | None) -> int:
        return 0 if value is None else value // _MICROSECOND

    return RetrainPlan(
        every_us=length(written.every),
        window_us=length(written.window),
        on_drift=written.on_drift or 0.0,
        takes_us=length(written.takes),
        time_box_us=length(written.time_box),
        threshold=written.threshold,
        min_absolute_change=written.min_absolute_change,
        min_relative_change=written.min_relative_change,
        roll_back=written.roll_back,
    )


def check_arms(written: Shelves, arms: Sequence[str], stream: DatasetPlan, notes: Notes) -> None:
    """Note layouts and shares of exploration of arms that are not there, and places that the page does not have."""
    for key, named in (("layouts", written.layouts), ("explore", written.explore)):
        for arm in named:
            if arm not in arms:
                notes.add((*_HERE, key, arm), f"unknown arm '{arm}'.{did_you_mean(arm, arms)}")
    states = stream.spec.journey.states if stream.spec.journey is not None else {}
    shelves = {name: state.shows for name, state in states.items() if state.shows is not None}
    for arm, layout in written.layouts.items():
        for state, place in layout.items():
            path = (*_HERE, "layouts", arm, state)
            if state not in shelves:
                notes.add(path, f"'{stream.name}' shows nothing in a state '{state}'.{did_you_mean(state, shelves)}")
            elif place.first - 1 + place.slots > shelves[state].slots:
                have = shelves[state].slots
                notes.add(path, f"reaches slot {place.first - 1 + place.slots}, and the page has {have} there.")


def layouts_plan(written: Shelves, arms: Sequence[str]) -> Mapping[int, Mapping[str, tuple[int, int]]]:
    """By arm and state: where a list begins, and how long it is."""
    return {
        arms.index(arm): {state: (place.first - 1, place.slots) for state, place in layout.items()}
        for arm, layout in written.layouts.items()
        if arm in arms
    }


def check_offer(written: Shelves, plans: Mapping[str, DatasetPlan], stream: DatasetPlan, notes: Notes) -> None:
    """Note conditions that are none, and columns that are not there."""
    found = [plans[name].contract for name in (stream.items, stream.parent) if name is not None and name in plans]
    if len(found) < 2:
        return
    items, people = found
    if written.in_stock is not None:
        _check_condition(written.in_stock, (*_HERE, "in_stock"), _columns(items), notes)
    if written.eligible is not None:
        both = {**_columns(items, "item."), **_columns(people, "parent.")}
        _check_condition(written.eligible, (*_HERE, "eligible"), both, notes)
    if written.alike is not None and written.alike not in items.names:
        known = did_you_mean(written.alike, items.names)
        notes.add((*_HERE, "alike"), f"'{items.dataset}' has no column '{written.alike}'.{known}")


def _columns(contract: Contract, prefix: str = "") -> dict[str, pa.DataType]:
    return {f"{prefix}{column.name}": column.arrow for column in contract.columns}


def _check_condition(text: str, path: Path, columns: Mapping[str, pa.DataType], notes: Notes) -> None:
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    try:
        made = compile_expression(text, columns).type
    except ExpressionError as error:
        notes.add_faults(path, error.faults)
        return
    if spelt(made) != "bool":
        notes.add(path, f"the expression gives {spelt(made)}, must give a condition.")
