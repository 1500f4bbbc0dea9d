"""What would have been: the same visits by the same people, each arm in turn for everybody, champions as they were.

An arm that was stopped is stopped here too.

Outcomes are had twice: as they came out (the draws of the run itself, so that an arm's own customers do just what they
did), and as they are expected (drawn anew, some times over).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.experiment.assignment import HELD_OUT
from sandbox.experiment.showing import Showing
from sandbox.experiment.tally import NEVER_US, Tally
from sandbox.scenario.plan import ShelvesPlan
from sandbox.world.streams.arrivals import Arrivals
from sandbox.world.streams.events import Events
from sandbox.world.streams.identities import are_clicks
from sandbox.world.streams.stream import walked

if TYPE_CHECKING:
    from sandbox.world.streams.stream import Stream

DRAWS = 8
"""How often outcomes are drawn anew for what is expected."""
VISITS_AT_ONCE = 1 << 16
VISITS_WATCHED = 1 << 13
"""The same where somebody looks on: the truth then stands beside the estimates after a few days."""


@dataclass(eq=False)
class Counterfactual:
    """Outcomes of every customer under each arm."""

    experiment: ShelvesPlan
    stream: Stream
    showing: Showing
    realised: list[Tally]
    """By arm."""
    expected: list[Tally]
    """By arm; sums of `DRAWS` draws."""
    days_us: NDArray[np.int64]
    """Where each local day begins, and where the last ends, microseconds UTC; shape (days + 1,)."""
    arms: tuple[int, ...]
    """Which of them are asked for."""
    draws: int = DRAWS
    workers: int = 1
    at_once: int = VISITS_AT_ONCE
    _since_us: int | None = None
    _until_us: int = 0
    _pool: ThreadPoolExecutor = field(init=False, repr=False)
    """The same threads all along: new ones would each leave memory behind. They end with whoever holds it."""

    def __post_init__(self) -> None:
        """Its threads begin when there is something to work out."""
        self._pool = ThreadPoolExecutor(self.workers)

    @classmethod
    def of(
        cls,
        experiment: ShelvesPlan,
        stream: Stream,
        showing: Showing,
        days_us: NDArray[np.int64],
        *,
        arms: tuple[int, ...] = (),
        draws: int = DRAWS,
        workers: int = 1,
        at_once: int = VISITS_AT_ONCE,
    ) -> Counterfactual:
        """Nothing yet.

        Args:
            days_us: the local days that count.
            arms: which are asked for; all of them by default.
            draws: for what is expected, at most 32.
            workers: threads that draw; none of them changes a value.
            at_once: visits that are worked out together.
        """
        customers = len(showing.arms.last)
        realised, expected = ([Tally.none(customers, len(days_us) - 1) for _ in experiment.arms] for _ in range(2))
        asked = arms or tuple(range(len(experiment.arms)))
        return cls(experiment, stream, showing, realised, expected, days_us, asked, draws, workers, at_once)

    @property
    def needed_us(self) -> int | None:
        """From when on champions are still asked for; None where nothing waits."""
        return self._since_us

    def add(self, start_us: int, end_us: int, first_us: NDArray[np.int64]) -> None:
        """Take in the visits that begin in [start, end), microseconds UTC; spans come in order, without a gap.

        They are worked out when there are enough of them: few visits cost as much as many.

        Args:
            start_us, end_us: champions must be known until the last of these visits ends.
            first_us: when each customer first saw a list; what came before does not count.
        """
        self._since_us = start_us if self._since_us is None else self._since_us
        self._until_us = end_us
        if self.stream.comings.expected(self._since_us, end_us) >= self.at_once:
            self.finish(first_us)

    def end(self, days_us: NDArray[np.int64]) -> None:
        """Let fewer days count: they are over sooner than planned."""
        self.days_us, days = days_us, len(days_us) - 1
        for tally in (*self.realised, *self.expected):
            tally.daily = tally.daily[:, :days]

    def finish(self, first_us: NDArray[np.int64]) -> None:
        """Work out what was taken in."""
        if self._since_us is None:
            return
        visits = self.stream.comings.arrivals(self._since_us, self._until_us)
        self._since_us = None
        seen = first_us[self.stream.people.customer[visits.rows]] < NEVER_US
        visits = Arrivals(visits.rows[seen], visits.packed[seen], visits.starts[seen])
        turns = [(arm, again) for arm in self.arms for again in range(self.draws + 1)]
        tallies = self._pool.map(lambda turn: self._drawn(visits, turn[0], turn[1], first_us), turns)
        for (arm, again), tally in zip(turns, tallies, strict=True):
            (self.realised if again == 0 else self.expected)[arm].add(tally)

    def _drawn(self, visits: Arrivals, arm: int, again: int, first_us: NDArray[np.int64]) -> Tally:
        """What comes of visits when all see an arm, by one draw of chance."""
        tally, policy = Tally.none(len(first_us), len(self.days_us) - 1), replace(self.showing, forced=arm, log=[])
        events = Events.together(walked(self.stream.story, visits, policy, again))
        for batch in policy.log or ():
            people, times = (np.asarray(batch.column(name).cast("int64")) for name in ("person", "shown_at"))
            counts = (np.asarray(batch.column("arm")) != HELD_OUT) & (times >= first_us[people]) & self._inside(times)
            tally.see(people[counts], self._day(times[counts]))
        self._act(tally, (self.realised if again == 0 else self.expected)[arm], events, first_us, max(again - 1, 0))
        return tally

    def _act(self, tally: Tally, before: Tally, events: Events, first_us: NDArray[np.int64], draw: int) -> None:
        machine = self.stream.story.machine
        people = self.stream.people.customer[events.rows]
        clicks = are_clicks(events.packed)
        goal = machine.events.index(self.experiment.goal)
        goals = (machine.emits.take(events.states) == goal) & ~clicks
        counts = (clicks | goals) & events.known & (events.times >= first_us[people]) & self._inside(events.times)
        which = np.flatnonzero(counts)
        some = events.take(which)
        values = np.zeros(len(some))
        if self.experiment.value is not None and goals[which].any():
            of_goals = np.flatnonzero(goals[which])
            column = self.stream.block_of(some.take(of_goals)).column(self.experiment.value)
            values[of_goals] = pc.fill_null(column.cast("float64"), 0.0).to_numpy(zero_copy_only=False)
        who = people[which].astype(np.int32)
        tally.act(who, self._day(some.times), clicks[which], goals[which], values, before.converted, draw)

    def _inside(self, times_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = (times_us >= self.days_us[0]) & (times_us < self.days_us[-1])
        return inside

    def _day(self, times_us: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.searchsorted(self.days_us, times_us, side="right") - 1
        return found
