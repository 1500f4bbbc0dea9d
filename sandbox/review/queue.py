"""The queue before the reviewers, in working time: first come, first served, and who waits too long goes.

SimPy moves it: a review is a rare thing, and each takes a person's time.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sandbox.models.base import Floats

if TYPE_CHECKING:
    import simpy


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """What became of each case; seconds of working time, shape (n,)."""

    begun: Floats
    """When its review began; NaN: never, since it had waited too long."""
    left: Floats
    """When it was out of the queue: as its review began, or as its patience ended."""

    @property
    def is_reviewed(self) -> NDArray[np.bool_]:
        """Who was."""
        return ~np.isnan(self.begun)


def serve(arrives: Floats, takes: Floats, patience: Floats, reviewers: int) -> Served:
    """Let cases wait for the next reviewer who is free.

    Args:
        arrives: when each comes, rising; seconds of working time, as all of these.
        takes: how long its review would take.
        patience: until when it waits.
        reviewers: how many there are.
    """
    import simpy

    environment = simpy.Environment()
    desk = simpy.Resource(environment, capacity=reviewers)
    begun, left = np.full(len(arrives), np.nan), np.empty(len(arrives))

    def case(number: int) -> Generator[Any, Any, None]:
        with desk.request() as turn:
            wait = patience[number] - environment.now
            yield turn if np.isinf(wait) else turn | environment.timeout(max(wait, 0.0))
            left[number] = environment.now
            if turn.triggered:
                begun[number] = environment.now
                yield environment.timeout(takes[number])

    environment.process(_coming(environment, arrives, case))
    environment.run()
    return Served(begun, left)


def _coming(environment: simpy.Environment, arrives: Floats, case: Any) -> Generator[Any, Any, None]:
    for number, moment in enumerate(arrives.tolist()):
        if moment > environment.now:
            yield environment.timeout(moment - environment.now)
        environment.process(case(number))
