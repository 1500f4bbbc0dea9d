"""The shop's time: it goes on where the scenario's clock ends, and so many times as fast as a watch."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clock:
    """Moments of the scenario, microseconds UTC."""

    begins_us: int
    speed: float
    _began_s: float = field(default_factory=time.monotonic)

    def now_us(self) -> int:
        """What time it is in the shop."""
        return self.begins_us + round((time.monotonic() - self._began_s) * self.speed * 1e6)

    def wait_s(self, moment_us: int) -> float:
        """How long it takes by a watch until a moment; negative once it is over."""
        return (moment_us - self.now_us()) / 1e6 / self.speed
