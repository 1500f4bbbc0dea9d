"""The stages of a stream one after the other, cut by cut: what comes before a moment goes as far as it gets by then.

Nothing that comes later can move what left earlier, so a cut may lie anywhere: any cuts give the same arrivals.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address
from sandbox.delivery.backpressure import Door, Queue, queue_of
from sandbox.delivery.schedule import WorkingTime, working_times
from sandbox.delivery.stage import Passed, Stage, StageState
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
    doors: tuple[Door | None, ...]
    """Behind each stage, where the one after it has a buffer."""

    @property
    def pending(self) -> Transit:
        """All that have happened and not arrived."""
        return Transit.together([*self.waiting, *(door.held for door in self.doors if door), self.arriving])

    @property
    def under_way(self) -> int:
        """How many these are."""
        return sum(map(len, self.waiting)) + sum(map(self.held, range(len(self.doors)))) + len(self.arriving)

    def held(self, stage: int) -> int:
        """How many are ready in a stage and held up by the one behind it."""
        door = self.doors[stage]
        return len(door.held) if door is not None else 0


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


@dataclass(eq=False)
class _Pass:
    """One way through all stages within a cut, while it is gone."""

    moving: Transit
    until_us: int
    states: list[StageState] = field(default_factory=list)
    waiting: list[Transit] = field(default_factory=list)
    lost: list[Transit] = field(default_factory=list)
    freed_us: list[tuple[Whole, ...]] = field(default_factory=list)
    queues: list[Queue | None] = field(default_factory=list)
    held_us: list[Whole | None] = field(default_factory=list)
    taken: list[NDArray[np.bool_] | None] = field(default_factory=list)

    def add(self, passed: Passed, waiting: Transit, queue: Queue | None, held_us: Whole | None) -> None:
        """What a stage did."""
        self.moving = passed.onward
        self.states.append(passed.state)
        self.waiting.append(waiting)
        self.lost.append(passed.lost)
        self.freed_us.append(passed.freed_us)
        self.queues.append(queue)
        self.held_us.append(held_us)
        self.taken.append(passed.is_taken)

    def agrees(self, doors: Sequence[Door | None], stages: Sequence[Stage]) -> bool:
        """Whether the places that were freed hold nobody longer than was assumed."""
        for place, (door, queue, held_us) in enumerate(zip(doors, self.queues, self.held_us, strict=True)):
            if door is None or queue is None or held_us is None:
                continue
            until = queue.held_until(door, self.freed_us[place + 1], stages[place + 1].plan.buffer)
            one, two = (np.clip(each, queue.events.times, self.until_us) for each in (until, held_us))
            if not np.array_equal(one, two):
                return False
        return True

    def doors(self, doors: Sequence[Door | None], stages: Sequence[Stage]) -> tuple[Door | None, ...]:
        """The doors at the end of the cut."""
        return tuple(
            None
            if door is None or queue is None or taken is None
            else queue.left(door, self.freed_us[place + 1], stages[place + 1].plan.buffer, taken)
            for place, (door, queue, taken) in enumerate(zip(doors, self.queues, self.taken, strict=True))
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
        offsets = (0,) * self._dealing.plan.partitions
        doors = tuple(
            Door.open(after.plan.partitions, nobody) if after is not None and after.plan.buffer else None
            for after in (*self.stages[1:], None)
        )
        return ChainState(self.start_us, states, (nobody,) * len(states), nobody, offsets, doors)

    def advance(self, state: ChainState, events: Transit, until_us: int) -> tuple[ChainState, list[Arrivals]]:
        """Let the events between a state's cut and the next one go as far as they get.

        They go a few at a time, so that their arrays stay in the processor's cache: any cuts give the same.

        Args:
            events: all that happen from `state.at_us` on and before `until_us`, in order.
        Returns:
            The state at the next cut, and what arrived by then, piece after piece.
        """
        pieces, first = [], 0
        while True:
            last = first + max(self._at_once, state.under_way // 4)
            cut_us = int(events.times[last]) if last < len(events) else until_us
            last = int(np.searchsorted(events.times, cut_us)) if last < len(events) else len(events)
            state, arrivals = self._advance(state, events.take(slice(first, last)), cut_us)
            pieces.append(arrivals)
            first = last
            if cut_us == until_us:
                return state, pieces

    def _advance(self, state: ChainState, events: Transit, until_us: int) -> tuple[ChainState, Arrivals]:
        """Go through; where buffers hold events up, again with the places that were freed, until nothing changes."""
        found = self._once(state, events, until_us, None)
        while not found.agrees(state.doors, self.stages):
            found = self._once(state, events, until_us, found.freed_us)
        arrived, arriving = Transit.together([state.arriving, found.moving]).in_order().before(until_us)
        partitions = self._dealing.partitions_of(arrived)
        offsets, following = _numbered(partitions, state.offsets)
        doors = found.doors(state.doors, self.stages)
        state = ChainState(until_us, tuple(found.states), tuple(found.waiting), arriving, following, doors)
        return state, Arrivals(arrived, partitions, offsets, self.attempts_of(arrived), tuple(found.lost))

    def _once(
        self, state: ChainState, events: Transit, until_us: int, freed_us: Sequence[Sequence[Whole]] | None
    ) -> _Pass:
        found = _Pass(events, until_us)
        for place, (stage, door) in enumerate(zip(self.stages, state.doors, strict=True)):
            moving = Transit.together([state.waiting[place], found.moving])
            if stage.has_order:
                moving = moving.in_order()
            coming, later = moving.before(until_us)
            ready, waiting = stage.gathered(coming, until_us)
            queue, held_us = None, None
            if door is not None:
                after = self.stages[place + 1]
                ready = Transit.together([door.held, ready])
                queue = queue_of(door, ready, stage.is_lost(ready), after.partitions_of(ready), until_us)
                ready = queue.events
                held_us = queue.held_until(door, freed_us[place + 1] if freed_us else None, after.plan.buffer)
            passed = stage.passed(ready, state.stages[place], until_us, held_us)
            found.add(passed, Transit.together([later, waiting]), queue, held_us)
        return found

    @property
    def _at_once(self) -> int:
        """Fewer where a small buffer is often full, since each time that it fills may take a pass."""
        smallest = min((stage.plan.buffer for stage in self.stages if stage.plan.buffer), default=EVENTS_AT_ONCE)
        return max(min(EVENTS_AT_ONCE, 64 * smallest), 1 << 10)

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
        behind = delivery.stages[bit + 1 : bit + 2]
        is_held = any(after.buffer for after in behind)
        stages.append(_stage(plan, own, working, clock.start_us, keys, bit, is_held))
    return Chain(tuple(stages), keys, clock.start_us)


def _stage(
    plan: StagePlan,
    address: Address,
    working: tuple[WorkingTime, ...],
    start_us: int,
    keys: Sequence[str],
    bit: int,
    is_held: bool,
) -> Stage:
    retried_after = plan.retried_after
    assert retried_after is not None
    return Stage(
        plan=plan,
        address=address,
        working=working,
        start_us=start_us,
        latency=seconds_of(plan.latency) if plan.latency is not None else None,
        slow=seconds_of(plan.slow_latency) if plan.slow_latency is not None else None,
        retried_after=seconds_of(retried_after),
        key=keys.index(plan.key) if plan.key is not None else None,
        bit=bit,
        is_held=is_held,
    )


def _numbered(partitions: NDArray[np.int16], following: tuple[int, ...]) -> tuple[Whole, tuple[int, ...]]:
    """The offset of each arrival in its partition, and the next ones."""
    offsets, reached = np.empty(len(partitions), np.int64), list(following)
    order, edges = by_group(partitions)
    for first, last in itertools.pairwise(edges):
        number = int(partitions[order[first]])
        offsets[order[first:last]] = np.arange(reached[number], reached[number] + (last - first))
        reached[number] += int(last - first)
    return offsets, tuple(reached)
