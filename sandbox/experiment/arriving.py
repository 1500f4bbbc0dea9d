"""What arrives of the experiment's stream, a stretch of time after the other, in places instead of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import split_envelope
from sandbox.scenario.expressions import columns_in
from sandbox.scenario.plan import Plan, ShelvesPlan
from sandbox.scenario.span import Span
from sandbox.sources.opening import open_source, reached_by
from sandbox.sources.spans import within
from sandbox.world.periods import HOUR_US

if TYPE_CHECKING:
    from sandbox.delivery.bringing import Reached
    from sandbox.world.streams.stream import Stream
    from sandbox.world.world import World


Hear = Callable[[pa.RecordBatch, NDArray[np.int64]], None]
"""Is told of rows that arrived, and when each of them did, microseconds UTC."""


@dataclass(frozen=True, slots=True, eq=False)
class Happened:
    """Events that have arrived, in the order in which they did; shape (n,).

    `people` and `items` are places (-1: nobody known, no item); `times_us` is when they happened; `clicks` and `goals`
    say what they were, `values` what a goal is worth (else 0).
    """

    people: NDArray[np.int32]
    items: NDArray[np.int32]
    times_us: NDArray[np.int64]
    clicks: NDArray[np.bool_]
    goals: NDArray[np.bool_]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.people)

    def where(self, rows: NDArray[np.bool_]) -> Happened:
        """Some of them."""
        return Happened(*(getattr(self, each.name)[rows] for each in fields(Happened)))


@dataclass(eq=False)
class Feed:
    """The experiment's stream as it arrives at whoever learns from it."""

    plan: Plan
    world: World
    hear: Hear | None = None
    """For whoever looks on."""
    _reached: Reached | None = None

    @property
    def experiment(self) -> ShelvesPlan:
        """What the scenario says of it."""
        assert self.plan.shelves is not None
        return self.plan.shelves

    @property
    def stream(self) -> Stream:
        """What makes it."""
        return self.world.stream(self.experiment.events)

    @property
    def delivered(self) -> Reached | None:
        """How far the delivery has come; None where nothing is delivered, or nothing was asked for yet."""
        return self._reached

    @property
    def under_way(self) -> int:
        """How many events have happened and not arrived."""
        return self._reached.chain.under_way if self._reached is not None else 0

    def go_on(self, plan: Plan, world: World) -> None:
        """Come from another world from here on, which is the same until now."""
        self.plan, self.world = plan, world

    @cached_property
    def customers(self) -> pa.Array:
        """Ids of those who may come, by their places."""
        return self.people.column(self._key).combine_chunks()

    @cached_property
    def people(self) -> pa.Table:
        """The customers' columns, by their places, as they were at first."""
        people, contract = self.stream.people, self.plan.datasets[self.experiment.customers].contract
        _, first = np.unique(people.customer, return_index=True)
        places = pa.array(first)
        wanted = [name for name in contract.names if name in self._read_of_people]
        return pa.table({name: _plain(people.column(name)).take(places) for name in wanted})

    @property
    def _read_of_people(self) -> set[str]:
        """The key, what the condition of who may be shown what reads, and what tells segments apart."""
        text, written = self.experiment.offer.eligible, self.plan.experiment
        asked = () if text is None else columns_in(text)
        segments = () if written is None else written.segments
        return {self._key, *segments, *(each.removeprefix("parent.") for each in asked)}

    @property
    def _key(self) -> str:
        return self.plan.datasets[self.experiment.customers].contract.primary_key[0]

    @cached_property
    def items(self) -> pa.Array:
        """Ids of the items, by their places."""
        catalogue = self.stream.story.catalogue
        assert catalogue is not None
        return _plain(catalogue.column(catalogue.key))

    @cached_property
    def catalogue(self) -> pa.Table:
        """The items' columns, by their places."""
        catalogue = self.stream.story.catalogue
        assert catalogue is not None
        names = self.plan.datasets[self.experiment.items].contract.names
        return pa.table({name: _plain(catalogue.column(name)) for name in names})

    def begins_us(self, starts_us: int) -> int:
        """From when on what came before a moment is asked for: what a window leaves out need not be made.

        What is delivered must be made from the clock's start, since what is under way then hangs on all before it.
        """
        retrain, start_us = self.experiment.retrain, self.plan.clock.start_us
        if self._is_delivered or not retrain.window_us or self.experiment.offer.not_owned:
            return start_us
        hours = (starts_us - retrain.window_us - start_us) // HOUR_US
        return max(start_us, start_us + hours * HOUR_US)

    def until(self, since_us: int, until_us: int) -> Happened:
        """What arrives in [since, until); asked for in order, without a gap."""
        return together([self._happened(batch) for batch in self._rows(since_us, until_us)])

    def _rows(self, since_us: int, until_us: int) -> Iterator[pa.RecordBatch]:
        """Rows that keep the contract's rules, each once: whoever counts leaves out what was delivered again."""
        if not self._is_delivered:
            yield from self._undelivered(since_us, until_us)
            return
        span = replace(self.plan, span=Span(since_us, until_us))
        source = open_source(span, self.experiment.events, self.world, self._reached)
        check = RowCheck(source.contract, source.proven)
        try:
            for share in source.shares():
                for batch in source.batches(share):
                    checked = batch if isinstance(batch, Checked) else check(batch)
                    rows, told = split_envelope(checked.accepted)
                    assert told is not None
                    once = pc.equal(pc.struct_field(told, "attempt"), 1)
                    rows = rows.filter(once)
                    if self.hear is not None:
                        came = pc.struct_field(told, "arrived_at").filter(once)
                        self.hear(rows, np.asarray(came.cast(pa.int64())))
                    yield rows
            self._reached = reached_by(source)
        finally:
            source.close()

    @property
    def _is_delivered(self) -> bool:
        return self.plan.delivery is not None and self.experiment.events in self.plan.delivery.streams

    def _undelivered(self, since_us: int, until_us: int) -> Iterator[pa.RecordBatch]:
        """Events as they happen, of just the hours that are asked for."""
        name, start_us = self.experiment.events, self.plan.clock.start_us
        hours = (since_us - start_us) // HOUR_US, -((start_us - until_us) // HOUR_US)
        recipe, contract = self.world.recipe(name), self.plan.datasets[name].contract
        check = RowCheck(contract, self.plan.datasets[name].proven)
        batches = self.world.batches(name, hours[0], min(hours[1], self.world.units(name)))
        for batch in within(batches, contract, Span(since_us, until_us), recipe):
            rows = split_envelope(check(batch).accepted)[0]
            if self.hear is not None and contract.time is not None:
                self.hear(rows, _moments(rows.column(contract.time)))
            yield rows

    def _happened(self, batch: pa.RecordBatch) -> Happened:
        written, contract = self.experiment, self.plan.datasets[self.experiment.events].contract
        assert contract.time is not None
        events = batch.column(written.event)
        goals, values = _is(events, written.goal), np.zeros(len(batch))
        if written.value is not None:
            worth = pc.fill_null(batch.column(written.value).cast(pa.float64()), 0.0)
            values = np.where(goals, worth.to_numpy(zero_copy_only=False), 0.0)
        return Happened(
            self._places(batch.column(written.customer), self.customers),
            self._places(batch.column(written.item), self.items),
            _moments(batch.column(contract.time)),
            _is(events, written.clicks),
            goals,
            values,
        )

    def _places(self, ids: pa.Array, known: pa.Array) -> NDArray[np.int32]:
        found = pc.index_in(_plain(ids).cast(known.type), known)
        return np.asarray(pc.fill_null(found, -1), np.int32)


def together(pieces: Sequence[Happened]) -> Happened:
    """One after the other."""
    if not pieces:
        none = np.zeros(0)
        whole, flags = none.astype(np.int32), none.astype(np.bool_)
        return Happened(whole, whole, none.astype(np.int64), flags, flags, none)
    columns: list[Any] = [np.concatenate([getattr(piece, each.name) for piece in pieces]) for each in fields(Happened)]
    return Happened(*columns)


def _is(events: pa.Array, word: str | None) -> NDArray[np.bool_]:
    if word is None:
        return np.zeros(len(events), np.bool_)
    return np.asarray(pc.fill_null(pc.equal(_plain(events), word), False))


def _moments(times: pa.Array) -> NDArray[np.int64]:
    return np.asarray(times.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64()))


def _plain(values: pa.Array) -> pa.Array:
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
