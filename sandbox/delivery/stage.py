"""One stage, for all events that come to it within a cut: they wait for their batch, in line, and then travel on.

What a stage does to an event hangs on addresses alone (its stream, the stage, what for, and the event), so other
stages, other shares of them and other events change nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, hash_columns
from sandbox.delivery.batching import filled, leaving
from sandbox.delivery.queueing import Line, Service, served
from sandbox.delivery.schedule import WorkingTime
from sandbox.delivery.transit import Transit, by_group
from sandbox.scenario.plan import StagePlan
from sandbox.world.draws import Distribution, uniforms_of_words
from sandbox.world.rowsets import Whole

_SECOND_US = 1e6
_LONGEST_US = 1e15
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
    """What became of the events of a cut: those that travel on, with their times, those that still wait, the lost."""

    onward: Transit
    waiting: Transit
    lost: Transit
    state: StageState


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of a stream's delivery, ready to work."""

    plan: StagePlan
    address: Address
    """Above all that it draws for the stream's events."""
    working: tuple[WorkingTime, ...]
    start_us: int
    latency: Distribution | None
    retried_after: Distribution
    key: int | None
    """Which row of `Transit.keys` it deals by."""
    bit: int
    """Which bit of `Transit.copies` tells those that it sent again."""

    def begin(self) -> StageState:
        """The state before the first event."""
        return StageState((Line(),) * self.plan.partitions, (0,) * self.plan.partitions)

    def passes(self, coming: Transit, state: StageState, until_us: int) -> Passed:
        """Let events through.

        Args:
            coming: all that came since the last cut, and those that still waited then; all before `until_us`.
            until_us: nothing is known yet of what comes then or later.
        """
        plan = self.plan
        if self._has_order:
            coming = coming.in_order()
        partitions = self.partitions_of(coming) if self._has_order or self._is_parted else _one(len(coming))
        times, waiting = coming.times, coming.take(slice(0, 0))
        if plan.every_us:
            times = leaving(times, plan.every_us, self.start_us)
        if plan.batch:
            times, is_open = filled(coming.times, times, partitions, plan.batch, until_us)
            if is_open.any():
                waiting = coming.take(is_open)
                coming, times, partitions = coming.take(~is_open), times[~is_open], partitions[~is_open]
        times, lines = self._served(times, partitions, state.lines)
        if self.latency is not None:
            times = times + _microseconds(self.latency, self._words("latency", coming))
        times, last_us = self._kept_in_order(times, partitions, state.last_us)
        state = replace(state, lines=lines, last_us=last_us, taken=state.taken + len(coming))
        return self._parted(coming.at(times), waiting, state)

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

    @property
    def _is_parted(self) -> bool:
        """Whether some partitions work when others do not."""
        return any(each is not self.working[0] for each in self.working)

    @property
    def _has_order(self) -> bool:
        """Whether it matters in which order events come."""
        return bool(self.plan.batch or self._service != Service(0, 0) or self.key is not None)

    @property
    def _service(self) -> Service:
        rule = round(_SECOND_NS / self.plan.capacity[0][1]) if self.plan.capacity else 0
        return Service(rule, round(_SECOND_NS / self.plan.catch_up) if self.plan.catch_up else rule)

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

    def _kept_in_order(
        self, times: Whole, partitions: NDArray[np.int16], last_us: tuple[int, ...]
    ) -> tuple[Whole, tuple[int, ...]]:
        """Where events are dealt by a key, none overtakes another in its partition."""
        if self.key is None:
            return times, last_us
        order, edges = by_group(partitions)
        kept, last = np.empty_like(times), list(last_us)
        for first, end in itertools.pairwise(edges):
            rows = order[first:end]
            number = int(partitions[rows[0]])
            ordered = np.maximum.accumulate(np.maximum(times[rows], last[number]))
            kept[rows], last[number] = ordered, int(ordered[-1])
        return kept, tuple(last)

    def _parted(self, events: Transit, waiting: Transit, state: StageState) -> Passed:
        """Some are lost, some damaged, some sent once more."""
        plan, lost = self.plan, events.take(slice(0, 0))
        if plan.loss:
            is_lost = uniforms_of_words(self._words("loss", events)) < plan.loss
            events, lost = events.take(~is_lost), events.take(is_lost)
            state = replace(state, lost=state.lost + len(lost))
        if plan.corrupt:
            events, fresh = self._damaged(events)
            state = replace(state, corrupted=state.corrupted + fresh)
        if not plan.retries:
            return Passed(events, waiting, lost, state)
        again = np.flatnonzero(uniforms_of_words(self._words("retries", events)) < plan.retries)
        copies = events.take(again)
        identities = self._words("copy", copies).view(np.int64)
        delays = _microseconds(self.retried_after, self._words("retried after", copies))
        copies = replace(
            copies,
            times=copies.times + delays,
            identities=identities,
            copies=copies.copies | np.int32(1 << self.bit),
        )
        state = replace(state, repeated=state.repeated + len(copies))
        return Passed(Transit.together([events, copies]), waiting, lost, state)

    def _damaged(self, events: Transit) -> tuple[Transit, int]:
        """The events with the codes of their faults; what was damaged before stays as it is."""
        levels = uniforms_of_words(self._words("corrupt", events))
        faults, reached, fresh = events.faults.copy(), 0.0, 0
        for code, share in self.plan.corrupt:
            hit = (levels >= reached) & (levels < reached + share) & (events.faults == 0)
            faults[hit] = code
            fresh += int(hit.sum())
            reached += share
        return replace(events, faults=faults), fresh


def _one(events: int) -> NDArray[np.int16]:
    """One partition for all."""
    return np.zeros(events, np.int16)


def _microseconds(distribution: Distribution, words: Words) -> Whole:
    """Draws of seconds as whole microseconds, none below 0."""
    drawn = np.asarray(distribution.from_words(words), np.float64) * _SECOND_US
    np.clip(drawn, 0.0, _LONGEST_US, out=drawn)
    return drawn.astype(np.int64)
