"""What versions tell of one hazard: its base, and effects in which enough entities differ, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from sandbox.calibrate.exposure import Exposure, Shown
from sandbox.calibrate.families import FEW, Floats
from sandbox.calibrate.poisson import Regression, poisson_regression
from sandbox.world.moves import Move

_UNSURE = 3.0
"""An effect whose standard error, for one standard deviation of its column, is larger is not told at all."""


@dataclass(frozen=True, eq=False)
class Told:
    """One hazard. `seen` are the effects that show, and `free` the places among them of those that are fitted."""

    place: int
    """Of the move among all of the history."""
    move: Move
    seen: Sequence[str]
    free: Sequence[int]
    regression: Regression
    """Of the base, as a logarithm, and the effects that are free."""
    scales: Floats
    """The standard deviation of what each free effect is of."""
    came: int
    entities: int
    rate_per_day: float

    @property
    def said(self) -> Floats:
        """What the scenario says of the same values."""
        effects = {formula.text: effect for formula, effect in self.move.effects}
        return np.array([np.log(self.move.base_per_day), *(effects[text] for text in self.names)])

    @property
    def names(self) -> list[str]:
        """The effects that are free, as the scenario writes them."""
        return [self.seen[effect] for effect in self.free]

    @property
    def hides(self) -> bool:
        """Whether the hazard listens to what nobody sees."""
        return len(self.seen) < len(self.move.effects)


def told_of(shown: Shown) -> Told | None:
    """What versions tell of a move; None where it happened to few."""
    exposure, move, seen = shown.exposure, shown.move, shown.seen
    if exposure.movers < FEW:
        return None
    free = _independent(exposure, [effect for effect in range(len(seen)) if exposure.tells(effect)])
    while True:
        regression, scales = regression_of(exposure, move, seen, free), _deviation(exposure, free)
        unsure = regression.errors[1:] * scales
        if not free or unsure.max() <= _UNSURE:
            break
        free.pop(int(unsure.argmax()))
    people, rate = exposure.people_in(exposure.days > 0), exposure.came / float(exposure.days.sum())
    return Told(shown.place, move, seen, tuple(free), regression, scales, exposure.came, people, rate)


def regression_of(exposure: Exposure, move: Move, seen: Sequence[str], free: Sequence[int]) -> Regression:
    """Of the base and of what is free; what is seen and is not free has the effect that the scenario says."""
    said = {formula.text: effect for formula, effect in move.effects}
    held = [effect for effect in range(len(seen)) if effect not in free]
    offset = exposure.columns[:, held] @ np.array([said[seen[effect]] for effect in held])
    return poisson_regression(exposure.columns[:, list(free)], exposure.events, exposure.days, offset)


def _deviation(exposure: Exposure, free: Sequence[int]) -> Floats:
    """The standard deviation of what each free effect is of, over time."""
    columns, share = exposure.columns[:, list(free)], exposure.days / exposure.days.sum()
    return np.asarray(np.sqrt(share @ (columns - share @ columns) ** 2), np.float64)


def may_be(off: Floats, covariance: Floats) -> bool:
    """Whether values that are so far off together lie where chance may have it, at 95 %."""
    return bool(off @ np.linalg.pinv(covariance, hermitian=True) @ off <= chdtri(len(off), 0.05))


def _independent(exposure: Exposure, effects: Sequence[int]) -> list[int]:
    """Those that are no sum of others before them."""
    free: list[int] = []
    for effect in effects:
        correlations = np.atleast_2d(np.corrcoef(exposure.columns[:, [*free, effect]], rowvar=False))
        if np.linalg.matrix_rank(correlations, tol=1e-6, hermitian=True) == len(free) + 1:
            free.append(effect)
    return free
