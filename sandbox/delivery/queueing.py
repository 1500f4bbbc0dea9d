"""Waiting in line, for many events at once: first come, first served, each takes the same time.

The departure of event k is D(k) = max(A(k), D(k - 1)) + s (Lindley 1952). With equal service times that is
(k + 1) s + the running maximum of A(j) - j s: no loop, and in whole nanoseconds the same however events are cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.delivery.schedule import WorkingTime
from sandbox.world.rowsets import Whole


@dataclass(frozen=True, slots=True)
class Line:
    """A partition's queue between two cuts: the work at which it was last done, and whether it is catching up."""

    done_ns: int = -1
    outage: int = 0
    """Outages so far, the one included that it may be catching up from."""
    catches_up: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """How long an event takes, in nanoseconds of work: as a rule, and while an outage is caught up. 0 is no time."""

    rule_ns: int
    catch_up_ns: int


def departures(works_ns: Whole, service_ns: int, done_ns: int) -> Whole:
    """The work at which each is done; `works_ns`, shape (n,), is when they come, rising."""
    if not len(works_ns):
        return works_ns
    steps = np.arange(len(works_ns), dtype=np.int64) * service_ns
    behind = works_ns - steps
    behind[0] = max(int(behind[0]), done_ns)
    np.maximum.accumulate(behind, out=behind)
    behind += steps
    behind += service_ns
    return behind


def served(times_us: Whole, working: WorkingTime, service: Service, line: Line) -> tuple[Whole, Line]:
    """When each event of a partition is done, microseconds, and how the queue is left.

    Args:
        times_us: when they come, rising.
    """
    works = working.work_at(times_us)
    if service.catch_up_ns == service.rule_ns:
        done = departures(works, service.rule_ns, line.done_ns)
        left = Line(int(done[-1])) if len(done) else line
        return np.maximum(working.time_of(done), times_us), left
    done = np.empty_like(works)
    begins, ends = working.outages
    outages = np.searchsorted(begins, times_us, side="right")
    first = 0
    while first < len(works):
        outage = int(outages[first])
        last = int(np.searchsorted(outages, outage, side="right"))
        if outage > line.outage:
            line = Line(line.done_ns, outage, True)
        some = slice(first, last)
        over_us = int(ends[outage - 1]) if outage else 0
        done[some], line = _after_outage(times_us[some], works[some], service, line, over_us)
        first = last
    return np.maximum(working.time_of(done), times_us), line


def _after_outage(times_us: Whole, works: Whole, service: Service, line: Line, over_us: int) -> tuple[Whole, Line]:
    """Events that came after the same outage: quicker or slower ones until one finds the queue empty."""
    if not line.catches_up:
        done = departures(works, service.rule_ns, line.done_ns)
        return done, Line(int(done[-1]), line.outage)
    done = departures(works, service.catch_up_ns, line.done_ns)
    idle = works > np.concatenate([[line.done_ns], done[:-1]])
    caught_up: NDArray[np.intp] = np.flatnonzero(idle & (times_us >= over_us))
    if not len(caught_up):
        return done, Line(int(done[-1]), line.outage, True)
    first = int(caught_up[0])
    before = int(done[first - 1]) if first else line.done_ns
    done[first:] = departures(works[first:], service.rule_ns, before)
    return done, Line(int(done[-1]), line.outage)
