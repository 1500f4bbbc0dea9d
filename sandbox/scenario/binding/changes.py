"""Judge what changes over time: when, whom it reaches, and that it changes something that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

from sandbox.contract.versions import moment_text
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.columns import spelt
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language import Change, Dataset, Scenario
from sandbox.scenario.plan import ChangePlan, ClockPlan, DatasetPlan
from sandbox.strict import Path

FOR_GOOD = 2**62
"""The end of what never ends, in microseconds."""
MOST_TIMES = 10_000
_CHANGE = "change."
_MICROSECOND = timedelta(microseconds=1)


def bind_changes(scenario: Scenario, clock: ClockPlan | None, notes: Notes) -> dict[str, ChangePlan]:
    """When each change holds and whom it reaches; what is wrong with that is noted. Without a clock, all at 0."""
    if not scenario.changes:
        return {}
    heard = {stream: set(_heard(spec)) for stream, spec in scenario.datasets.items()}
    streams = {name: spec for name, spec in scenario.datasets.items() if spec.visits is not None and spec.of}
    parents = list(dict.fromkeys(str(spec.of) for spec in streams.values() if spec.of in scenario.datasets))
    plans = {}
    for name, change in scenario.changes.items():
        path: Path = ("changes", name)
        start_us, end_us = _span(path, change, clock, notes)
        ramp_us, every_us, lasts_us = _course(change)
        if every_us:
            _check_times((*path, "how", "recurring"), every_us, lasts_us, _within(clock, start_us, end_us), notes)
        plans[name] = ChangePlan(
            name, change.kind, change.about, start_us, end_us, ramp_us, every_us, lasts_us,
            _of(path, change, parents, notes), change.share, change.where, change.visits, change.nulls, change.adds,
            tuple(stream for stream, names in heard.items() if name in names),
        )  # fmt: skip
        _check_streams(path, plans[name], streams, notes)
    return plans


def changes_seen(changes: Mapping[str, ChangePlan], parent: str | None) -> dict[str, pa.DataType]:
    """The strengths that expressions of a stream may use: of the changes that reach rows of its parent."""
    return {f"{_CHANGE}{name}": pa.float64() for name, each in changes.items() if each.of in (None, parent)}


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of a dataset's contract: when those after the first begin, and which brings each column added."""

    begins: tuple[str, ...]
    since: Mapping[str, int]


def versions_told(dataset: str, changes: Mapping[str, ChangePlan]) -> Versions:
    """The versions that changes bring by adding columns; what they add at one moment comes with one version."""
    adding = [each for each in changes.values() if each.adds.get(dataset)]
    begins = sorted({each.start_us for each in adding})
    since = {column: begins.index(each.start_us) + 2 for each in reversed(adding) for column in each.adds[dataset]}
    return Versions(tuple(map(moment_text, begins)), since)


def check_changes(changes: Mapping[str, ChangePlan], plans: Mapping[str, DatasetPlan], notes: Notes) -> None:
    """Note what a change says of columns that are not so, and changes that change nothing; once datasets are bound."""
    added: dict[tuple[str, str], str] = {}
    for name, change in changes.items():
        path: Path = ("changes", name)
        if change.where is not None and (parent := plans.get(change.of or "")) is not None:
            _check_where((*path, "where"), change.where, parent, notes)
        for stream, columns in change.nulls.items():
            for column in columns:
                _check_column((*path, "nulls", stream, column), column, plans.get(stream), notes)
        for stream, listed in change.adds.items():
            for place, column in enumerate(listed):
                at = (*path, "adds", stream, place)
                _check_column(at, column, plans.get(stream), notes)
                if (stream, column) in added:
                    notes.add(at, f"'{column}' is added by '{added[stream, column]}' already; each column once.")
                added.setdefault((stream, column), name)
        if not (change.visits or change.nulls or change.adds or change.heard or notes.below(path)):
            said = f"changes nothing; say `visits`, `nulls` or `adds`, or use `change.{name}` in the SQL of a stream."
            notes.add(path, said)


def _span(path: Path, change: Change, clock: ClockPlan | None, notes: Notes) -> tuple[int, int]:
    if clock is None:
        return 0, FOR_GOOD
    start_us = clock.calendar.at_us(change.since)
    end_us = clock.calendar.at_us(change.until) if change.until is not None else FOR_GOOD
    if not clock.start_us <= start_us < clock.end_us:
        side = "before the clock's end" if start_us >= clock.end_us else "at the clock's start or after it"
        notes.add((*path, "from"), f"got {change.since}, must lie {side}.")
    elif end_us <= start_us:
        notes.add((*path, "to"), f"got {change.until}, must lie after `from`, {change.since}.")
    return start_us, end_us


def _course(change: Change) -> tuple[int, int, int]:
    """How long it takes to be whole; from one beginning to the next; how long it holds each time. 0 for what is not."""
    if change.how == "sudden":
        return 0, 0, 0
    if change.how.recurring is not None:
        return 0, change.how.recurring.every // _MICROSECOND, change.how.recurring.lasts // _MICROSECOND
    return (change.how.gradual or timedelta()) // _MICROSECOND, 0, 0


def _within(clock: ClockPlan | None, start_us: int, end_us: int) -> int:
    return min(end_us, clock.end_us) - start_us if clock is not None else 0


def _check_times(path: Path, every_us: int, lasts_us: int, span_us: int, notes: Notes) -> None:
    if lasts_us >= every_us:
        notes.add((*path, "for"), "must be shorter than `every`; what holds all the time is `sudden`.")
    if span_us // every_us > MOST_TIMES:
        said = f"comes back {span_us // every_us:,} times within the clock, must be at most {MOST_TIMES:,}."
        notes.add((*path, "every"), said)


def _of(path: Path, change: Change, parents: list[str], notes: Notes) -> str | None:
    """The dataset whose rows a change reaches: as written, or the only one with streams; None for all."""
    if change.of is not None:
        if change.of not in parents:
            known = did_you_mean(change.of, parents)
            notes.add((*path, "of"), f"'{change.of}' is no dataset that a stream is `of`.{known}")
        return change.of
    if change.share == 1.0 and change.where is None:
        return None
    if not parents and notes.below(("datasets",)):
        return None
    if len(parents) != 1:
        key = "where" if change.where is not None else "share"
        named = f" is `of`: {', '.join(parents)}" if parents else ", of which there is none"
        notes.add((*path, key), f"of which rows? Add `of:` with the dataset that a stream{named}.")
        return None
    return parents[0]


def _check_streams(path: Path, change: ChangePlan, streams: Mapping[str, Dataset], notes: Notes) -> None:
    for key, named in (("visits", change.visits), ("nulls", change.nulls), ("adds", change.adds)):
        for stream in named:
            said = ""
            if stream not in streams and notes.below(("datasets", stream)):
                continue  # a stream perhaps, once what is wrong with it is mended
            if stream not in streams:
                said = f"'{stream}' is no stream, which is a dataset with `visits`.{did_you_mean(stream, streams)}"
            elif change.of not in (None, streams[stream].of):
                said = f"'{stream}' is of '{streams[stream].of}', and the change reaches rows of '{change.of}'."
            if said:
                notes.add((*path, key, stream), said)


def _check_column(at: Path, column: str, stream: DatasetPlan | None, notes: Notes) -> None:
    if stream is None:
        return
    contract = stream.contract
    if column not in contract.names:
        hidden = any(column == each.name for each in stream.columns)
        said = f"'{column}' is hidden and never lands." if hidden else f"unknown column '{column}'."
        notes.add(at, f"{said}{'' if hidden else did_you_mean(column, contract.names)}")
    elif column in (*contract.primary_key, contract.time):
        notes.add(at, "a key or a time is there in every row; name another column.")
    elif column in stream.spec.partition_by:
        notes.add(at, "names the folders that rows are written to (`partition_by`); name another column.")


def _check_where(at: Path, text: str, parent: DatasetPlan, notes: Notes) -> None:
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    types = {column.name: column.type for column in parent.columns}
    starts = parent.contract.time or parent.contract.valid_from
    if starts is not None:
        types.setdefault(starts, pa.timestamp("us", "UTC"))
    try:
        made = compile_expression(text, types).type
    except ExpressionError as error:
        notes.add_faults(at, error.faults)
        return
    if not pa.types.is_boolean(made):
        notes.add(at, f"the expression gives {spelt(made)}, must give a condition.")


def _heard(spec: Dataset) -> Iterator[str]:
    """The changes that the expressions of a dataset use."""
    from sandbox.scenario.expressions import ExpressionError, columns_in

    for text in _texts(spec):
        try:
            yield from (name.removeprefix(_CHANGE) for name in columns_in(text) if name.startswith(_CHANGE))
        except ExpressionError:  # told where it stands
            continue


def _texts(spec: Dataset) -> Iterator[str]:
    for column in spec.columns.values():
        yield from column.generator.expressions().values()
        if isinstance(column.options.nulls, str):
            yield column.options.nulls
    if spec.journey is not None:
        weights = (weight for state in spec.journey.states.values() for weight in state.then.values())
        yield from (weight for weight in weights if isinstance(weight, str))
    if spec.choice is not None:
        yield from spec.choice.utility
