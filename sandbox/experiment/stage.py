"""A stretch of the experiment in which the shares stay as they are: what is seen of it, and whether it may go on.

Days of different shares are never put together, so each stage of a ramp is watched by itself, and the last one is what
the experiment is judged by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.experiment.analysis import guarded
from sandbox.experiment.arriving import Happened
from sandbox.experiment.assignment import HELD_OUT, Codes
from sandbox.experiment.counterfactual import Counterfactual
from sandbox.experiment.daybook import Daybook
from sandbox.experiment.design import Design
from sandbox.experiment.findings import Guardrail
from sandbox.experiment.guardrails import Standing
from sandbox.experiment.moments import Moments
from sandbox.experiment.panel import Panel, moments_at_end, stacked
from sandbox.experiment.tally import NEVER_US


@dataclass(eq=False)
class Stage:
    """What is seen from a moment on."""

    arms: tuple[str, ...]
    """Names, by code."""
    codes: Codes
    """The arm of each customer."""
    days_us: NDArray[np.int64]
    """Where each local day begins, and where the last ends, microseconds UTC; shape (days + 1,)."""
    counter: Counterfactual | None
    """What would have been; None where nobody asks."""
    worked_out_us: int
    """Of visits that begin before this moment it has been worked out."""
    segments: Mapping[str, pa.Array] = field(default_factory=dict)
    """By column, what tells customers apart."""
    first_us: NDArray[np.int64] = field(init=False)
    """When each customer first saw a list."""
    daybook: Daybook = field(init=False)
    _seen: dict[str, list[Moments]] = field(default_factory=dict)
    """By metric, of each day."""

    def __post_init__(self) -> None:
        """Nothing was seen yet."""
        self.first_us = np.full(len(self.codes), NEVER_US)
        self.daybook = Daybook(self.days_us, len(self.codes))

    @property
    def since_us(self) -> int:
        """When it began."""
        return int(self.days_us[0])

    @property
    def until_us(self) -> int:
        """When it ends."""
        return int(self.days_us[-1])

    def watch(self, lists: pa.Table, happened: Happened, since_us: int, until_us: int) -> None:
        """Write down what was shown in [since, until) to those who take part, and what arrived meanwhile."""
        since_us, until_us = max(since_us, self.since_us), min(until_us, self.until_us)
        times = np.asarray(lists["shown_at"].cast(pa.int64()))
        inside = (np.asarray(lists["arm"]) != HELD_OUT) & (times >= since_us) & (times < until_us)
        people, seen_at = np.asarray(lists["person"])[inside], times[inside]
        np.minimum.at(self.first_us, people, seen_at)
        self.daybook.see(people, seen_at)
        self.daybook.act(happened, self.first_us)

    @property
    def joined(self) -> NDArray[np.int64]:
        """How many first took part on each day."""
        day = np.searchsorted(self.days_us, self.first_us[self.first_us < NEVER_US], side="right") - 1
        return np.bincount(day, minlength=len(self.days_us) - 1).astype(np.int64)

    def end(self, now_us: int) -> None:
        """Let it be over by now: what comes later does not count."""
        self.days_us = self.days_us[: self.passed(now_us) + 1]
        self.daybook.days_us = self.days_us
        if self.counter is not None:
            self.counter.end(self.days_us)

    def work_out(self, until_us: int) -> None:
        """What would have been of visits that begin before a moment, where somebody asks."""
        until_us = min(until_us, self.until_us)
        if self.counter is not None and until_us > self.worked_out_us:
            self.counter.add(self.worked_out_us, until_us, self.first_us)
            self.worked_out_us = until_us

    def asked_from_us(self, now_us: int) -> int:
        """From when on it must still be known who served, for what is not worked out yet; at the latest now."""
        if self.counter is None or self.worked_out_us >= self.until_us:
            return now_us
        waiting = self.counter.needed_us
        return self.worked_out_us if waiting is None else waiting

    def passed(self, now_us: int) -> int:
        """Whole days that have passed."""
        return int(np.searchsorted(self.days_us, now_us, side="right")) - 1

    def panel(self, days: int | None = None) -> Panel:
        """All of it until the end of a day, or until now."""
        return self.daybook.panel(self.arms, self.codes, self.first_us, self.segments, days)

    def broken(self, design: Design, now_us: int) -> list[Guardrail]:
        """Guardrails that are broken at the end of a day; asked for at the end of each, in order."""
        days = self.passed(now_us)
        if not design.guardrails or days < 1:
            return []
        panel = self.panel(days)
        found = []
        for name, loss in design.guardrails.items():
            looks = self._seen.setdefault(name, [])
            looks.append(moments_at_end(panel, design.metric(name)))
            looks[:] = [*[looks[0]] * (days - len(looks)), *looks]
            for arm in range(1, len(self.arms)):
                found.append(guarded(panel, design, name, loss, arm, stacked(looks)))
        return [each for each in found if each.standing is Standing.BROKEN]
