"""How fast, in some states, an event comes and whatever may come before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandbox.world.draws import Floats, stable
from sandbox.world.rowsets import Whole


@dataclass(frozen=True, eq=False)
class Risk:
    """Rates per day in some states: of the event, of leaving without it, and of each move that is neither.

    `due` is when the next timed move comes (microseconds UTC) and `timed` its place; until `delay` days from now
    nothing comes at all. Shapes (n,), of `moves` (moves, n).
    """

    event: Floats
    lost: Floats
    moves: Floats
    due: Whole
    timed: Whole
    delay: Floats

    @property
    def others(self) -> Floats:
        """The rate at which any other move comes by chance."""
        total: Floats = self.moves.sum(axis=0)
        return total

    def taken(self, rows: Whole) -> Risk:
        """Some of the states."""
        return Risk(
            self.event[rows], self.lost[rows], self.moves[:, rows], self.due[rows], self.timed[rows], self.delay[rows]
        )

    def chance(self, days: Floats) -> Floats:
        """That the event comes within so many days, and leaving does not come before it."""
        both = self.event + self.lost
        share = np.divide(self.event, both, out=np.zeros_like(both), where=both > 0)
        return stable(share * -np.expm1(-both * days))

    def survival(self, days: Floats) -> Floats:
        """That neither comes within so many days."""
        return stable(np.exp(-(self.event + self.lost) * days))

    def wait(self, uniforms: Floats) -> Floats:
        """How many days until another move comes by chance."""
        with np.errstate(divide="ignore"):
            wait: Floats = self.delay - np.log1p(-uniforms) / self.others
        return wait

    def wait_within(self, levels: Floats, days: Floats) -> Floats:
        """The same, given that it comes within so many days; no number where it cannot."""
        after = np.maximum(days - self.delay, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            wait: Floats = self.delay - np.log1p(levels * np.expm1(-self.others * after)) / self.others
        return wait

    def quiet(self, days: Floats) -> Floats:
        """The chance that no other move comes by chance within so many days."""
        return stable(np.exp(-self.others * np.maximum(days - self.delay, 0.0)))

    def choose(self, uniforms: Floats) -> Whole:
        """Which other move comes, by its rate; its place."""
        sums = np.cumsum(self.moves, axis=0)
        chosen: Whole = (sums <= uniforms * sums[-1]).sum(axis=0).clip(max=len(sums) - 1)
        return chosen
