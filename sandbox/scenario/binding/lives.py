"""Judge the life of a history's entities: sign-ups, hazards, transitions, returns, and what their columns may know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from sandbox.errors import did_you_mean
from sandbox.scenario.binding.columns import BoundColumn, ColumnBinder, is_convertible, spelt
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.binding.processes import judge
from sandbox.scenario.language import Dataset, Hazard, Transition
from sandbox.scenario.plan import ClockPlan, ColumnPlan
from sandbox.strict import Path

VALID_FROM, VALID_TO = "valid_from", "valid_to"


def check_lives(spec: Dataset, binder: ColumnBinder, bound: Mapping[str, BoundColumn]) -> None:
    """Note what is wrong with how entities come, change, leave and come back."""
    path = ("datasets", binder.name)
    if spec.sign_ups is not None:
        if VALID_FROM in spec.columns:
            said = "arises from `sign_ups`; take the column out, or `sign_ups`."
            binder.notes.add((*path, "columns", VALID_FROM), said)
        for key in ("day", "week", "season"):
            weights = getattr(spec.sign_ups, key)
            if isinstance(weights, list) and not any(weights):
                binder.notes.add((*path, "sign_ups", key), "one weight must be above 0.")
    if spec.history and spec.returns is not None and spec.leave is None:
        binder.notes.add((*path, "returns"), "nobody leaves, so that nobody comes back; add `leave:`.")
    sees = {**binder.types, **dict.fromkeys(spec.recent, pa.int64())}
    for at, text in _effects(spec):
        judge(binder, (*path, *at), text, "number", sees)
    conditions: dict[Path, str | None] = {
        ("transitions", name, "when"): each.when for name, each in spec.transitions.items()
    }
    if spec.returns is not None:
        conditions["returns", "when"] = spec.returns.when
    for at, condition in conditions.items():
        if condition is not None:
            judge(binder, (*path, *at), condition, "condition", sees)
    for at, column, text in _sets(spec):
        _check_set((*path, *at), column, text, binder)
    for name, transition in spec.transitions.items():
        _check_timing((*path, "transitions", name), transition, binder)
    if spec.history:
        _check_knowledge(spec, binder, bound)


def check_moments(name: str, spec: Dataset, clock: ClockPlan, notes: Notes) -> None:
    """Note transitions at a moment when nothing happens."""
    for move, transition in spec.transitions.items():
        if transition.at is None:
            continue
        at_us = clock.calendar.at_us(transition.at)
        if not clock.start_us < at_us < clock.end_us:
            side = "before the clock's end" if at_us >= clock.end_us else "after the clock's start"
            said = f"got {transition.at}, must lie {side}."
            notes.add(("datasets", name, "transitions", move, "at"), said)


def _effects(spec: Dataset) -> Iterator[tuple[Path, str]]:
    """What the hazards listen to, by path; each is also the key that it stands under."""
    hazards: dict[Path, Hazard | None] = {
        ("transitions", name, "hazard"): move.hazard for name, move in spec.transitions.items()
    }
    if spec.leave is not None:
        hazards["leave", "hazard"] = spec.leave.hazard
    if spec.returns is not None:
        hazards["returns", "hazard"] = spec.returns.hazard
    for at, hazard in hazards.items():
        yield from (((*at, text), text) for text in (hazard.effects if hazard is not None else ()))


def _sets(spec: Dataset) -> Iterator[tuple[Path, str, str]]:
    """What moves set anew: path, column and SQL of each."""
    for name, transition in spec.transitions.items():
        for column, text in transition.set.items():
            yield ("transitions", name, "set", column), column, text
    for column, text in spec.returns.set.items() if spec.returns is not None else ():
        yield ("returns", "set", column), column, text


def _check_set(at: Path, column: str, text: str, binder: ColumnBinder) -> None:
    if column not in binder.spec.columns:
        binder.notes.add(at, f"unknown column '{column}'.{did_you_mean(column, binder.spec.columns)}")
        return
    if column == VALID_FROM:
        binder.notes.add(at, "says when a version begins, which the transition itself decides; take it out.")
        return
    compiled, wanted = judge(binder, at, text, "value"), binder.types.get(column)
    if compiled is not None and wanted is not None:
        check_fit(at, compiled.type, wanted, binder.notes)


def check_fit(at: Path, made: pa.DataType, wanted: pa.DataType, notes: Notes) -> None:
    """Note that what SQL gives cannot be what a column becomes; text and what is no text are never each other."""
    from_text, to_text = "string" in spelt(made), "string" in spelt(wanted)
    if spelt(made) != spelt(wanted) and (from_text != to_text or not is_convertible(made, wanted)):
        notes.add(at, f"gives {spelt(made)}, and the column is {spelt(wanted)}.")


def _check_timing(path: Path, transition: Transition, binder: ColumnBinder) -> None:
    if transition.share < 1 and transition.hazard is not None:
        binder.notes.add((*path, "share"), "is for `after` and `at`; with a hazard, lower its base.")
    if transition.since is None:
        return
    if transition.after is None:
        binder.notes.add((*path, "since"), "says from when `after` counts; add `after`, or take it out.")
    compiled = judge(binder, (*path, "since"), transition.since, "value")
    if compiled is not None and not (pa.types.is_timestamp(compiled.type) or pa.types.is_date(compiled.type)):
        binder.notes.add((*path, "since"), f"gives {spelt(compiled.type)}, must give a date or a timestamp.")


def _check_knowledge(spec: Dataset, binder: ColumnBinder, bound: Mapping[str, BoundColumn]) -> None:
    """A table as of a time, and the changes up to it, hold what was known then: no version's end, and one key."""
    from sandbox.scenario.expressions import columns_in

    moving = {column for _, column, _ in _sets(spec)}
    for name, column in bound.items():
        if VALID_TO not in spec.columns and any(VALID_TO in columns_in(text) for text in _texts(column.plan)):
            said = "reads valid_to, which nobody knows while a version is in force; a feature may ask for it later."
            binder.notes.add(("datasets", binder.name, "columns", name), said)
        if name in spec.columns and spec.columns[name].kind == "sql" and moving & set(column.plan.reads):
            moving.add(name)
    for key in [spec.key] if isinstance(spec.key, str) else spec.key or []:
        if key in moving:
            at = next((at for at, column, _ in _sets(spec) if column == key), ("columns", key))
            said = f"'{key}' is the entity's key, which stays as it is; change another column."
            path = ("datasets", binder.name, *at)
            if not binder.notes.below(path):
                binder.notes.add(path, said)


def _texts(column: ColumnPlan) -> list[str]:
    """All SQL of a column."""
    return [*column.generator.expressions().values(), *([column.nulls] if isinstance(column.nulls, str) else [])]
