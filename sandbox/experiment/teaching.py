"""Let a policy learn, as a job that may fail or never end: what it cannot give, a fallback gives, and that is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sandbox.addresses import Address
from sandbox.errors import InputError
from sandbox.experiment.offering import Offer
from sandbox.experiment.serving import Served
from sandbox.models.recommend.events import Events, Matrix
from sandbox.models.recommend.rankers import Nothing, Ranker, SameForAll, best_selling, is_personal
from sandbox.models.recommend.showing import Exploration, Fallback
from sandbox.models.recommend.steady import Steady

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.models.recommend.policies import PolicyPart

LONGEST_S = 600.0
"""How long a policy may learn by the clock on the wall; a loop does not stand still for one that never ends."""


class LearningError(Exception):
    """A policy did not learn: it raised, or it did not end."""


@dataclass(frozen=True, eq=False)
class Teacher:
    """What every policy of an arm learns with."""

    part: PolicyPart
    catalogue: pa.Table
    seed: int
    offer: Offer = field(default_factory=Offer)
    explore: float = 0.0
    longest_s: float = LONGEST_S

    def taught(self, events: Events, owned: Matrix | None = None) -> Served:
        """Let the policy learn from events.

        Args:
            events: what was done.
            owned: who has bought what, by the same numbers.
        Raises:
            LearningError: the policy raised, or took too long.
            InputError: it cannot learn at all as the scenario has it: a column or a library is missing.
        """
        ranker = self._learnt(events)
        best = best_selling(events)
        exploration = Exploration(self.explore, Address((self.seed, "experiment", "explores")))
        if isinstance(ranker, Nothing):
            return Served(ranker, events.matrix(), None)
        steady = Steady(ranker, SameForAll(best))
        fallback = None
        if is_personal(ranker):
            new = np.bincount(events.item, minlength=len(events.items)) == 0
            fallback = Fallback(best, new, self.offer.like)
        return Served(steady, events.matrix(), fallback, self.offer, owned, exploration)

    def _learnt(self, events: Events) -> Ranker:
        """In a thread that is left behind where it does not end."""
        told: list[Ranker | BaseException] = []

        def learn() -> None:
            try:
                told.append(self.part.learn(events, self.catalogue, self.seed))
            except BaseException as error:  # whatever a policy does, the loop goes on
                told.append(error)

        thread = threading.Thread(target=learn, name="sandbox-learns", daemon=True)
        thread.start()
        thread.join(self.longest_s)
        if not told:
            raise LearningError(f"did not end within {self.longest_s:g} seconds")
        if isinstance(told[0], InputError | KeyboardInterrupt):
            raise told[0]
        if isinstance(told[0], BaseException):
            raise LearningError(f"raised {type(told[0]).__name__}: {str(told[0])[:200]}") from told[0]
        return told[0]


def taught(part: PolicyPart, events: Events, catalogue: pa.Table, seed: int) -> Served:
    """Let a policy learn from events, with nothing forbidden; raises as `Teacher.taught`."""
    return Teacher(part, catalogue, seed).taught(events)
