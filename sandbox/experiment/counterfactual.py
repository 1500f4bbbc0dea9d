"""What would have been: the same visits by the same people, each arm in turn for everybody, champions as they were.

Outcomes are had twice: as they came out (the draws of the run itself, so that an arm's own customers do just what they
did), and as they are expected (drawn anew, some times over).
"""

from __future__ import annotations

from dataclasses import dataclass
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
    draws: int = DRAWS
    _since_us: int | None = None
    _until_us: int = 0

    @classmethod
    def of(cls, experiment: ShelvesPlan, stream: Stream, showing: Showing, draws: int = DRAWS) -> Counterfactual:
        """Nothing yet."""
        customers, arms = len(showing.arms.last), len(experiment.arms)
        realised, expected = ([Tally.none(customers) for _ in range(arms)] for _ in range(2))
        return cls(experiment, stream, showing, realised, expected, draws)

    def add(self, start_us: int, end_us: int, first_us: NDArray[np.int64]) -> None:
        """Take in the visits that begin in [start, end), microseconds UTC; spans come in order, without a gap.

        They are worked out when there are enough of them: few visits cost as much as many.

        Args:
            start_us, end_us: champions must be known until the last of these visits ends.
            first_us: when each customer first saw a list; what came before does not count.
        """
        self._since_us = start_us if self._since_us is None else self._since_us
        self._until_us = end_us
        if self.stream.comings.expected(self._since_us, end_us) >= VISITS_AT_ONCE:
            self.finish(first_us)

    def finish(self, first_us: NDArray[np.int64]) -> None:
        """Work out what was taken in."""
        if self._since_us is None:
            return
        visits = self.stream.comings.arrivals(self._since_us, self._until_us)
        self._since_us = None
        seen = first_us[self.stream.people.customer[visits.rows]] < NEVER_US
        visits = Arrivals(visits.rows[seen], visits.packed[seen], visits.starts[seen])
        for again in range(self.draws + 1):
            for arm, tally in enumerate(self.realised if again == 0 else self.expected):
                policy = Showing(self.showing.arms, self.showing.champions, forced=arm)
                events = Events.together(walked(self.stream.story, visits, policy, again))
                for batch in policy.log or ():
                    people, times = (np.asarray(batch.column(name).cast("int64")) for name in ("person", "shown_at"))
                    counts = (np.asarray(batch.column("arm")) != HELD_OUT) & (times >= first_us[people])
                    tally.see(people[counts])
                self._act(tally, events, first_us, max(again - 1, 0))

    def _act(self, tally: Tally, events: Events, first_us: NDArray[np.int64], draw: int) -> None:
        machine = self.stream.story.machine
        clicks = are_clicks(events.packed)
        goal = machine.events.index(self.experiment.goal)
        goals = (machine.emits.take(events.states) == goal) & ~clicks
        which = np.flatnonzero((clicks | goals) & events.known)
        some = events.take(which)
        people = self.stream.people.customer[some.rows].astype(np.int32)
        values = np.zeros(len(some))
        if self.experiment.value is not None and goals.any():
            of_goals = np.flatnonzero(goals[which])
            column = self.stream.block_of(some.take(of_goals)).column(self.experiment.value)
            values[of_goals] = pc.fill_null(column.cast("float64"), 0.0).to_numpy(zero_copy_only=False)
        tally.act(people, some.times, clicks[which], goals[which], values, first_us, draw)
