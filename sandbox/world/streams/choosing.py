"""How somebody chooses: a handful of items comes to mind or is shown, one is taken by a multinomial logit.

Source: McFadden, Conditional logit analysis of qualitative choice behavior (1974).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import hash_columns
from sandbox.scenario.language import Pick
from sandbox.world.draws import Floats, stable, uniforms_of_words
from sandbox.world.rowsets import Whole
from sandbox.world.streams.catalogue import NONE, Catalogue

if TYPE_CHECKING:
    from sandbox.world.streams.shelves import Requests, Shown
    from sandbox.world.streams.story import Story
    from sandbox.world.streams.walk import Walk

_NEVER = -1e300
_LARGEST = 500.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was taken: rows of the catalogue (-1: nothing), their utility, and how likely it was; shape (n,).

    How likely it was to pick nothing is not told (NaN): there was nothing to pick from.
    """

    items: NDArray[np.int32]
    appeals: Floats
    chances: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Chooser:
    """Chooses items for the visits of a walk."""

    story: Story
    catalogue: Catalogue
    consider: int
    taste: float
    factors: NDArray[np.float32] | None
    """Of the items, shape (factors, items); None where taste plays no part."""

    def pick(self, walk: Walk, state: int, places: Whole, before: NDArray[np.int32]) -> Chosen:
        """Choose for the visits at these places among what comes to their minds; `before` is what they look at."""
        written = self.story.machine.states[state].item
        assert isinstance(written, Pick)
        identities = walk.identities[places]
        offered = np.empty((len(places), self.consider), np.int64)
        for place in range(self.consider):
            words = hash_columns(self.story.address("consider", walk.round, place), identities)
            if written.among in ("popular", "any"):
                choice = self.catalogue.popular if written.among == "popular" else self.catalogue.any
                offered[:, place] = choice.from_words(words)
            else:
                offered[:, place] = self._alike(written.among, before, words)
        if self._takes_what_comes:
            return Chosen(offered[:, 0].astype(np.int32), np.zeros(len(places)), np.ones(len(places), np.float32))
        utilities = self._utilities(walk, places, offered)
        uniforms = uniforms_of_words(hash_columns(self.story.address("choose", walk.round), identities))
        chosen, chances = logit(utilities, uniforms)
        at = np.arange(len(places))
        items = offered[at, chosen]
        there = utilities[at, chosen] > _NEVER
        return Chosen(
            np.where(there, items, NONE).astype(np.int32),
            np.where(there, utilities[at, chosen], 0.0),
            np.where(there, chances, np.nan).astype(np.float32),
        )

    def click(self, walk: Walk, requests: Requests, shown: Shown) -> tuple[Chosen, NDArray[np.float32]]:
        """Let those that wait click on one of the items shown to them, or on nothing; and how likely any click was."""
        places, shelves = requests.places, self.story.shelves
        shelf_of = [shelves[int(state)] for state in np.unique(requests.states)]
        offered = shown.astype(np.int64, copy=False)
        utilities = self._utilities(walk, places, offered)
        outside = np.zeros(len(places))
        for state, shelf in shelf_of:
            here = np.flatnonzero(requests.states == state)
            utilities[here] += shelf.position * np.arange(offered.shape[1])
            utilities[np.ix_(here, np.arange(shelf.slots, offered.shape[1]))] = _NEVER
            outside[here] = shelf.outside
        whole = np.concatenate([outside[:, None], utilities], axis=1)
        words = hash_columns(self.story.address("click", walk.round), requests.identities)
        chosen, chances = logit(whole, uniforms_of_words(words))
        at = np.arange(len(places))
        items = np.where(chosen > 0, offered[at, np.maximum(chosen - 1, 0)], NONE)
        taken = whole[at, chosen]
        any_click = 1.0 - chances * stable(np.exp(outside - taken))
        made = Chosen(items.astype(np.int32), np.where(chosen > 0, taken, 0.0), chances.astype(np.float32))
        return made, any_click.astype(np.float32)

    @property
    def _takes_what_comes(self) -> bool:
        """Whether what items are worth settles nothing: one comes to mind, it is there, and no expression asks."""
        return self.consider == 1 and self.catalogue.since is None and not self.story.asks_appeal

    def _alike(self, column: str, before: NDArray[np.int32], words: NDArray[np.uint64]) -> Whole:
        """Items that share a column's value with the one before; where there is none, popular ones."""
        groups = self.catalogue.groups(column)
        found = groups.pick(np.maximum(before, 0).astype(np.int64), uniforms_of_words(words))
        return np.where(before >= 0, found, self.catalogue.popular.from_words(words))

    def _utilities(self, walk: Walk, places: Whole, offered: Whole) -> Floats:
        """What each item offered is worth to each visitor; float64, shape of `offered`, `_NEVER` for what is not there.

        Products are summed factor by factor, so that every processor sums in the same order.
        """
        real = np.maximum(offered, 0)
        utilities = self.catalogue.worth[real]
        rows = walk.visits.rows[walk.at[places]]
        if self.factors is not None:
            own = self.story.tastes[rows]
            match = np.zeros(real.shape, np.float32)
            for factor, of_items in enumerate(self.factors):
                match += own[:, factor, None] * of_items.take(real)
            utilities += self.taste * match.astype(np.float64)
        for text, coefficient in self.catalogue.shared_terms.items():
            utilities += coefficient * self.story.over_items(text, walk.moment().take(places), real)
        absent = offered < 0
        if self.catalogue.since is not None:
            absent |= self.catalogue.since[real] > walk.times[places, None]
        utilities[absent] = _NEVER
        return utilities


def logit(utilities: Floats, uniforms: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Choose one of k alternatives in each row with probability proportional to exp(utility).

    Args:
        utilities: float64, shape (n, k); -1e300 for an alternative that is not there.
        uniforms: float64 in (0, 1), shape (n,).
    Returns:
        Which was chosen, and how likely that was; both of shape (n,). Where no alternative is there, the first.
    """
    if utilities.shape[1] == 1:
        return np.zeros(len(utilities), np.intp), (utilities[:, 0] > _NEVER).astype(np.float64)
    shifted = utilities - utilities.max(axis=1, keepdims=True)
    np.maximum(shifted, -_LARGEST, out=shifted)
    weights = stable(np.exp(shifted))
    weights[utilities <= _NEVER] = 0.0
    reached = np.cumsum(weights, axis=1)
    total = reached[:, -1]
    chosen = (reached <= (uniforms * total)[:, None]).sum(axis=1)
    np.minimum(chosen, utilities.shape[1] - 1, out=chosen)
    at = np.arange(len(chosen))
    with np.errstate(invalid="ignore", divide="ignore"):
        chances = weights[at, chosen] / total
    return chosen, np.nan_to_num(chances)
