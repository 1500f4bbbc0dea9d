"""The stages of a stream one after the other, cut by cut: what comes before a moment goes as far as it gets by then.

Nothing that comes later can move what left earlier, so a cut may lie anywhere: any cuts give the same arrivals.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address
from sandbox.delivery.schedule import WorkingTime, working_times
from sandbox.delivery.stage import Stage, StageState
from sandbox.delivery.transit import Transit, by_group
from sandbox.scenario.plan import ClockPlan, DeliveryPlan, StagePlan
from sandbox.world.rowsets import Whole
from sandbox.world.streams.machine import seconds_of

EVENTS_AT_ONCE = 1 << 17
EVER_US = 1 << 61
"""A moment by which everything has arrived."""


@dataclass(frozen=True, slots=True)
class ChainState:
    """What is known at a cut: for each stage its state and who waits for it or in it, and who is about to arrive."""

    at_us: int
    stages: tuple[StageState, ...]
    waiting: tuple[Transit, ...]
    arriving: Transit
    offsets: tuple[int, ...]
    """The next offset of each partition."""

    @property
    def pending(self) -> Transit:
        """All that have happened and not arrived."""
        return Transit.together([*self.waiting, self.arriving])

    @property
    def under_way(self) -> int:
        """How many these are."""
        return sum(map(len, self.waiting)) + len(self.arriving)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Events that arrive between two cuts, in the order of their arrival."""

    events: Transit
    partitions: NDArray[np.int16]
    offsets: Whole
    attempts: NDArray[np.int32]
    """Which sending of the event it is: 1 for the first."""
    lost: tuple[Transit, ...]
    """Events that each stage lost meanwhile."""

    def __len__(self) -> int:
        return len(self.events)

    @classmethod
    def together(cls, pieces: Sequence[Arrivals]) -> Arrivals:
        """One after the other."""
        if len(pieces) == 1:
            return pieces[0]
        return cls(
            Transit.together([piece.events for piece in pieces]),
            np.concatenate([piece.partitions for piece in pieces]),
            np.concatenate([piece.offsets for piece in pieces]),
            np.concatenate([piece.attempts for piece in pieces]),
            tuple(Transit.together(lost) for lost in zip(*(piece.lost for piece in pieces), strict=True)),
        )


@dataclass(frozen=True, eq=False)
class Chain:
    """The delivery of one stream."""

    stages: tuple[Stage, ...]
    keys: tuple[str, ...]
    """The columns by which stages deal, in the order of `Transit.keys`."""
    start_us: int

    def begin(self) -> ChainState:
        """The state before the first event."""
        nobody = Transit.none(len(self.keys))
        states = tuple(stage.begin() for stage in self.stages)
        return ChainState(self.start_us, states, (nobody,) * len(states), nobody, (0,) * self._dealing.plan.partitions)

    def advance(self, state: ChainState, events: Transit, until_us: int) -> tuple[ChainState, Arrivals]:
        """Let the events between a state's cut and the next one go as far as they get.

        They go a few at a time, so that their arrays stay in the processor's cache: any cuts give the same.

        Args:
            events: all that happen from `state.at_us` on and before `until_us`, in order.
        """
        pieces, first = [], 0
        while True:
            last = first + max(EVENTS_AT_ONCE, state.under_way // 4)
            cut_us = int(events.times[last]) if last < len(events) else until_us
            last = int(np.searchsorted(events.times, cut_us)) if last < len(events) else len(events)
            state, arrivals = self._advance(state, events.take(slice(first, last)), cut_us)
            pieces.append(arrivals)
            first = last
            if cut_us == until_us:
                return state, Arrivals.together(pieces)

    def _advance(self, state: ChainState, events: Transit, until_us: int) -> tuple[ChainState, Arrivals]:
        moving, states, waiting, lost = events, list(state.stages), list(state.waiting), []
        for place, stage in enumerate(self.stages):
            coming, later = _before(Transit.together([waiting[place], moving]), until_us)
            passed = stage.passes(coming, states[place], until_us)
            states[place] = passed.state
            waiting[place] = Transit.together([later, passed.waiting])
            lost.append(passed.lost)
            moving = passed.onward
        arrived, arriving = _before(Transit.together([state.arriving, moving]), until_us)
        arrived = arrived.in_order()
        partitions = self._dealing.partitions_of(arrived)
        offsets, following = _numbered(partitions, state.offsets)
        state = ChainState(until_us, tuple(states), tuple(waiting), arriving, following)
        return state, Arrivals(arrived, partitions, offsets, self.attempts_of(arrived), tuple(lost))

    @property
    def _dealing(self) -> Stage:
        """The stage whose partitions consumers see: the last one that has several."""
        return next((stage for stage in reversed(self.stages) if stage.plan.partitions > 1), self.stages[-1])

    def attempts_of(self, events: Transit) -> NDArray[np.int32]:
        """A number for each copy of an event: its bits, without those of stages that send nothing twice."""
        attempts = np.ones(len(events), np.int32)
        repeating = [stage.bit for stage in self.stages if stage.plan.retries]
        for place, bit in enumerate(repeating):
            attempts += (events.copies >> bit & 1) << place
        return attempts


def chain_of(delivery: DeliveryPlan, stream: str, clock: ClockPlan, seed: int, engine: int) -> Chain:
    """The delivery of a stream. Outages are the stage's, and hit all streams at once; all else is the stream's own."""
    keys = tuple(dict.fromkeys(stage.key for stage in delivery.stages if stage.key is not None))
    stages = []
    for bit, plan in enumerate(delivery.stages):
        shared = Address((seed, 0, "delivery", plan.name), engine)
        working = working_times(plan, shared, clock.start_us, clock.end_us)
        own = Address((seed, stream, 0, "delivery", plan.name), engine)
        stages.append(_stage(plan, own, working, clock.start_us, keys, bit))
    return Chain(tuple(stages), keys, clock.start_us)


def _stage(
    plan: StagePlan,
    address: Address,
    working: tuple[WorkingTime, ...],
    start_us: int,
    keys: Sequence[str],
    bit: int,
) -> Stage:
    retried_after = plan.retried_after
    assert retried_after is not None
    return Stage(
        plan=plan,
        address=address,
        working=working,
        start_us=start_us,
        latency=seconds_of(plan.latency) if plan.latency is not None else None,
        retried_after=seconds_of(retried_after),
        key=keys.index(plan.key) if plan.key is not None else None,
        bit=bit,
    )


def _before(events: Transit, until_us: int) -> tuple[Transit, Transit]:
    later = np.flatnonzero(events.times >= until_us)
    if not len(later):
        return events, events.take(slice(0, 0))
    return events.take(events.times < until_us), events.take(later)


def _numbered(partitions: NDArray[np.int16], following: tuple[int, ...]) -> tuple[Whole, tuple[int, ...]]:
    """The offset of each arrival in its partition, and the next ones."""
    offsets, reached = np.empty(len(partitions), np.int64), list(following)
    order, edges = by_group(partitions)
    for first, last in itertools.pairwise(edges):
        number = int(partitions[order[first]])
        offsets[order[first:last]] = np.arange(reached[number], reached[number] + (last - first))
        reached[number] += int(last - first)
    return offsets, tuple(reached)
