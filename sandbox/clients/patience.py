"""How long an outside system that does not answer is tried again: pauses that grow, and an end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sandbox.addresses import Address, words

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


@dataclass(slots=True)
class Patience:
    """Pauses between attempts, each up to twice as long as the one before.

    Half of a pause is chance, so that many who were turned away do not come back together; it is drawn by address.
    Time is the monotonic clock's, which nobody sets.
    """

    name: str
    """Whose pauses: two with the same name wait alike."""
    total_s: float
    """How long attempts go on after the first one that failed."""
    first_s: float = FIRST_PAUSE_S
    longest_s: float = LONGEST_PAUSE_S
    attempts: int = field(default=0, init=False)
    """Attempts that failed since the last one that did not."""
    _began: float = field(default=0.0, init=False)
    _pauses: int = field(default=0, init=False)

    def pause_s(self, at_least_s: float = 0.0) -> float | None:
        """Note an attempt that failed.

        Args:
            at_least_s: what the other side asks to wait.
        Returns:
            how long to wait before the next one; None where patience would end before.
        """
        now = time.monotonic()
        if not self.attempts:
            self._began = now
        chance = int(words(Address(("pauses", self.name)), self._pauses, self._pauses + 1)[0]) / 2**64
        usual = min(self.longest_s, self.first_s * 2.0 ** min(self.attempts, 30))
        self.attempts += 1
        self._pauses += 1
        pause = max(at_least_s, usual * (1 + chance) / 2)
        return pause if now + pause - self._began <= self.total_s else None

    def reset(self) -> None:
        """Note an attempt that did not fail."""
        self.attempts = 0
