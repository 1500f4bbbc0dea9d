"""The colours and the chance of one picture: both follow from what it is of, and from nothing else."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours that go together: those of one hue from pale to dark, and one from across the wheel."""

    paper: str
    """Behind everything."""
    ground: str
    """What the thing stands before."""
    pale: str
    light: str
    main: str
    dark: str
    accent: str
    glow: str
    """Lighter than `accent`."""


@dataclass(slots=True)
class Chance:
    """Choices that a name makes: the same for the same name, in the order in which they are asked."""

    name: str
    _asked: int = field(default=0)

    def below(self, many: int) -> int:
        """A whole number from 0 to `many` - 1."""
        self._asked += 1
        told = f"{len(self.name)}:{self.name}:{self._asked}".encode()
        word: int = struct.unpack("<Q", hashlib.blake2b(told, digest_size=8, person=b"sandbox-picture").digest())[0]
        return word * many >> 64

    def of(self, things: Sequence[Thing]) -> Thing:
        """One of several."""
        return things[self.below(len(things))]

    def between(self, low: float, high: float) -> float:
        """A number, to a hundredth of the way."""
        return round(low + (high - low) * self.below(101) / 100, 2)

    def one_in(self, many: int) -> bool:
        """Whether it is the one time in so many."""
        return self.below(many) == 0


@lru_cache(maxsize=512)
def ink_of(hue: int, across: int) -> Ink:
    """The colours around a hue, with an accent so many degrees away."""
    other = hue + across
    return Ink(
        paper=colour(0.955, 0.018, hue),
        ground=colour(0.895, 0.045, hue),
        pale=colour(0.975, 0.012, other),
        light=colour(0.80, 0.085, hue),
        main=colour(0.64, 0.125, hue),
        dark=colour(0.40, 0.075, hue),
        accent=colour(0.74, 0.135, other),
        glow=colour(0.88, 0.075, other),
    )


def colour(lightness: float, chroma: float, hue: float) -> str:
    """A colour of even lightness as sRGB's `#rrggbb`; what the screen cannot show loses chroma until it can.

    Source: Ottosson, A perceptual color space for image processing (2020).
    """
    while True:
        red, green, blue = _linear(lightness, chroma, hue)
        if min(red, green, blue) >= -1e-6 and max(red, green, blue) <= 1 + 1e-6:
            return "#" + "".join(f"{round(255 * _encoded(part)):02x}" for part in (red, green, blue))
        chroma *= 0.95


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
