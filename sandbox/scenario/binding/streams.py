"""Judge a stream: its visits, the states of its journey and where they lead, what is chosen, what expressions see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.columns import ColumnBinder, counts_as_number, spelt
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language import Dataset, Journey, Pick
from sandbox.scenario.language.stream import LEAVE
from sandbox.scenario.parts import ColumnPart, Scope
from sandbox.scenario.plan import DatasetPlan
from sandbox.strict import Path

_OF_TIME = {"hour": pa.int64(), "weekday": pa.int64(), "day": pa.float64()}
_OF_VISIT = {"step": pa.int64(), "seconds": pa.float64(), "appeal": pa.float64(), "known": pa.bool_()}
MOST_STATES = 100
_BY_PLACE = ("Choice", "Sample", "Bernoulli")
"""Generators that draw which value it is, and not the value."""


@dataclass(frozen=True)
class StreamScope:
    """What visits bring: columns for the stream's own (`process`), for its journey, and what is known of them."""

    process: Mapping[str, pa.DataType] = field(default_factory=dict)
    journey: Mapping[str, pa.DataType] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    items: str | None = None


def check_stream_shape(path: Path, spec: Dataset, notes: Notes) -> None:
    """Judge which keys of a stream stand beside which."""
    if spec.journey is not None and spec.visits is None:
        notes.add((*path, "journey"), "needs `visits:`, how often customers come.")
    if spec.choice is not None and spec.journey is None:
        notes.add((*path, "choice"), "needs a `journey:` in which something is chosen.")
    if spec.visits is not None and spec.time is None:
        notes.add((*path, "visits"), "gives each event a time; name its column with `time:`.")
    if spec.taste is not None and spec.visits is not None:
        notes.add((*path, "taste"), "belongs to those who choose; write it at the dataset of `of`.")


def check_lines(
    at: Path, spec: Dataset, parent: DatasetPlan | None, plans: Mapping[str, DatasetPlan], notes: Notes
) -> None:
    """Events of a stream may have lines, by a fan-out; lines have nothing below them."""
    above = plans.get(parent.parent) if parent is not None and parent.parent is not None else None
    if parent is not None and parent.spec.visits is not None and spec.fan_out is None:
        notes.add(at, f"'{parent.name}' is a stream; its events can have lines, by `fan_out`, and nothing else.")
    if parent is not None and above is not None and above.spec.visits is not None:
        notes.add(at, f"'{parent.name}' holds the lines of a stream, and lines have no rows of their own below them.")


def stream_scope(
    spec: Dataset,
    parent: DatasetPlan | None,
    plans: Mapping[str, DatasetPlan],
    changing: Mapping[str, pa.DataType],
    is_told: bool = False,
) -> StreamScope:
    """The columns that a stream's visits bring, with their types.

    `changing`: those of changes. `is_told`: its visits or its journey are wrong themselves, so that no column is to
    blame for what they lack.
    """
    if (spec.visits is None and not is_told) or parent is None:
        return StreamScope()
    journey = spec.journey
    states = journey.states if journey is not None else {}
    items = next((state.item.of for state in states.values() if isinstance(state.item, Pick)), None)
    at = {**{f"at.{name}": made for name, made in _OF_TIME.items()}, **changing}
    own: dict[str, pa.DataType] = {"id": pa.int64(), "event_id": pa.int64(), "step": pa.int64(), "known": pa.bool_()}
    own |= {"seconds": pa.float64(), "visitor": pa.int64(), "event": pa.string()}
    facts: dict[str, dict[str, Any]] = {}
    key = parent.contract.primary_key
    if len(key) == 1:
        own["customer"] = parent.contract.column(key[0]).arrow
        facts["customer"] = {"references": parent.name}
    facts["event"] = {"values": list(_events(journey))} if journey is not None else {}
    if is_told:
        own |= {"state": pa.string(), "item": pa.int64(), "customer": pa.int64()}
    if journey is not None:
        own["state"] = pa.string()
        facts["state"] = {"values": list(states)}
    of_item: dict[str, pa.DataType] = {}
    if items is not None and items in plans and len(plans[items].contract.primary_key) == 1:
        contract = plans[items].contract
        own["item"] = contract.column(contract.primary_key[0]).arrow
        facts["item"] = {"references": items}
        of_item = {f"item.{column.name}": column.type for column in plans[items].columns}
    process = {**{f"visit.{name}": made for name, made in own.items()}, **of_item, **at}
    so_far = {**_OF_VISIT, **{name: pa.int64() for name in states}}
    seen = {**{f"visit.{name}": made for name, made in so_far.items()}, **of_item, **at}
    return StreamScope(process, seen, facts, items)


def _events(journey: Journey) -> Iterator[str]:
    shelves = (state.shows for state in journey.states.values())
    emitted = [state.emits for state in journey.states.values()]
    emitted += [shelf.emits for shelf in shelves if shelf is not None]
    yield from dict.fromkeys(event for event in emitted if event is not None)


def check_stream(spec: Dataset, binder: ColumnBinder, scope: StreamScope, contracts: Mapping[str, Contract]) -> None:
    """Note what is wrong with the visits, the journey and the choice of a stream."""
    path = ("datasets", binder.name)
    if spec.visits is None:
        return
    of_parent = {name: made for name, made in binder.outer.items() if name.startswith("parent.")}
    for key in ("per_day", "known"):
        text = getattr(spec.visits, key)
        if isinstance(text, str):
            _judge(binder, (*path, "visits", key), text, of_parent)
    for key in ("day", "week", "hours"):
        weights = getattr(spec.visits, key)
        if isinstance(weights, list) and not any(weights):
            binder.notes.add((*path, "visits", key), "one weight must be above 0.")
    sees = {**of_parent, **scope.journey}
    if spec.journey is not None:
        _check_states(binder, spec.journey, sees)
        _check_items(binder, spec.journey, contracts)
    if spec.choice is not None:
        for text in spec.choice.utility:
            _judge(binder, (*path, "choice", "utility", text), text, sees)
        since, column = spec.choice.since, f"item.{spec.choice.since}"
        if since is not None and not (column in scope.journey and pa.types.is_temporal(scope.journey[column])):
            known = [name.removeprefix("item.") for name in scope.journey if name.startswith("item.")]
            said = f"'{since}' is no time of the items."
            binder.notes.add((*path, "choice", "since"), f"{said}{did_you_mean(since, known)}")


def _judge(binder: ColumnBinder, at: Path, text: str, columns: Mapping[str, pa.DataType]) -> None:
    compiled = binder.compile(at, text, columns)
    if compiled is not None and not counts_as_number(compiled.type):
        binder.notes.add(at, f"the expression gives {spelt(compiled.type)}, must give a number.")


def _check_states(binder: ColumnBinder, journey: Journey, sees: Mapping[str, pa.DataType]) -> None:
    path: Path = ("datasets", binder.name, "journey")
    notes = binder.notes
    if len(journey.states) > MOST_STATES:
        notes.add(path, f"has {len(journey.states)} states, at most {MOST_STATES} are possible.")
        return
    for name, state in journey.states.items():
        if name == LEAVE:
            notes.add((*path, name), "`leave` is the way out of a visit; call the state something else.")
        if not state.then and state.shows is None:
            notes.add((*path, name), "does not say where it leads; add `then:`, with `leave` where the visit ends.")
        for target, weight in state.then.items():
            at = (*path, name, "then", target)
            if target != LEAVE and target not in journey.states:
                notes.add(at, f"unknown state '{target}'.{did_you_mean(target, [*journey.states, LEAVE])}")
            if isinstance(weight, str):
                _judge(binder, at, weight, sees)
        numbers = [weight for weight in state.then.values() if not isinstance(weight, str)]
        if state.then and len(numbers) == len(state.then) and not sum(numbers) > 0:
            notes.add((*path, name, "then"), "the weights sum to nothing; one at least must be above 0.")
        if state.shows is not None and state.shows.to not in journey.states:
            said = f"unknown state '{state.shows.to}'.{did_you_mean(state.shows.to, journey.states)}"
            notes.add((*path, name, "shows", "to"), said)
        check_dwell((*path, name, "after"), state.after, binder.scope({}), binder.notes)
    for name in journey.enter:
        if name not in journey.states:
            notes.add((*path, "enter", name), f"unknown state '{name}'.{did_you_mean(name, journey.states)}")
    if journey.enter and not sum(journey.enter.values()) > 0:
        notes.add((*path, "enter"), "the weights sum to nothing; one at least must be above 0.")
    if not notes.below(path):
        _check_ways(path, journey, notes)


def check_dwell(at: Path, generator: ColumnPart | None, scope: Scope, notes: Notes) -> None:
    """Judge how long something takes: a distribution of seconds, or a number of them."""
    if generator is None:
        return
    kind = type(generator).__name__
    if kind != "Constant" and not _draws_numbers(generator, scope):
        said = "must be a length of time such as 20s, or a distribution of seconds whose parameters are numbers."
        notes.add(at, said)
    elif kind == "Constant" and not _is_length(getattr(generator, "value", None)):
        notes.add(at, "must be a number of seconds, 0 or more, or a length of time such as 20s.")


def _is_length(seconds: object) -> bool:
    return isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds >= 0


def _draws_numbers(generator: ColumnPart, scope: Scope) -> bool:
    """Whether a generator is a distribution of numbers, with nothing in it that hangs on a row."""
    if not hasattr(generator, "drawing") or generator.expressions() or type(generator).__name__ in _BY_PLACE:
        return False
    try:
        return counts_as_number(generator.yields(scope))
    except ValueError:
        return False


def _check_ways(path: Path, journey: Journey, notes: Notes) -> None:
    """Every state can be reached from where visits begin, and left for good."""
    leads = {
        name: {target for target, weight in state.then.items() if weight != 0}
        | ({state.shows.to} if state.shows is not None else set())
        for name, state in journey.states.items()
    }
    reached = {name for name, weight in journey.enter.items() if weight > 0} or {next(iter(journey.states))}
    waiting = list(reached)
    while waiting:
        fresh = leads.get(waiting.pop(), set()) - reached
        reached |= fresh
        waiting += fresh
    leaving = {LEAVE}
    while more := {name for name, targets in leads.items() if name not in leaving and targets & leaving}:
        leaving |= more
    for name in journey.states:
        if name not in reached:
            notes.add((*path, name), "no state leads here, and no visit begins here; add a way, or take it out.")
        if name not in leaving:
            notes.add((*path, name), "no way leads from here out of the visit; let some state on it lead to `leave`.")


def _check_items(binder: ColumnBinder, journey: Journey, contracts: Mapping[str, Contract]) -> None:
    path: Path = ("datasets", binder.name, "journey")
    picks = {name: state.item for name, state in journey.states.items() if isinstance(state.item, Pick)}
    datasets = list(dict.fromkeys(pick.of for pick in picks.values()))
    for name, pick in picks.items():
        at = (*path, name, "item")
        if len(contracts[pick.of].primary_key) != 1:
            binder.notes.add(at, f"'{pick.of}' has no key of one column, by which events would name its rows.")
        elif pick.among not in ("popular", "any", *contracts[pick.of].names):
            known = did_you_mean(pick.among, ["popular", "any", *contracts[pick.of].names])
            binder.notes.add((*at, "among"), f"'{pick.of}' has no column '{pick.among}'.{known}")
        elif len(datasets) > 1 and pick.of != datasets[0]:
            binder.notes.add(at, f"a journey is about the items of one dataset, and '{datasets[0]}' is chosen already.")
    for name, state in journey.states.items():
        if state.shows is not None and not picks:
            said = "shows items, and no state of the journey chooses any; give one an `item:`."
            binder.notes.add((*path, name, "shows"), said)


def check_recent(name: str, plans: Mapping[str, DatasetPlan], notes: Notes) -> None:
    """Note what is wrong with what a history listens to, once all datasets are bound."""
    spec = plans[name].spec
    for key, written in spec.recent.items():
        path: Path = ("datasets", name, "recent", key)
        stream = plans.get(written.count)
        if key in spec.columns:
            notes.add(path, f"'{key}' is a column already; call it something else.")
        if not spec.history:
            notes.add(path, "only a history has hazards that could listen; add `history: true`.")
        if written.within.days < 1 or written.within.seconds:
            notes.add((*path, "within"), "counts whole days, up to the last midnight; write `1 day` or more.")
        if stream is None:
            known = [each for each, plan in plans.items() if plan.parent == name and plan.spec.visits is not None]
            notes.add((*path, "count"), f"unknown dataset '{written.count}'.{did_you_mean(written.count, known)}")
        elif stream.parent != name or stream.spec.visits is None:
            notes.add((*path, "count"), f"'{written.count}' must be `of: {name}`, with `visits`.")
        elif written.where is not None:
            types = {column.name: column.type for column in stream.columns}
            types |= {stream.spec.time or "": pa.timestamp("us", "UTC")} | dict(stream.process)
            types |= {f"parent.{column.name}": column.type for column in plans[name].columns}
            _check_condition((*path, "where"), written.where, types, notes)


def _check_condition(at: Path, text: str, columns: Mapping[str, pa.DataType], notes: Notes) -> None:
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    try:
        made = compile_expression(text, columns).type
    except ExpressionError as error:
        notes.add_faults(at, error.faults)
        return
    if not counts_as_number(made):
        notes.add(at, f"the expression gives {spelt(made)}, must give a condition.")
