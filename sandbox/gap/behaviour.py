"""The gap of behaviour: what entities do over time, as columns derived from their rows, measured like any other.

Of each side: how many events and on how many days an entity has, how long it waits, in how regular a beat (burstiness,
Goh and Barabasi 2008), when in the week, what follows what, how long a session is, how long it stays. Each is a column
of values with the entity that each value is of, so that halves of entities give its floor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.gap.columns import ColumnGap
from sandbox.gap.derived import Derived, derived_gaps
from sandbox.gap.sharing import shared
from sandbox.gap.side import Side
from sandbox.gap.sides import Sides

SESSION_US = 30 * 60 * 1_000_000
"""A pause of half an hour ends a session, as web analytics have it."""
_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_LEAST_GAPS = 3
_MOST_EVENTS = 50

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = pa.array([f"{day} {hour:02d}" for day in _DAYS for hour in range(24)])

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Rows:
    """A side's rows in the order of entity and time."""

    entity: npt.NDArray[np.int32]
    time_us: Ints
    local: pa.Array
    """Wall-clock times of the scenario's zone."""
    order: Ints
    table: pa.Table

    def first_of_run(self) -> npt.NDArray[np.bool_]:
        """Whether a row is its entity's first."""
        return np.asarray(np.diff(self.entity, prepend=-1) != 0)


def behaviour_gaps(sides: Sides, zone: str, events: str | None, items: str | None, seed: int) -> list[ColumnGap]:
    """Measure behaviour; nothing for a dataset that does not know time or whose rows belong to nobody.

    Args:
        sides: dummy and real.
        zone: the scenario's, for days and weeks.
        events: the column that says what happened, if there is one.
        items: the column that says with which item, if there is one.
        seed: of the halves.
    """
    if sides.contract.time is None or sides.entity is None:
        return []
    dummy, real = shared(
        lambda side: list(_derived(_rows(side, sides, zone), events, items)), (sides.dummy, sides.real)
    )
    return derived_gaps(dummy, real, seed)


def event_column(sides: Sides, named: Sequence[str]) -> str | None:
    """The column that says what happened: the first of those named that has few different values."""
    for name in named:
        column = sides.real.table.column(name)
        is_word = kinds.is_string(column.type) or kinds.is_dictionary(column.type)
        if is_word and pc.count_distinct(column.cast(pa.string())).as_py() <= _MOST_EVENTS:
            return name
    return None


def _rows(side: Side, sides: Sides, zone: str) -> _Rows:
    times = side.table.column(sides.contract.time).combine_chunks().cast(pa.timestamp("us", tz="UTC"), safe=False)
    there = np.flatnonzero(np.asarray(pc.is_valid(times)) & side.known)
    microseconds = np.asarray(times.cast(pa.int64()).fill_null(0), np.int64)[there]
    order = there[_by_entity_and_time(side.entities[there], microseconds)]
    local = pc.local_timestamp(times.take(pa.array(order)).cast(pa.timestamp("us", tz=zone)))
    time_us = np.asarray(times.cast(pa.int64()).fill_null(0), np.int64)[order]
    return _Rows(side.entities[order], time_us, local, order, side.table)


def _by_entity_and_time(entities: npt.NDArray[np.int32], time_us: Ints) -> Ints:
    """Rows in order. One key for both sorts several times faster than two; where it would not fit, two it is."""
    least = int(time_us.min(initial=0))
    span = int(time_us.max(initial=0)) - least + 1
    if span * (int(entities.max(initial=0)) + 1) >= 2**63:
        return np.lexsort((time_us, entities))
    return np.argsort(entities * np.int64(span) + (time_us - least), kind="stable")


def _derived(rows: _Rows, events: str | None, items: str | None) -> Iterator[Derived]:
    first = rows.first_of_run()
    number = np.cumsum(first) - 1
    someone = rows.entity[first]
    counts = np.bincount(number) if len(number) else np.zeros(0, np.int64)
    yield Derived("events of an entity", pa.array(counts), someone)
    moments = np.bincount(number[first | (np.diff(rows.time_us, prepend=0) > 0)], minlength=len(counts))
    # Lines of one order are one moment: who has no other did not come again.
    yield Derived("comes again", pa.array(np.where(moments > 1, "yes", "no")), someone)

    days = np.asarray(rows.local.cast(pa.int64()), np.int64) // _DAY_US
    new_day = first | (np.diff(days, prepend=days[:1] - 1) != 0)
    yield Derived("days of an entity", pa.array(np.bincount(number[new_day], minlength=len(counts))), someone)
    begun = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    yield Derived("days since its first", pa.array((rows.time_us - rows.time_us[begun]) // _DAY_US), rows.entity)

    week = (days + 3) % 7  # 1 January 1970 was a Thursday
    hour = np.asarray(pc.hour(rows.local), np.int64)
    yield Derived("hour of the week", _HOURS.take(pa.array(week * 24 + hour)), rows.entity, len(_HOURS))

    waits, waiting = np.diff(rows.time_us)[~first[1:]], rows.entity[1:][~first[1:]]
    apart = waits > 0  # lines of one order are one moment
    yield Derived("hours to the next", pa.array(waits[apart] / _HOUR_US), waiting[apart])
    yield _burstiness(waits[apart], number[1:][~first[1:]][apart], someone)
    yield from _sessions(rows, first)
    if events is not None:
        yield _transitions(rows, first, events)
    if items is not None:
        yield _popularity(rows, items)


def _burstiness(waits: Ints, code: Ints, names: npt.NDArray[np.int32]) -> Derived:
    """(σ - μ) / (σ + μ) of the waits of each entity that has a few: -1 for a clock, 0 for chance, 1 for bursts."""
    count = np.bincount(code, minlength=len(names))
    mean = np.bincount(code, waits, len(names)) / np.maximum(count, 1)
    square = np.bincount(code, waits.astype(np.float64) ** 2, len(names)) / np.maximum(count, 1)
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    enough = count >= _LEAST_GAPS
    values = (deviation - mean)[enough] / (deviation + mean)[enough]
    return Derived("burstiness", pa.array(values), names[enough])


def _sessions(rows: _Rows, first: npt.NDArray[np.bool_]) -> Iterator[Derived]:
    starts = first | (np.diff(rows.time_us, prepend=0) > SESSION_US)
    where = np.flatnonzero(starts)
    lengths = np.diff(np.append(where, len(starts)))
    yield Derived("events of a session", pa.array(lengths), rows.entity[where])


def _transitions(rows: _Rows, first: npt.NDArray[np.bool_], events: str) -> Derived:
    """What follows what, of the same entity, as `view → basket`."""
    words = rows.table.column(events).combine_chunks().cast(pa.string()).take(pa.array(rows.order)).fill_null("(null)")
    follows = pa.array(np.flatnonzero(~first[1:]))
    pairs = pc.binary_join_element_wise(words[:-1].take(follows), words[1:].take(follows), " → ")
    return Derived(f"next {events}", pairs, rows.entity[1:][~first[1:]])


def _popularity(rows: _Rows, items: str) -> Derived:
    """The rank of each row's item among all, the commonest first: equal where popularity falls off as steeply."""
    column = rows.table.column(items).combine_chunks()
    names = column.cast(pa.string()).take(pa.array(rows.order)).dictionary_encode()
    there = np.asarray(pc.is_valid(names.indices))
    codes = np.asarray(names.indices.fill_null(0), np.int64)
    counts = np.bincount(codes[there], minlength=max(len(names.dictionary), 1))
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return Derived(f"popularity of {items}", pa.array(rank[codes[there]]), rows.entity[there])
