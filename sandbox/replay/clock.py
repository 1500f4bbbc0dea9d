"""The clocks of a replay: one that never jumps, to pace by, and the one on the wall, which is only ever told."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What a replay asks the time; a test gives it one that need not be waited for."""

    def seconds(self) -> float:
        """Seconds since some moment; never falls, whatever somebody does to the clock on the wall."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""

    def now_us(self) -> int:
        """The time of day, microseconds since 1970 UTC."""


class SystemClock:
    """The machine's own."""

    def seconds(self) -> float:
        """The monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)

    def now_us(self) -> int:
        """The clock on the wall."""
        return time.time_ns() // 1000
