"""Which policy serves each arm, from when: a timeline that only grows, and tells the same of the past for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.experiment.serving import Served

BEFORE_US = -(2**62)
"""A moment before all others."""


@dataclass(frozen=True, slots=True)
class Reign:
    """A champion from `since_us` on, until the next."""

    since_us: int
    version: int
    served: Served


@dataclass
class Champions:
    """The champions of each arm, in the order of time."""

    _reigns: dict[int, list[Reign]] = field(default_factory=dict)

    def crown(self, arm: int, since_us: int, served: Served) -> int:
        """Let a policy serve an arm from a moment on, which is not before that of the one it follows; its version."""
        reigns = self._reigns.setdefault(arm, [])
        version = reigns[-1].version + 1 if reigns else 1
        reigns.append(Reign(since_us, version, served))
        return version

    def version(self, arm: int) -> int:
        """That of the latest champion of an arm."""
        return self._reigns[arm][-1].version

    def now(self, arm: int) -> Served:
        """The latest champion of an arm."""
        return self._reigns[arm][-1].served

    def serving(self, arm: int, times_us: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.intp], Reign]]:
        """Which of some moments fall into whose reign; all of them do."""
        reigns = self._reigns[arm]
        at = np.searchsorted([reign.since_us for reign in reigns], times_us, side="right") - 1
        for number in np.unique(at):
            yield np.flatnonzero(at == number), reigns[int(number)]
