"""Whether what customers do, or how it is scored, has moved since a model learnt: the population stability index.

Source: Siddiqi, Credit Risk Scorecards (2006), chapter 11: below 0.1 nothing moved, above 0.2 a lot did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.experiment.moments import Floats
from sandbox.experiment.serving import Served
from sandbox.models.recommend.events import Events

CELLS = 10
FEWEST = 200
"""Events, or people, of which a distribution is made; of fewer it says nothing."""
MOST_PEOPLE = 4_000
_LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True)
class Drift:
    """How far two distributions have moved; NaN where too little came."""

    items: float
    """Of what is met, by items in groups that were met equally often."""
    scores: float
    """Of the best score that the model gives those who came."""

    @property
    def worst(self) -> float:
        """The larger of the two; NaN where neither is known."""
        known = [each for each in (self.items, self.scores) if each == each]
        return max(known) if known else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The distributions when a model learnt."""

    cell_of_item: NDArray[np.int64]
    items: Floats
    edges: Floats
    """Between cells of scores."""
    scores: Floats

    @classmethod
    def of(cls, served: Served, learnt: Events, since_us: int) -> Reference:
        """Of what was learnt from; scores of those who came in its last stretch, from `since_us` on."""
        often = np.bincount(learnt.item, minlength=len(learnt.items)).astype(np.float64)
        order = np.argsort(-often, kind="stable")
        reached = np.cumsum(often[order]) / max(often.sum(), 1)
        cell = np.empty(len(often), np.int64)
        cell[order] = np.minimum((reached * CELLS - 1e-9).astype(np.int64), CELLS - 1)
        scores = _best_scores(served, learnt.where(learnt.at >= since_us))
        edges = np.unique(np.quantile(scores, np.linspace(0, 1, CELLS + 1)[1:-1])) if len(scores) else np.zeros(0)
        return cls(cell, _shares(cell[learnt.item], CELLS), edges, _binned(scores, edges))

    def drift(self, served: Served, after: Events) -> Drift:
        """How far what came after has moved from it, in a stretch as long as that of the scores."""
        met = _shares(self.cell_of_item[after.item], CELLS)
        items = stability(self.items, met) if len(after) >= FEWEST else float("nan")
        scores = _best_scores(served, after)
        enough = len(scores) >= FEWEST and len(self.edges) > 0
        return Drift(items, stability(self.scores, _binned(scores, self.edges)) if enough else float("nan"))


def stability(expected: Floats, actual: Floats) -> float:
    """The population stability index of two distributions over the same cells, each summing to 1."""
    one, other = (np.maximum(each, _LEAST_SHARE) for each in (expected, actual))
    return float(((other - one) * np.log(other / one)).sum())


def _best_scores(served: Served, events: Events) -> Floats:
    """The best score of each of some people who came, by what they met meanwhile alone: it is then comparable."""
    people = np.unique(events.person)[:MOST_PEOPLE]
    if not len(people):
        return np.zeros(0)
    scores = served.ranker.scores(events.matrix()[people], people)
    best: Floats = scores.max(axis=1).astype(np.float64)
    return best[np.isfinite(best)]


def _shares(cells: NDArray[np.int64], count: int) -> Floats:
    found: Floats = np.bincount(cells, minlength=count) / max(len(cells), 1)
    return found


def _binned(values: Floats, edges: Floats) -> Floats:
    return _shares(np.searchsorted(edges, values, side="right"), len(edges) + 1)
