"""How likely each item is to be chosen, where a handful comes to mind and one of it is taken by a multinomial logit.

The chance that an item with weight w and utility u is taken is w times a factor that hangs on nothing but u:

    k ∫ u' exp(-t u') E[exp(-t U')]^(k-1) dt,    u' = exp(u), U' the same of an item that comes to mind

for what comes to mind is drawn item by item. No sum over what may come to mind together is left, so the likelihood of
what was chosen is exact. As many items as one likes make it McFadden's logit with the weights as his correction for
sampling alternatives; one alone makes the factor 1. Hidden taste, normal and its own for each person and item, is
averaged out within the integral.

Source: McFadden, Modelling the choice of residential location (1978), for the limit; the integral is that of exp(-tx),
which is 1/x.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sandbox.calibrate.families import Floats

STEP = 0.05
"""Of the grid of utilities; what lies between is interpolated, which is off by less than 0.001."""
_COARSER = 4
_BELOW, _ABOVE = 14.0, 5.0
"""So far beyond the utilities that nothing of the integral is left."""
_NODES = 32
_WIDEST = 40.0
"""Of a grid: items whose utility is lower than that beside the best are as good as never taken."""


@dataclass(frozen=True, slots=True)
class Consideration:
    """How many items come to mind, and the standard deviation of what hidden taste adds to the utility of each."""

    consider: int
    taste: float = 0.0

    def factors(self, utilities: Floats, weights: Floats) -> Floats:
        """The logarithm of the factor of each item, for different people; shape (people, items).

        Args:
            utilities: what each item is worth to each, shape (people, items).
            weights: how easily each comes to mind, adding up to 1; shape (items,).
        """
        if self.consider == 1:
            return np.zeros_like(utilities)
        highest = float(np.ceil(utilities.max() / STEP) * STEP)
        place = np.maximum(utilities - highest, -_WIDEST) / STEP
        grid = _Grid(int(np.ceil(-place.min())) + 2, self.taste)
        place += grid.size - 1
        cell = np.minimum(place.astype(np.int64), grid.size - 2)
        beyond = place - cell
        at = cell + grid.size * np.arange(len(utilities))[:, None]
        size = grid.size * len(utilities)
        mass = np.bincount(at.ravel(), (weights * (1 - beyond)).ravel(), size)
        mass += np.bincount(at.ravel() + 1, (weights * beyond).ravel(), size)
        others = mass.reshape(len(utilities), grid.size) @ grid.unheard.T
        factors = self.consider * (others ** (self.consider - 1)) @ grid.heard
        logs = np.log(np.maximum(factors, 1e-300)).ravel()
        return np.asarray(logs[at] * (1 - beyond) + logs[at + 1] * beyond, np.float64)


@dataclass(frozen=True)
class _Grid:
    """Utilities on a grid, the highest 0, beside the variable of the integral, the logarithm of t."""

    size: int
    taste: float

    @cached_property
    def _both(self) -> tuple[Floats, Floats]:
        normal, share = _normal_nodes() if self.taste else (np.zeros(1), np.ones(1))
        lowest, wide = _BELOW + 4 * self.taste, _BELOW + _ABOVE + 8 * self.taste
        count = self.size + int(wide / STEP) + _COARSER
        sums = STEP * np.arange(count) - lowest
        raised = np.exp(sums[:, None] + self.taste * normal)
        unheard = np.exp(-raised)
        return unheard @ share, (raised * unheard) @ share

    @cached_property
    def _at(self) -> npt.NDArray[np.int64]:
        """Where the sum of both stands, shape (steps of the integral, utilities)."""
        steps = np.arange(0, len(self._both[0]) - self.size, _COARSER)
        return steps[:, None] + np.arange(self.size)

    @property
    def unheard(self) -> Floats:
        """How likely an item of each utility lets the others have their way until t."""
        return self._both[0][self._at]

    @property
    def heard(self) -> Floats:
        """How likely it is taken just then."""
        return self._both[1][self._at] * (STEP * _COARSER)


def _normal_nodes() -> tuple[Floats, Floats]:
    """Values of a standard normal variable and their shares, for means of smooth functions."""
    nodes, shares = np.polynomial.hermite_e.hermegauss(_NODES)
    return np.asarray(nodes, np.float64), np.asarray(shares / shares.sum(), np.float64)
