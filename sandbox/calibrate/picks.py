"""Which items a stream's visitors chose afresh, where its events tell: neither clicked, nor like the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.calibrate.fitted import Evidence
from sandbox.calibrate.visits import column_of_visit, customer_column, steps_seen
from sandbox.gap.sides import dummy_plan
from sandbox.scenario.language import Journey, Pick
from sandbox.world.rowsets import Whole
from sandbox.world.streams.catalogue import Catalogue
from sandbox.world.world import World

_KNOWN = 0.9
"""Of the choices: so many must be of items that the scenario makes, for their columns to be those of these."""
_BEGINNING = -1


@dataclass(frozen=True, eq=False)
class Picks:
    """Choices, in the order of visits; all of shape (n,)."""

    item: Whole
    """Row of the catalogue."""
    owner: Whole
    """Row of the people who choose, in their own table; -1 where it is not known who it was."""
    people: npt.NDArray[np.int32]
    at_us: Whole
    items: int
    """How many there are to choose among."""
    columns: Mapping[str, pa.DataType]
    """What is known of the items, by name."""
    among: str
    """`popular` or `any`."""
    _column: Callable[[str], pa.Array]

    def column(self, name: str) -> pa.Array:
        """A column of the items, by name; shape (items,)."""
        return self._column(name)


def picks_of(evidence: Evidence) -> Picks | None:
    """The choices that a stream's rows tell; None where they tell of none."""
    planned, table = evidence.planned, evidence.observed.table
    journey, column, steps = planned.spec.journey, column_of_visit(planned, "item"), steps_seen(evidence)
    if journey is None or planned.items is None or steps is None or column not in table.column_names:
        return None
    begins = np.diff(steps.visit, prepend=-2) != 0
    tied = ~begins & (np.diff(steps.at_us, prepend=-1) == 0)  # which of them came first does not show
    tied |= np.append(tied[1:], False)
    before = np.where(begins, _BEGINNING, np.append(_BEGINNING, steps.event[:-1]))
    for among in ("popular", "any"):
        afresh = _afresh(journey, among, steps.events)
        chosen = np.flatnonzero(afresh[before + 1, steps.event] & ~tied)
        if len(chosen):
            break
    else:
        return None
    keys = _texts(table[column].combine_chunks().take(pa.array(steps.rows[chosen])))
    catalogue, item = _catalogue(evidence, planned.items, keys)
    told = item >= 0
    owner = _owners(evidence, steps.rows, steps.visit)[chosen]
    people = evidence.observed.entities[steps.rows[chosen]]
    return Picks(
        item[told], owner[told], people[told], steps.at_us[chosen][told], catalogue.items, catalogue.columns, among,
        catalogue.column,
    )  # fmt: skip


def _afresh(journey: Journey, among: str, events: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Whether an event after another one, or as a visit's first (0), tells that an item was chosen; by both numbers."""
    found = np.zeros((len(events) + 1, max(len(events), 1)), np.bool_)
    clicks = {state.shows.emits for state in journey.states.values() if state.shows is not None}
    if None in clicks:  # then it does not show who clicked
        return found
    for before in range(_BEGINNING, len(events)):
        sources = [None] if before < 0 else [n for n, s in journey.states.items() if s.emits == events[before]]
        if before >= 0 and events[before] in clicks:
            continue
        here = {state for source in sources for state in _next(journey, source)}
        for number, event in enumerate(events or ("",)):
            told = [journey.states[name].item for name in here if not events or journey.states[name].emits == event]
            found[before + 1, number] = bool(told) and all(isinstance(i, Pick) and i.among == among for i in told)
    return found


def _next(journey: Journey, state: str | None) -> Iterator[str]:
    """The states after one that tell of themselves, past those that do not; of None, those that visits begin with."""
    begins = journey.enter or [next(iter(journey.states))]
    waiting, met = list(begins if state is None else journey.states[state].then), set[str]()
    while waiting:
        name = waiting.pop()
        if name in met or name not in journey.states:
            continue
        met.add(name)
        if journey.states[name].emits is None:
            waiting += journey.states[name].then
        else:
            yield name


@dataclass(frozen=True, eq=False)
class _Catalogue:
    items: int
    columns: Mapping[str, pa.DataType]
    column: Callable[[str], pa.Array]


def _catalogue(evidence: Evidence, dataset: str, keys: pa.Array) -> tuple[_Catalogue, Whole]:
    """The items as they were seen, else as the scenario makes them; and which of them each key is of, -1 for none."""
    planned = evidence.plan.datasets[dataset]
    key = str(planned.spec.key)
    if dataset in evidence.all_observed and key in evidence.all_observed[dataset].table.column_names:
        table = evidence.all_observed[dataset].table.combine_chunks()
        types = {field.name: field.type for field in table.schema}
        item = _places(keys, table[key].combine_chunks())
        return _Catalogue(len(table), types, lambda name: _plain(table[name].combine_chunks())), item
    made = Catalogue(World(dummy_plan(evidence.plan)).recipe(evidence.dataset), dataset, planned.rows)
    item = _places(keys, made.column(key))
    if (item >= 0).sum() >= _KNOWN * (len(keys) - keys.null_count):
        types = {column.name: column.type for column in planned.columns}
        return _Catalogue(planned.rows, types, lambda name: _plain(made.column(name))), item
    seen = keys.drop_null().unique()
    return _Catalogue(max(planned.rows, len(seen)), {}, lambda name: pa.nulls(0)), _places(keys, seen)


def _places(keys: pa.Array, among: pa.Array) -> Whole:
    return np.asarray(pc.index_in(keys, _texts(among)).fill_null(-1), np.int64)


def _owners(evidence: Evidence, rows: Whole, visit: Whole) -> Whole:
    """Whose each event is, as a row of the parent's table: known all through a visit once it is known in it."""
    above, table = str(evidence.planned.parent), evidence.observed.table
    parent = evidence.plan.datasets[above]
    key, column = str(parent.spec.key), customer_column(parent, evidence.planned)
    seen = evidence.all_observed[above].table if above in evidence.all_observed else None
    if seen is None or key not in seen.column_names or column not in table.column_names:
        return np.full(len(rows), -1, np.int64)
    owners = _places(_texts(table[column].combine_chunks()), seen[key].combine_chunks())[rows]
    firsts = np.flatnonzero(np.diff(visit, prepend=-2))
    return np.repeat(np.maximum.reduceat(owners, firsts), np.diff(firsts, append=len(visit)))


def _texts(values: pa.Array) -> pa.Array:
    return _plain(values).cast(pa.string())


def _plain(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
