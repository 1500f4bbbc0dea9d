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
    _models: dict[int, int] = field(default_factory=dict)
    """How many models of each arm have learnt, champions or not."""

    def candidate(self, arm: int) -> int:
        """The version of a model that learns now: each has its own, whether or not it is crowned."""
        self._models[arm] = self._models.get(arm, 0) + 1
        return self._models[arm]

    def crown(self, arm: int, since_us: int, served: Served, version: int | None = None) -> int:
        """Let a model serve an arm from a moment on, which is not before that of the one it follows; its version."""
        reigns = self._reigns.setdefault(arm, [])
        version = version if version is not None else self.candidate(arm)
        reigns.append(Reign(since_us, version, served))
        return version

    def dethrone(self, arm: int, since_us: int) -> int:
        """Let the champion before the present one serve again from a moment on; its version."""
        before = self._reigns[arm][-2]
        return self.crown(arm, since_us, before.served, before.version)

    def before(self, arm: int) -> Served | None:
        """The champion that the present one followed; None where it is the first that learnt anything."""
        reigns = self._reigns[arm]
        return reigns[-2].served if len(reigns) > 1 and reigns[-2].since_us != BEFORE_US else None

    def since(self, arm: int) -> int:
        """From when on the latest champion of an arm serves, microseconds UTC."""
        return self._reigns[arm][-1].since_us

    def forget(self, before_us: int) -> None:
        """Let go of what served before a moment alone; the champion and the one before it stay."""
        for arm, reigns in self._reigns.items():
            needed = [
                reign
                for reign, after in zip(reigns, [*reigns[1:], None], strict=True)
                if after is None or after.since_us > before_us
            ]
            self._reigns[arm] = needed if len(needed) > 1 else reigns[-2:]

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
        for number in np.flatnonzero(np.bincount(at)).tolist():  # few numbers, many moments
            yield np.flatnonzero(at == number), reigns[number]
