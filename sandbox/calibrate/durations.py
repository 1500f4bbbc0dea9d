"""How long something takes, as the language says it: a length of time on average, or a generator of seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, words
from sandbox.calibrate.columns import written
from sandbox.calibrate.families import Floats, nice
from sandbox.calibrate.numbers import Numbers, by_chance, effective, shape_of
from sandbox.gap.coded import coded
from sandbox.gap.columns import column_distance
from sandbox.world.draws import Distribution, exponential, uniforms_of_words

_WORDS = words(Address(("calibrate", "stay")), 0, 20_000)


@dataclass(frozen=True, slots=True)
class Dwelling:
    """A length of time as the scenario writes it, and where it lies by chance."""

    written: Any
    interval: str


def dwelling_of(numbers: Numbers) -> Dwelling | None:
    """What these seconds are best told by: the plainest where that will do. None of too few people, or few values."""
    shape = shape_of(numbers)
    if shape is None or shape.kind == "choice":
        return None
    mean = float(numbers.values.mean())
    if distance(drawn(exponential()) * mean, numbers.values) > by_chance(numbers.people):
        return Dwelling({shape.kind: written(shape)}, shape.interval)
    error = 1.96 * float(numbers.values.std()) / np.sqrt(effective(numbers.people))
    return Dwelling(lasting(mean), f"{lasting(mean - error)} to {lasting(mean + error)}")


def lasting(seconds: float) -> str:
    """A length of time as text."""
    return f"{np.format_float_positional(nice(seconds, 3), trim='-')}s"


def drawn(seconds: Distribution) -> Floats:
    """A sample of a distribution, always the same."""
    return np.asarray(seconds.from_words(_WORDS), np.float64)


def distance(made: Floats, seen: Floats) -> float:
    """How far two samples of seconds are from each other, from 0 to 1."""
    return round(column_distance(coded("", pa.array(np.round(made, 6)), pa.array(seen))), 4)


def unrounded(seconds: Floats) -> Floats:
    """Lengths between moments that are rounded, spread over what they may have been: never below 0."""
    unit = next((unit for unit in (3600.0, 60.0, 1.0) if len(seconds) and not (seconds % unit).any()), 0.0)
    spread = uniforms_of_words(words(Address(("calibrate", "rounding")), 0, len(seconds))) - 0.5
    return np.abs(seconds + unit * spread)
