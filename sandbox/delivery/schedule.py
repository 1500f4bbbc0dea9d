"""When a stage works: outages and changes of capacity, scheduled by SimPy over the whole clock.

They are rare, and what they leave is a line in pieces between wall time and work, for each partition. All that comes
between two of them is arithmetic over arrays.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, words
from sandbox.scenario.plan import OutagePlan, StagePlan
from sandbox.world.draws import Distribution, exponential
from sandbox.world.rowsets import Whole

if TYPE_CHECKING:
    import simpy

Process = Generator[Any, Any, None]

NS = 1_000
"""Nanoseconds in a microsecond: work is counted in them, so that a thousand events a second are not rounded."""
BEYOND_US = 90 * 86_400_000_000
"""How far beyond the clock's end it is scheduled: what is under way then is delivered as a longer clock would."""


@dataclass(frozen=True, eq=False)
class WorkingTime:
    """What a partition gets done: `speeds[i]` from `starts_us[i]` on, 0 in an outage, 1 as a rule.

    Work is nanoseconds at speed 1 since the clock's start.
    """

    starts_us: Whole
    speeds: NDArray[np.float64]

    @cached_property
    def works_ns(self) -> Whole:
        """The work that is done when each piece begins."""
        lengths = np.diff(self.starts_us) * NS
        done = np.floor(lengths * self.speeds[:-1]).astype(np.int64)
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(done)])

    @cached_property
    def is_steady(self) -> bool:
        """Whether it always works, at speed 1."""
        return len(self.speeds) == 1 and self.speeds[0] == 1.0

    @cached_property
    def outages(self) -> tuple[Whole, Whole]:
        """Where outages begin and end."""
        down = self.speeds == 0.0
        begins = np.flatnonzero(down & ~np.concatenate([[False], down[:-1]]))
        ends = np.flatnonzero(~down & np.concatenate([[False], down[:-1]]))
        return self.starts_us[begins[: len(ends)]], self.starts_us[ends]

    def work_at(self, times_us: Whole) -> Whole:
        """The work that is done by each moment, at the clock's start or later."""
        if self.is_steady:
            return np.asarray((times_us - self.starts_us[0]) * NS, np.int64)
        piece = np.searchsorted(self.starts_us, times_us, side="right") - 1
        since = (times_us - self.starts_us[piece]) * NS
        return np.asarray(self.works_ns[piece] + np.floor(since * self.speeds[piece]).astype(np.int64), np.int64)

    def time_of(self, works_ns: Whole) -> Whole:
        """When so much is done, microseconds, rounded up; what would be done as an outage begins is when it is over."""
        if self.is_steady:
            return np.asarray(self.starts_us[0] - (-works_ns // NS), np.int64)
        piece = np.searchsorted(self.works_ns, works_ns, side="right") - 1
        over = np.ceil((works_ns - self.works_ns[piece]) / self.speeds[piece]).astype(np.int64)
        return np.asarray(self.starts_us[piece] - (-over // NS), np.int64)


def working_times(stage: StagePlan, address: Address, start_us: int, end_us: int) -> tuple[WorkingTime, ...]:
    """When each partition of a stage works.

    Args:
        address: of the stage; an outage by chance is drawn by its place in the list and its number.
        start_us: the clock's start; `end_us` its end. A longer clock begins with the same outages.
    """
    if not stage.outages and len(stage.capacity) <= 1:
        steady = WorkingTime(np.array([start_us]), np.ones(1))
        return (steady,) * stage.partitions
    import simpy

    environment = simpy.Environment(initial_time=start_us)
    partitions = [_Partition() for _ in range(stage.partitions)]
    for place, outage in enumerate(stage.outages):
        hit = [partitions[each] for each in outage.partitions] or partitions
        environment.process(_failing(environment, outage, hit, address.of("outage", place)))
    for moment_us, rate in stage.capacity[1:]:
        environment.process(_changing(environment, moment_us, rate / stage.capacity[0][1], partitions))
    longest_us = max((outage.lasts_us for outage in stage.outages), default=0)
    environment.run(until=end_us + longest_us + BEYOND_US)
    alike = {tuple(partition.noted.items()): partition for partition in reversed(partitions)}
    made = {noted: partition.working_time(start_us) for noted, partition in alike.items()}
    return tuple(made[tuple(partition.noted.items())] for partition in partitions)


@dataclass(frozen=True, slots=True)
class Downtime:
    """An outage as it came: when, microseconds UTC, and of which partitions; None for all."""

    starts_us: int
    ends_us: int
    partitions: tuple[int, ...] | None


def downtimes(working: Sequence[WorkingTime], until_us: int) -> list[Downtime]:
    """The outages of a stage that begin before a moment, in order."""
    hit: dict[tuple[int, int], list[int]] = {}
    for partition, each in enumerate(working):
        for starts_us, ends_us in zip(*(times.tolist() for times in each.outages), strict=True):
            if starts_us < until_us:
                hit.setdefault((starts_us, ends_us), []).append(partition)
    return [Downtime(*span, None if len(hit[span]) == len(working) else tuple(hit[span])) for span in sorted(hit)]


@dataclass
class _Partition:
    """A partition while its time is scheduled: how many outages hold it, and what was noted so far."""

    speed: float = 1.0
    down: int = 0
    noted: dict[int, float] = field(default_factory=dict)

    def note(self, now: float) -> None:
        self.noted[int(now)] = 0.0 if self.down else self.speed

    def working_time(self, start_us: int) -> WorkingTime:
        """Pieces of equal speed taken together; the last one works, since every outage ends."""
        pieces = {start_us: 1.0, **self.noted}
        starts, speeds = np.array(list(pieces), np.int64), np.array(list(pieces.values()))
        if speeds[-1] == 0.0:
            starts, speeds = np.append(starts, starts[-1] + BEYOND_US), np.append(speeds, self.speed)
        fresh = np.concatenate([[True], speeds[1:] != speeds[:-1]])
        return WorkingTime(starts[fresh], speeds[fresh])


def _failing(
    environment: simpy.Environment, outage: OutagePlan, hit: Sequence[_Partition], address: Address
) -> Process:
    """An outage that is announced, or one that comes again and again, with exponential times between and to repair."""
    if not outage.mean_between_us:
        yield environment.timeout(max(outage.start_us - environment.now, 0))
        yield from _down(environment, outage.lasts_us, hit)
        return
    number = 0
    while True:
        yield environment.timeout(_drawn(address.of("between"), number, outage.mean_between_us))
        yield from _down(environment, _drawn(address.of("repair"), number, outage.lasts_us), hit)
        number += 1


def _down(environment: simpy.Environment, lasts_us: int, hit: Sequence[_Partition]) -> Process:
    for change in (1, -1):
        for partition in hit:
            partition.down += change
            partition.note(environment.now)
        if change == 1:
            yield environment.timeout(lasts_us)


def _changing(
    environment: simpy.Environment, moment_us: int, speed: float, partitions: Sequence[_Partition]
) -> Process:
    yield environment.timeout(max(moment_us - environment.now, 0))
    for partition in partitions:
        partition.speed = speed
        partition.note(environment.now)


def _drawn(address: Address, number: int, mean_us: int) -> int:
    """An exponential time, at least a microsecond."""
    return max(1, round(float(_exponential().from_words(words(address, number, number + 1))[0]) * mean_us))


@cache
def _exponential() -> Distribution:
    return exponential()
