"""One stage, for all events that come to it within a cut: they wait for their batch, in line, and then travel on.

What a stage does to an event hangs on addresses alone (its stream, the stage, what for, and the event), so other
stages, other shares of them and other events change nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, hash_columns
from sandbox.delivery.batching import filled, leaving
from sandbox.delivery.queueing import Line, Service, served
from sandbox.delivery.schedule import WorkingTime
from sandbox.delivery.transit import FAULT_BIT, Transit, by_group
from sandbox.scenario.plan import StagePlan
from sandbox.world.draws import Distribution, uniforms_of_words
from sandbox.world.rowsets import Whole

_SECOND_US = 1e6
_LONGEST_US = 1e15
_BEFORE_ALL_US = -(1 << 62)
_SECOND_NS = 1e9


@dataclass(frozen=True, slots=True)
class StageState:
    """What a stage knows at a cut, beside the events that are in it."""

    lines: tuple[Line, ...]
    last_us: tuple[int, ...]
    """When the last event left each partition, where partitions keep their order."""
    taken: int = 0
    """Events that it has dealt with so far."""
    lost: int = 0
    repeated: int = 0
    corrupted: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of the events of a cut: those that travel on, with their times, and the lost."""

    onward: Transit
    lost: Transit
    state: StageState
    is_taken: NDArray[np.bool_] | None
    """Of who was ready, whom the stage has taken up; None: everybody."""
    freed_us: tuple[Whole, ...]
    """When each partition was done with the events that had a place in its buffer; empty without one."""


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of a stream's delivery, ready to work."""

    plan: StagePlan
    address: Address
    """Above all that it draws for the stream's events."""
    working: tuple[WorkingTime, ...]
    start_us: int
    latency: Distribution | None
    slow: Distribution | None
    """How long those take that are slow."""
    retried_after: Distribution
    key: int | None
    """Which row of `Transit.keys` it deals by."""
    bit: int
    """Which bit of `Transit.copies` tells those that it sent again."""
    is_held: bool = False
    """Whether the stage behind it has a buffer that may be full."""

    def begin(self) -> StageState:
        """The state before the first event."""
        return StageState((Line(),) * self.plan.partitions, (0,) * self.plan.partitions)

    def gathered(self, coming: Transit, until_us: int) -> tuple[Transit, Transit]:
        """When events are ready to be taken up: with their batch. Who cannot be told yet comes second.

        Args:
            coming: all that came since the last cut, and those that still waited then; all before `until_us`, and in
                order where `has_order`.
            until_us: nothing is known yet of what comes then or later.
        """
        plan = self.plan
        if not plan.every_us:
            return coming, coming.take(slice(0, 0))
        leaves = leaving(coming.times, plan.every_us, self.start_us)
        if not plan.batch:
            return coming.at(leaves), coming.take(slice(0, 0))
        times, is_open = filled(coming.times, leaves, self.partitions_of(coming), plan.batch, until_us)
        ready, _ = coming.at(times).parted(is_open)
        return ready, coming.parted(is_open)[1]

    def passed(self, ready: Transit, state: StageState, until_us: int, held_us: Whole | None = None) -> Passed:
        """Let events through that are ready.

        Args:
            ready: those of `gathered`, in the order in which they are taken up.
            held_us: until when the stage behind holds up each; who is held beyond `until_us` is not taken up.
        """
        partitions = self.partitions_of(ready) if self.has_order or self._is_parted else _one(len(ready))
        times, is_taken = ready.times, None
        if held_us is not None:
            start = (_BEFORE_ALL_US,) * self.plan.partitions
            times, _ = _rising(np.maximum(times, held_us), partitions, start)
            is_taken = times < until_us
            ready, times, partitions = ready.take(is_taken), times[is_taken], partitions[is_taken]
        times, lines = self._served(times, partitions, state.lines)
        freed_us = self._freed(ready, times, partitions) if self.plan.buffer else ()
        times = self._after_latency(times, ready)
        last_us = state.last_us
        if self.key is not None:
            times, last_us = _rising(times, partitions, last_us)
        state = replace(state, lines=lines, last_us=last_us, taken=state.taken + len(ready))
        return self._parted(ready.at(times), state, is_taken, freed_us)

    def is_lost(self, events: Transit) -> NDArray[np.bool_]:
        """Which events it loses."""
        if not self.plan.loss:
            return np.zeros(len(events), np.bool_)
        return np.asarray(uniforms_of_words(self._words("loss", events)) < self.plan.loss)

    def partitions_of(self, events: Transit) -> NDArray[np.int16]:
        """The partition of each event: by its key, or by chance."""
        count = self.plan.partitions
        if count == 1:
            return _one(len(events))
        if self.key is not None:
            words = hash_columns(self.address.of("partition"), events.keys[self.key].view(np.int64))
        else:
            words = self._words("partition", events)
        return ((words >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)).astype(np.int16)

    @cached_property
    def has_order(self) -> bool:
        """Whether it matters in which order events come."""
        plan = self.plan
        has_line = self._service != Service(0, 0) or self.key is not None
        return bool(plan.batch or plan.buffer or has_line or self.is_held)

    @cached_property
    def _is_parted(self) -> bool:
        """Whether some partitions work when others do not."""
        return any(each is not self.working[0] for each in self.working)

    @cached_property
    def _service(self) -> Service:
        rule = round(_SECOND_NS / self.plan.capacity[0][1]) if self.plan.capacity else 0
        return Service(rule, round(_SECOND_NS / self.plan.catch_up) if self.plan.catch_up else rule)

    def _after_latency(self, times: Whole, events: Transit) -> Whole:
        """When they have come through, each after its latency: who is slow, after another one."""
        done = times if self.latency is None else times + self._delays(self.latency, "latency", events)
        if self.slow is None or not self.plan.slow:
            return done
        slow = np.flatnonzero(uniforms_of_words(self._words("slow", events)) < self.plan.slow)
        done = done.copy()
        done[slow] = times[slow] + self._delays(self.slow, "slow latency", events.take(slow))
        return done

    def _delays(self, distribution: Distribution, purpose: str, events: Transit) -> Whole:
        """Draws of seconds as whole microseconds, none below 0."""
        drawn = np.asarray(distribution.from_words(self._words(purpose, events)), np.float64) * _SECOND_US
        if len(drawn) and (drawn.min() < 0.0 or drawn.max() > _LONGEST_US):
            np.clip(drawn, 0.0, _LONGEST_US, out=drawn)
        return drawn.astype(np.int64)

    def _words(self, purpose: str, events: Transit) -> Words:
        return hash_columns(self.address.of(purpose), events.identities)

    def _served(
        self, times: Whole, partitions: NDArray[np.int16], lines: tuple[Line, ...]
    ) -> tuple[Whole, tuple[Line, ...]]:
        """When each is done, partition by partition; at once for all where nothing tells them apart."""
        service = self._service
        if service == Service(0, 0) and not self._is_parted:
            if self.working[0].is_steady:
                return times, lines
            return np.maximum(self.working[0].time_of(self.working[0].work_at(times)), times), lines
        order, edges = by_group(partitions)
        done, left = np.empty_like(times), list(lines)
        for first, last in itertools.pairwise(edges):
            rows = order[first:last]
            number = int(partitions[rows[0]])
            done[rows], left[number] = served(times[rows], self.working[number], service, lines[number])
        return done, tuple(left)

    def _freed(self, events: Transit, done_us: Whole, partitions: NDArray[np.int16]) -> tuple[Whole, ...]:
        """When places in the buffer are given back; second sendings of the stage before had none."""
        had_place = events.copies >> (self.bit - 1) & 1 == 0
        return tuple(done_us[had_place & (partitions == each)] for each in range(self.plan.partitions))

    def _parted(
        self,
        events: Transit,
        state: StageState,
        is_taken: NDArray[np.bool_] | None,
        freed_us: tuple[Whole, ...],
    ) -> Passed:
        """Some are lost, some damaged, some sent once more."""
        plan, lost = self.plan, events.take(slice(0, 0))
        if plan.loss:
            is_lost = self.is_lost(events)
            events, lost = events.parted(is_lost)
            state = replace(state, lost=state.lost + len(lost))
        if plan.corrupt:
            events, fresh = self._damaged(events)
            state = replace(state, corrupted=state.corrupted + fresh)
        if not plan.retries:
            return Passed(events, lost, state, is_taken, freed_us)
        again = np.flatnonzero(uniforms_of_words(self._words("retries", events)) < plan.retries)
        copies = events.take(again)
        identities = self._words("copy", copies).view(np.int64)
        delays = self._delays(self.retried_after, "retried after", copies)
        copies = replace(
            copies,
            times=copies.times + delays,
            identities=identities,
            marks=copies.marks | np.int32(1 << self.bit),
        )
        state = replace(state, repeated=state.repeated + len(copies))
        return Passed(Transit.together([events, copies]), lost, state, is_taken, freed_us)

    def _damaged(self, events: Transit) -> tuple[Transit, int]:
        """The events with the codes of their faults; what was damaged before stays as it is."""
        levels = uniforms_of_words(self._words("corrupt", events))
        marks, is_whole, reached, fresh = events.marks.copy(), events.faults == 0, 0.0, 0
        for code, share in self.plan.corrupt:
            hit = np.flatnonzero((levels >= reached) & (levels < reached + share) & is_whole)
            marks[hit] |= np.int32(code << FAULT_BIT)
            fresh += len(hit)
            reached += share
        return replace(events, marks=marks), fresh


def _rising(times: Whole, partitions: NDArray[np.int16], last_us: Sequence[int]) -> tuple[Whole, tuple[int, ...]]:
    """Times so late that in no partition one comes before the one ahead of it; and the last of each partition."""
    order, edges = by_group(partitions)
    risen, last = np.empty_like(times), list(last_us)
    for first, end in itertools.pairwise(edges):
        rows = order[first:end]
        number = int(partitions[rows[0]])
        ordered = np.maximum.accumulate(np.maximum(times[rows], last[number]))
        risen[rows], last[number] = ordered, int(ordered[-1])
    return risen, tuple(last)


def _one(events: int) -> NDArray[np.int16]:
    """One partition for all."""
    return np.zeros(events, np.int16)
