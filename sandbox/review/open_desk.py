"""A desk that goes on: decisions come to it as time goes, reviewers fall ill and helpers come, and it can be looked at.

The same queue and the same hours as those of a cut (`desk.py`), from moment to moment instead of all at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.delivery.schedule import WorkingTime
from sandbox.models.base import Floats, Rows
from sandbox.review.hours import working_hours
from sandbox.review.queue import Queue
from sandbox.scenario.language.review import Review

MOST_HELPERS = 20
"""At once."""
_US = timedelta(microseconds=1)
_S = 1_000_000_000
"""In the nanoseconds that work is counted in."""
_NEVER_US = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Decisions that wait or have waited, in the order in which they come; all of shape (n,)."""

    ids: pa.Array
    """Of their entities."""
    scores: Floats
    comes_us: Rows
    takes_s: Floats
    """How long its review takes."""

    def __len__(self) -> int:
        return len(self.comes_us)

    def then(self, later: Cases) -> Cases:
        """These and those that come after them."""
        joined = (np.concatenate(pair) for pair in zip(self._numbers, later._numbers, strict=True))
        scores, comes_us, takes_s = joined
        return Cases(pa.concat_arrays([self.ids, later.ids]), scores, comes_us.astype(np.int64), takes_s)

    @property
    def _numbers(self) -> tuple[Floats, Rows, Floats]:
        return self.scores, self.comes_us, self.takes_s


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """How a desk stands at a moment, microseconds UTC; masks over its cases."""

    now_us: int
    waiting: NDArray[np.bool_]
    under_review: NDArray[np.bool_]
    decided: NDArray[np.bool_]
    """By a person."""
    given_up: NDArray[np.bool_]
    """They waited too long, and the model's answer stands."""
    left_us: Rows
    """When each was out of the queue; a moment that never comes: it is in it, or has not come."""
    done_us: Rows
    """When each was decided by a person, or given up; as above."""
    ill: int
    helpers: int
    team: int
    """Reviewers who are neither ill nor only called for, helpers among them."""
    is_open: bool
    """Whether these are the hours in which they work."""
    changes_us: int
    """When that is otherwise next."""

    @property
    def there(self) -> int:
        """How many are at work: whoever is at a case when the hours end or an illness begins goes on with it later."""
        return self.team if self.is_open else 0


@dataclass(eq=False)
class OpenDesk:
    """A desk with its cases so far; time goes forward only."""

    terms: Review
    line: WorkingTime
    queue: Queue
    cases: Cases
    _away: list[tuple[int, int]] = field(default_factory=list)
    """Who is ill, from and to; `_helped`: who helps."""
    _helped: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, terms: Review, zone: str, begins_us: int, ends_us: int, ids: pa.DataType) -> OpenDesk:
        """A desk without cases.

        Args:
            terms: who reviews, and how fast.
            zone: whose clock the reviewers go by.
            begins_us: when it opens; nothing comes after `ends_us`, microseconds UTC.
            ids: the type of the entities' ids.
        """
        hours = (terms.hours[0], terms.hours[1])
        line = working_hours(hours, terms.days == "every day", zone, begins_us, ends_us + terms.within // _US)
        nothing = np.zeros(0)
        cases = Cases(pa.array([], ids), nothing, nothing.astype(np.int64), nothing)
        return cls(terms, line, Queue.of(terms.reviewers, MOST_HELPERS), cases)

    def take(self, cases: Cases) -> None:
        """Let decisions come, rising, none before those that are there."""
        gone_us = cases.comes_us + self.terms.within // _US
        self.queue.add(self._work_s(cases.comes_us), cases.takes_s, self._work_s(gone_us))
        self.cases = self.cases.then(cases)

    def go_on(self, now_us: int) -> None:
        """Go on to a moment."""
        self.queue.go_on(float(self._work_s(np.array([now_us]))[0]))

    def fall_ill(self, now_us: int, lasts_us: int) -> None:
        """One reviewer is away for a while, who first ends the review at hand."""
        self.go_on(now_us)
        self._away.append((now_us, now_us + lasts_us))
        self.queue.leave(float(self._work_s(np.array([now_us + lasts_us]))[0]))

    def help_out(self, now_us: int, lasts_us: int) -> None:
        """One more reviewer is there for a while."""
        self.go_on(now_us)
        self._helped.append((now_us, now_us + lasts_us))
        self.queue.call(float(self._work_s(np.array([now_us + lasts_us]))[0]))

    def stand(self, now_us: int) -> Stand:
        """How it stands at a moment to which it has gone on."""
        cases, served = self.cases, self.queue.served
        gone_us = cases.comes_us + self.terms.within // _US
        is_begun = served.is_reviewed
        begun_us = np.full(len(cases), _NEVER_US)
        # Who comes while somebody is free is looked at once, whatever rounding says.
        begun_us[is_begun] = np.maximum(self._time_us(served.begun[is_begun]), cases.comes_us[is_begun])
        done_us = np.where(is_begun, _NEVER_US, np.where(gone_us <= now_us, gone_us, _NEVER_US))
        done_us[is_begun] = np.maximum(self._time_us((served.begun + cases.takes_s)[is_begun]), begun_us[is_begun])
        has_come, is_done = cases.comes_us <= now_us, done_us <= now_us
        ill = min(_during(self._away, now_us), self.terms.reviewers)
        helpers = min(_during(self._helped, now_us), MOST_HELPERS)
        piece = int(np.searchsorted(self.line.starts_us, now_us, side="right")) - 1
        later = self.line.starts_us[piece + 1 :]
        return Stand(
            now_us,
            waiting=has_come & ~is_begun & ~is_done,
            under_review=is_begun & ~is_done,
            decided=is_begun & is_done,
            given_up=~is_begun & is_done,
            left_us=np.where(is_begun, begun_us, done_us),
            done_us=done_us,
            ill=ill,
            helpers=helpers,
            team=self.terms.reviewers - ill + helpers,
            is_open=bool(self.line.speeds[piece] > 0),
            changes_us=int(later[0]) if len(later) else _NEVER_US,
        )

    def closed(self, from_us: int, to_us: int) -> list[tuple[int, int]]:
        """The stretches between two moments in which nobody works."""
        edges = self.line.starts_us
        ends = np.append(edges[1:], _NEVER_US)
        shut = (self.line.speeds == 0) & (ends > from_us) & (edges < to_us)
        pairs = zip(edges[shut].tolist(), ends[shut].tolist(), strict=True)
        return [(max(begin, from_us), min(end, to_us)) for begin, end in pairs]

    def _work_s(self, times_us: Rows) -> Floats:
        found: Floats = self.line.work_at(times_us) / _S
        return found

    def _time_us(self, works_s: Floats) -> Rows:
        return self.line.time_of(np.round(works_s * _S).astype(np.int64))


def _during(spans: list[tuple[int, int]], now_us: int) -> int:
    return sum(begin <= now_us < end for begin, end in spans)
