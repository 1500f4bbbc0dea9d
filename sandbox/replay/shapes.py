"""Rates that change: a ramp, a spike that comes again and again, a wave.

A shape is known by how many rows are due by each of some moments; between two of them rows come evenly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox.replay.moments import Moments
from sandbox.replay.pace import Seconds

_KNOTS = 1_000


@dataclass(frozen=True, eq=False)
class Shape:
    """Rows due by moments of one length, which then comes again, or is followed by an even rate."""

    text: str
    seconds: Seconds
    """From 0, rising; shape (k,)."""
    rows: npt.NDArray[np.float64]
    """How many are due by then, from 0, rising; shape (k,)."""
    afterwards: float | None = None
    """Rows a second after the last moment; None: from the beginning again."""

    def due_s(self, moments: Moments, first: int) -> Seconds:
        """By the rows' numbers."""
        numbers = np.arange(first, first + len(moments), dtype=np.float64)
        length, whole = self.seconds[-1], self.rows[-1]
        if self.afterwards is None:
            again = np.floor(numbers / whole)
            found: Seconds = again * length + np.interp(numbers - again * whole, self.rows, self.seconds)
            return found
        within = np.interp(numbers, self.rows, self.seconds)
        return np.where(numbers < whole, within, length + (numbers - whole) / self.afterwards)

    def asked(self) -> str:
        """As it was written."""
        return self.text


def ramp(text: str, low: float, high: float, length_s: float) -> Shape:
    """From one rate to another, evenly; then that one."""
    at = np.linspace(0.0, 1.0, _KNOTS + 1)
    return Shape(text, at * length_s, length_s * (low * at + (high - low) * at**2 / 2), high)


def spike(text: str, low: float, high: float, lasts_s: float, every_s: float) -> Shape:
    """One rate, and at the end of each `every_s` the other one for `lasts_s`."""
    quiet = every_s - lasts_s
    return Shape(text, np.array([0.0, quiet, every_s]), np.array([0.0, low * quiet, low * quiet + high * lasts_s]))


def wave(text: str, low: float, high: float, every_s: float) -> Shape:
    """Up and down between two rates as a sine does, from the lower one on."""
    at = np.linspace(0.0, 1.0, _KNOTS + 1)
    middle, swing = (low + high) / 2, (high - low) / 2
    return Shape(text, at * every_s, every_s * (middle * at - swing * np.sin(2 * np.pi * at) / (2 * np.pi)))
