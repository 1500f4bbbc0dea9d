"""A span of the scenario's time: the past up to a moment, what comes from it on, or what lies between two moments.

What is timed keeps the rows of the span; a history the versions that hold in it, as they were known at its end; what
is static is as ever. Spans that meet have neither gap nor overlap: a row of the moment at which they meet is the later
span's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox.errors import InputError, Problem
from sandbox.scenario import quantities

if TYPE_CHECKING:
    from sandbox.scenario.plan import Plan

_ALWAYS = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class Span:
    """Microseconds UTC, [since, until)."""

    since_us: int = _ALWAYS[0]
    until_us: int = _ALWAYS[1]

    def __str__(self) -> str:
        ends = zip(("from", "until"), (self.since_us, self.until_us), _ALWAYS, strict=True)
        told = [
            f"{word} {dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=end)} UTC"
            for word, end, always in ends
            if end != always
        ]
        return " ".join(told) or "all"

    @property
    def is_all(self) -> bool:
        """Whether nothing lies outside."""
        return (self.since_us, self.until_us) == _ALWAYS


ALL = Span()


def in_span(plan: Plan, since: object = None, until: object = None) -> Plan:
    """The plan for a span of its time; moments as users write them, `day 30` or a date.

    Raises:
        InputError: one is no moment, the span is empty or lies beyond the clock's end, or a dataset is real.
    """
    spanned = with_span(plan, since, until)
    if plan.bindings and spanned is not plan:
        names = ", ".join(f"'{name}'" for name in plan.bindings)
        raise InputError(Problem(f"{names} comes from the target '{plan.target}', and lands whole.", "since, until"))
    return spanned


def with_span(plan: Plan, since: object = None, until: object = None) -> Plan:
    """The plan with a span, of which simulated datasets are made; real ones come whole, for the caller to cut.

    Raises:
        InputError: one is no moment, or the span is empty; or beyond the clock's end, where nothing is real.
    """
    if since is None and until is None:
        return plan
    ends: dict[str, int] = {}
    problems = []
    for name, written in (("since", since), ("until", until)):
        try:
            if written is not None:
                ends[f"{name}_us"] = plan.clock.calendar.at_us(quantities.moment(written))
        except ValueError as error:
            problems.append(Problem(str(error), name))
    span = Span(**ends)
    if not problems and span.since_us >= span.until_us:
        problems.append(Problem("lies after `until`; a span begins before it ends.", "since"))
    if not problems and not plan.bindings and since is not None and span.since_us >= plan.clock.end_us:
        problems.append(Problem("lies after the clock's end; lengthen `clock.days`, or ask for less.", "since"))
    if problems:
        raise InputError(problems)
    return replace(plan, span=span)
