"""Simulated time by the clock on the wall: faster or slower, standing still, or ahead to a moment without waiting."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

SLOWEST, FASTEST = 1.0, 10_000.0
_FRAME_S = 0.25
"""About how often something new should be there to see."""
_STEPS_S = (1, 5, 15, 60, 300, 900, 1_800, 3_600)
"""How long a step may be, simulated: each divides an hour, so that steps of any speed meet."""
JUMP_STEP_S = 6 * 3_600
"""Of a jump, where nobody looks on, until its end is near."""


def step_s(speed: float) -> int:
    """How long the steps of a speed are, in simulated seconds."""
    return next((step for step in _STEPS_S if step >= speed * _FRAME_S), _STEPS_S[-1])


@dataclass(eq=False)
class Pace:
    """What time it should be, in microseconds UTC of the simulation."""

    at_us: int
    speed: float = 600.0
    running: bool = False
    jump_us: int | None = None
    """Until then nobody waits."""
    wall: Callable[[], float] = field(default=time.monotonic, repr=False)
    _since_s: float = field(default=0.0, repr=False)

    def __post_init__(self) -> None:
        """Begin now."""
        self._since_s = self.wall()

    def now_us(self) -> int:
        """The time that it should be by now."""
        if not self.running:
            return self.at_us
        return self.at_us + round((self.wall() - self._since_s) * self.speed * 1e6)

    def change(self, *, speed: float | None = None, running: bool | None = None) -> None:
        """Go on otherwise from now on."""
        self.set(self.now_us())
        self.speed = self.speed if speed is None else speed
        self.running = self.running if running is None else running

    def set(self, at_us: int) -> None:
        """Let it be this time now."""
        self.at_us, self._since_s = at_us, self.wall()

    def wait_s(self, moment_us: int) -> float | None:
        """How long it is until a moment by the wall, 0 if it is over; None while time stands still."""
        if self.jump_us is not None:
            return 0.0
        if not self.running:
            return None
        return max(0.0, (moment_us - self.now_us()) / 1e6 / self.speed)

    def step_us(self, now_us: int, begins_us: int) -> int:
        """How long steps are from a moment on: in a jump as long as may be, but that none ends behind it.

        Args:
            now_us: where the next one begins.
            begins_us: steps end where their length divides the time since then.
        """
        if self.jump_us is None:
            return step_s(self.speed) * 1_000_000
        lengths = (each * 1_000_000 for each in (JUMP_STEP_S, *reversed(_STEPS_S)))
        fitting = (each for each in lengths if now_us + each - (now_us - begins_us) % each <= self.jump_us)
        return next(fitting, _STEPS_S[0] * 1_000_000)


@dataclass(eq=False)
class Achieved:
    """How fast a show really goes, looked at about once a second."""

    by_second: tuple[float, float] = (0.0, 0.0)
    """Simulated seconds, and rows, by second of the wall."""
    wall: Callable[[], float] = field(default=time.monotonic, repr=False)
    _then: tuple[float, int, int] | None = None
    """By the wall, when it was looked at last; the simulation's time and rows then."""

    def look(self, now_us: int, rows: int) -> None:
        """See how far it has come since the last look."""
        wall, then = self.wall(), self._then
        if then is not None and wall - then[0] < 1.0:
            return
        if then is not None:
            took_s = wall - then[0]
            self.by_second = ((now_us - then[1]) / 1e6 / took_s, (rows - then[2]) / took_s)
        self._then = (wall, now_us, rows)
