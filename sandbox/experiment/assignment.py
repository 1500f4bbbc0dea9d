"""Who gets which arm: a hash of the unit decides, so that nobody has to remember and nobody changes sides.

A unit's word is a point between 0 and 1 that follows from seed, experiment and unit alone. Each arm has stretches of
its own there, which a ramp opens; whatever is not open is the control's. A holdout is drawn by a word of its own, which
experiments of a seed have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import ENGINE, Address
from sandbox.errors import InputError
from sandbox.experiment.stretches import Stretches
from sandbox.models.split import hash_entities
from sandbox.scenario.shares import share_problems

Codes = NDArray[np.int16]

HELD_OUT = -1
"""The code of units that no experiment may touch."""
CONTROL = 0
"""The code of the control; the other arms follow in their order."""
_WORDS = 1 << 64


@dataclass(frozen=True, slots=True)
class Arm:
    """What some of the traffic gets instead of the control."""

    name: str
    share: float
    """Of the traffic that is not held out, > 0 and < 1."""


@dataclass(frozen=True, slots=True)
class Split:
    """How the traffic of an experiment is shared out; the control gets what the arms leave."""

    experiment: str
    control: str
    arms: tuple[Arm, ...]
    seed: int = 0
    holdout: float = 0.0
    """Share of all traffic that stays out of every experiment of this seed."""
    engine: int = ENGINE

    @property
    def names(self) -> tuple[str, ...]:
        """The arms by their codes: the control first."""
        return (self.control, *(arm.name for arm in self.arms))

    @property
    def stretches(self) -> Stretches:
        """Those of the arms, nothing of which is open yet."""
        return Stretches.at_home([arm.share for arm in self.arms])


def split_of(
    experiment: str, control: str, arms: Sequence[Arm], *, seed: int = 0, holdout: float = 0.0, engine: int = ENGINE
) -> Split:
    """A split whose shares make sense.

    Raises:
        InputError: every reason why they do not: a share of 0 or 1.2, arms that overlap, a name twice.
    """
    found = share_problems(control, [(arm.name, arm.share) for arm in arms], holdout)
    if found:
        raise InputError([problem for _, problem in found])
    return Split(experiment, control, tuple(arms), seed, holdout, engine)


def assign(split: Split, units: pa.Array | pa.ChunkedArray, opened: Stretches | None = None) -> Codes:
    """Give each unit its arm.

    Args:
        split: how the traffic is shared out.
        units: ids (integers or text), none of them null, shape (n,); a unit may come several times.
        opened: the split's stretches as far as they are open, where shares ramp up; all that is planned by default.
    Returns:
        int16, shape (n,): `HELD_OUT`, `CONTROL`, or 1 and up for the arms in their order. Equal ids get equal codes,
        whatever stands beside them, and an arm that grows takes units from the control alone.
    """
    base = Address((split.seed, "experiment"), split.engine)
    point = hash_entities(base.of("arm", split.experiment), units)
    codes = np.full(len(point), CONTROL, np.int16)
    if opened is None:
        opened = split.stretches.opened_to([arm.share for arm in split.arms])
    for code, stretches in enumerate(opened.taken, start=1):
        for begin, end in stretches:
            codes[_inside(point, begin, end)] = code
    if split.holdout:
        held = hash_entities(base.of("holdout"), units)
        codes[_inside(held, Fraction(0), Fraction(split.holdout).limit_denominator(10**9))] = HELD_OUT
    return codes


def _inside(point: NDArray[np.uint64], begin: Fraction, end: Fraction) -> NDArray[np.bool_]:
    """Which points lie in [begin, end), in parts of the whole; whole numbers, so that stretches meet without a gap."""
    first, last = int(begin * _WORDS), int(end * _WORDS)
    above = point >= np.uint64(first)
    return above if last >= _WORDS else above & (point < np.uint64(last))
