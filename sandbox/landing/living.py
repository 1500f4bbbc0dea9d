"""A stream that goes on without end: the world a few days at a time, each time with a clock that reaches further."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from sandbox.errors import InputError, Problem
from sandbox.landing.reading import accepted_rows
from sandbox.scenario import quantities
from sandbox.scenario.plan import ClockPlan, Plan
from sandbox.scenario.span import Span
from sandbox.sources.opening import open_source, reached_by

STEP = dt.timedelta(days=7)


def living_batches(plan: Plan, dataset: str, since: object) -> Iterator[pa.RecordBatch]:
    """The accepted rows of a stream from a moment on, in the order of time, until nobody asks any more.

    Nothing is kept from step to step but what is under way: each makes its customers anew, as they are by then. A
    stream that is delivered comes in the order of its arrival; what happened before the first step is made once.

    Raises:
        InputError: it is no moment, or the dataset is no stream of visits.
    """
    if plan.datasets[dataset].spec.visits is None or dataset in plan.bindings:
        raise InputError(Problem("only a simulated stream, with `visits`, goes on without end.", f"datasets.{dataset}"))
    try:
        begin_us = plan.clock.calendar.at_us(quantities.moment(since))
    except ValueError as error:
        raise InputError(Problem(str(error), "since")) from None
    return _steps(plan, dataset, max(begin_us, plan.clock.start_us))


def _steps(plan: Plan, dataset: str, begin_us: int) -> Iterator[pa.RecordBatch]:
    step_us = STEP // dt.timedelta(microseconds=1)
    reached = None
    while True:
        end_us = begin_us + step_us
        further = replace(plan, clock=_reaching(plan.clock, end_us), span=Span(begin_us, end_us))
        source = open_source(further, dataset, reached=reached)
        yield from accepted_rows(source)
        reached = reached_by(source)
        begin_us = end_us


def _reaching(clock: ClockPlan, end_us: int) -> ClockPlan:
    """A clock that goes on at least until a moment, and a day beyond: visits that have begun then go on too."""
    return replace(clock, end_us=max(clock.end_us, end_us + 86_400_000_000))
