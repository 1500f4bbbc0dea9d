"""The queue before the reviewers, in working time: first come, first served, and who waits too long goes.

SimPy moves it: a review is a rare thing, and each takes a person's time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sandbox.models.base import Floats

if TYPE_CHECKING:
    import simpy

Process = Generator[Any, Any, None]
_AT_ONCE, _IN_TURN = 0, 1
"""Who leaves does so before another case is begun; cases are taken as they came."""
_ROUNDING_S = 1e-6
"""Moments are sums of lengths of time, so two that are the same differ by less than that."""


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """What became of each case; seconds of working time, shape (n,)."""

    begun: Floats
    """When its review began; NaN: never, since it had waited too long."""
    left: Floats
    """When it was out of the queue: as its review began, or as its patience ended; NaN: it is in it, or not yet."""

    @property
    def is_reviewed(self) -> NDArray[np.bool_]:
        """Who was."""
        return ~np.isnan(self.begun)


@dataclass(eq=False)
class Queue:
    """A queue that goes on from moment to moment; all times are seconds of working time."""

    environment: simpy.Environment
    desk: simpy.PriorityResource
    """A seat for each reviewer; who is away holds theirs."""
    calls: simpy.Store
    """Until when helpers who were called for stay."""
    begun: list[float] = field(default_factory=list)
    """By case, in the order in which they were added; as `Served` has them, `left` too."""
    left: list[float] = field(default_factory=list)
    _ahead: deque[tuple[int, float, float, float]] = field(default_factory=deque)
    _added: simpy.Event | None = None

    @classmethod
    def of(cls, reviewers: int, helpers: int = 0) -> Queue:
        """An empty one; `helpers` are there only when they are called for."""
        import simpy

        environment = simpy.Environment()
        desk = simpy.PriorityResource(environment, capacity=reviewers + helpers)
        made = cls(environment, desk, simpy.Store(environment))
        for _ in range(helpers):
            environment.process(made._help())
        environment.process(made._let_in())
        return made

    @property
    def served(self) -> Served:
        """What has become of the cases until now."""
        return Served(np.array(self.begun, np.float64), np.array(self.left, np.float64))

    def add(self, arrives: Floats, takes: Floats, patience: Floats) -> None:
        """Let cases come.

        Args:
            arrives: when each comes, rising, none before those that were added earlier.
            takes: how long its review would take.
            patience: until when it waits.
        """
        first = len(self.begun)
        numbers = range(first, first + len(arrives))
        self._ahead.extend(zip(numbers, arrives.tolist(), takes.tolist(), patience.tolist(), strict=True))
        self.begun += [float("nan")] * len(arrives)
        self.left += [float("nan")] * len(arrives)
        if self._added is not None and not self._added.triggered:
            self._added.succeed()

    def go_on(self, until: float | None = None) -> None:
        """Let happen what does before a moment; None: all of it."""
        if until is None or until > self.environment.now:
            self.environment.run(until)

    def leave(self, until: float) -> None:
        """From now on one reviewer is away, who first ends the review at hand."""
        self.environment.process(self._away(until))

    def call(self, until: float) -> None:
        """From now on there is a helper, if one is left."""
        self.calls.put(until)

    def _let_in(self) -> Process:
        while True:
            while self._ahead:
                wait = self._ahead[0][1] - self.environment.now
                if wait > 0:
                    yield self.environment.timeout(wait)
                number, _, takes, patience = self._ahead.popleft()
                self.environment.process(self._case(number, takes, patience))
            self._added = self.environment.event()
            yield self._added

    def _case(self, number: int, takes: float, patience: float) -> Process:
        with self.desk.request(priority=_IN_TURN) as turn:
            yield turn if np.isinf(patience) else turn | self._until(patience)
            self.left[number] = self.environment.now
            # Patience that ends on a Sunday ends, in working time, as somebody takes a seat on Monday: too late.
            if turn.triggered and patience - self.environment.now > _ROUNDING_S:
                self.begun[number] = self.environment.now
                yield self.environment.timeout(takes)

    def _away(self, until: float) -> Process:
        with self.desk.request(priority=_AT_ONCE) as seat:
            yield seat | self._until(until)
            if seat.triggered:
                yield self._until(until)

    def _help(self) -> Process:
        while True:
            with self.desk.request(priority=_AT_ONCE) as seat:
                yield seat
                until = yield self.calls.get()
            yield self._until(until)

    def _until(self, moment: float) -> simpy.Timeout:
        return self.environment.timeout(max(moment - self.environment.now, 0.0))


def serve(arrives: Floats, takes: Floats, patience: Floats, reviewers: int) -> Served:
    """Let cases wait for the next reviewer who is free; see `Queue.add`."""
    queue = Queue.of(reviewers)
    queue.add(arrives, takes, patience)
    queue.go_on()
    return queue.served
