"""How fast a replay goes: real time times a factor, a rate, a shape of rates, or as fast as it can.

A pace says how many seconds after the beginning each row is due. Whoever sends looks up how many rows are due by now,
sends them together, and sleeps until the next one is: no row is waited for alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sandbox.replay.moments import Moments

Seconds = npt.NDArray[np.float64]


class Pace(Protocol):
    """Says when rows are due."""

    def due_s(self, moments: Moments, first: int) -> Seconds:
        """Seconds from the replay's beginning, never falling; shape (n,).

        Args:
            moments: of the rows, as microseconds from the replay's first moment.
            first: how many rows, of all streams, come before them.
        """

    def asked(self) -> str:
        """What was asked for, in words."""


@dataclass(frozen=True, slots=True)
class AtOnce:
    """As fast as it can."""

    def due_s(self, moments: Moments, first: int) -> Seconds:
        """Everything is due."""
        return np.full(len(moments), -math.inf)

    def asked(self) -> str:
        """In words."""
        return "as fast as possible"


@dataclass(frozen=True, slots=True)
class Speed:
    """Real time, so many times faster."""

    factor: float

    def due_s(self, moments: Moments, first: int) -> Seconds:
        """By the rows' own moments."""
        return moments / (1e6 * self.factor)

    def asked(self) -> str:
        """In words."""
        return f"{self.factor:g} times real time"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many rows a second, whatever their moments."""

    per_second: float

    def due_s(self, moments: Moments, first: int) -> Seconds:
        """By the rows' numbers."""
        return np.arange(first, first + len(moments)) / self.per_second

    def asked(self) -> str:
        """In words."""
        return f"{round(self.per_second, 3):,.12g} rows a second"
