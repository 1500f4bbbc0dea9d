"""A policy that may fail, kept going as a real page would be: a fallback gives what it cannot, and that is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from sandbox.models.recommend.events import Matrix, Numbers
from sandbox.models.recommend.rankers import Ranker, Scores, is_personal


@dataclass(frozen=True, slots=True, eq=False)
class Steady:
    """A ranker whose faults are made good."""

    ranker: Ranker
    fallback: Ranker
    faults: Counter[str] = field(default_factory=Counter)
    """People who were answered by the fallback, by the reason."""

    @property
    def is_personal(self) -> bool:
        """As the ranker is."""
        return is_personal(self.ranker)

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """Its scores; the fallback's for all where it raises or gives another shape, and for rows without numbers."""
        try:
            found = np.asarray(self.ranker.scores(seen, person), np.float32)
        except Exception as error:  # whatever a model does, the page goes on
            return self._instead(seen, person, f"raised {type(error).__name__}")
        if found.shape != seen.shape:
            return self._instead(seen, person, f"gave scores of shape {found.shape} for {seen.shape}")
        broken = np.isnan(found).any(axis=1)
        if broken.any():
            found = np.array(found)
            found[broken] = self.fallback.scores(seen[broken], person[broken])
            why = getattr(self.ranker, "failure", "") or "gave scores that are no numbers"
            self.faults[why] += int(broken.sum())
        return found

    def _instead(self, seen: Matrix, person: Numbers, why: str) -> Scores:
        self.faults[why] += seen.shape[0]
        return self.fallback.scores(seen, person)
