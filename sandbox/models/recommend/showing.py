"""What is shown: the best of what may be shown, sometimes something else to learn from, with how likely that was.

Scores are quantised before they decide and ties go by the item's place in the order of ids, so that one request and a
batch give the same list. Exploring goes by lists: one in so many is drawn by chance from all that may be shown. So the
chance that an item stands at a place is known exactly, which estimates of other policies need.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, hash_columns
from sandbox.models.recommend.events import Matrix, Numbers
from sandbox.models.recommend.rankers import ByChance, Ranker, Scores

NOBODY = -1
"""Where a list ends before its slots do."""
_HALF, _DIGITS = np.int32(1 << 7), np.int32(-1 << 8)
"""The lowest 8 of a float's 23 bits of digits go: sums that differ by the order of adding up are then the same."""
_CELLS_AT_ONCE = 1 << 17
"""Scores that are looked at together: few enough to stay in the cache."""
_EXPLORES = np.float64(2.0**64)
_BEHIND = np.float32(1e-9)


@dataclass(frozen=True, slots=True, eq=False)
class Filters:
    """What the business forbids, whatever the scores say; None: nothing."""

    in_stock: NDArray[np.bool_] | None = None
    """Shape (items,)."""
    owned: Matrix | None = None
    """Who has what already, sparse, a row for each who asks."""
    eligible: NDArray[np.bool_] | None = None
    """What somebody's plan allows, shape (n, items)."""

    def forbid(self, scores: Scores) -> None:
        """Write -inf in place wherever something may not be shown."""
        if self.in_stock is not None:
            scores[:, ~self.in_stock] = -np.inf
        if self.eligible is not None:
            scores[~self.eligible] = -np.inf
        if self.owned is not None:
            owned = self.owned.tocoo()
            scores[owned.row, owned.col] = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A list for each who asked."""

    item: NDArray[np.int32]
    """Numbers of items by position, shape (n, slots); `NOBODY` where there was nothing more to show."""
    propensity: NDArray[np.float64]
    """How likely the item was to stand there, same shape; NaN where nothing does."""
    explored: NDArray[np.bool_]
    """Which lists were drawn by chance, shape (n,)."""

    @property
    def short(self) -> int:
        """How many lists have fewer items than slots."""
        return int((self.item == NOBODY).any(axis=1).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Fallback:
    """What stands in where a ranker knows too little."""

    by_item: Scores
    """For people who have met nothing yet, and behind everything that the ranker scores; shape (items,)."""
    new: NDArray[np.bool_] | None = None
    """Items that nobody had met when the ranker learnt, shape (items,)."""
    like: Matrix | None = None
    """Which group each item is in, sparse, shape (items, groups): new ones score like their group's mean."""

    def applied(self, scores: Scores, seen: Matrix) -> Scores:
        """Scores with what is not known filled in."""
        found = np.array(scores, np.float32)
        unknown = np.diff(seen.indptr) == 0
        found[unknown] = self.by_item
        nothing = found == 0
        if nothing.any():  # what the ranker knows nothing of: best sellers first, and behind all that it likes
            found[nothing] = np.broadcast_to(self.by_item * _BEHIND, found.shape)[nothing]
        if self.new is not None and self.like is not None and self.new.any():
            old = self.like.multiply(~self.new[:, None]).tocsr()
            count = np.maximum(np.asarray(old.sum(axis=0)).ravel(), 1)
            finite = np.where(np.isfinite(found), found, 0)
            mean = (old.T @ finite.T).T / count
            found[:, self.new] = (self.like @ mean.T).T[:, self.new]
        return found


@dataclass(frozen=True, slots=True)
class Exploration:
    """How often something else is shown, and where its randomness lives."""

    share: float = 0.0
    """Of lists, 0 to 1."""
    address: Address = field(default_factory=Address)


def show(
    ranker: Ranker,
    seen: Matrix,
    request: Numbers,
    slots: int,
    *,
    filters: Filters | None = None,
    fallback: Fallback | None = None,
    exploration: Exploration | None = None,
) -> Shown:
    """Choose a list for each who asks.

    Args:
        ranker: scores items.
        seen: who has met what, sparse, shape (n, items).
        request: a number for each who asks; equal numbers draw the same, shape (n,).
        slots: how long a list is, >= 1.
        filters: what may not be shown.
        fallback: what stands in for what the ranker does not know.
        exploration: how often a list is drawn by chance.
    """
    scores = scored(ranker, seen, request, fallback)
    if filters is not None:
        filters.forbid(scores)
    chosen = exploration or Exploration()
    if isinstance(ranker, ByChance):  # what it shows is drawn: each item as likely as any other
        chosen = Exploration(1.0, ranker.address)
    best = best_of(scores, slots)
    if chosen.share == 0:
        return Shown(best, np.where(best == NOBODY, np.nan, 1.0), np.zeros(len(best), np.bool_))
    explored = explores(request, chosen)
    drawn = by_chance(scores[explored], request[explored], slots, chosen.address)
    return mixed(best, drawn, explored, allowed(scores), chosen.share)


def allowed(scores: Scores) -> NDArray[np.int64]:
    """How many items may be shown, by row."""
    counted: NDArray[np.int32] = (scores != -np.inf).view(np.int8).sum(axis=1, dtype=np.int32)
    return counted.astype(np.int64)


def explores(request: Numbers, exploration: Exploration) -> NDArray[np.bool_]:
    """Whose lists are drawn by chance."""
    word = hash_columns(exploration.address.of("explores"), request)
    mask: NDArray[np.bool_] = word < np.uint64(min(exploration.share * _EXPLORES, _EXPLORES - 2048))
    return mask


def mixed(
    best: NDArray[np.int32],
    drawn: NDArray[np.int32],
    explored: NDArray[np.bool_],
    width: NDArray[np.int64],
    share: float,
) -> Shown:
    """The best lists, those that explore in their places, and how likely each item was.

    Args:
        best: shape (n, slots).
        drawn: lists by chance, of those that explore alone.
        explored: which these are, shape (n,).
        width: how many items might have been drawn, shape (n,).
        share: how often lists explore.
    """
    item = best.copy()
    item[explored] = drawn
    propensity = (1 - share) * (item == best) + share / np.maximum(width[:, None], 1)
    return Shown(item, np.where(item == NOBODY, np.nan, propensity), explored)


def scored(ranker: Ranker, seen: Matrix, request: Numbers, fallback: Fallback | None = None) -> Scores:
    """Scores of all items for each who asks, the fallback's where the ranker knows too little; the caller's own."""
    scores = ranker.scores(seen, request)
    return np.array(scores, np.float32) if fallback is None else fallback.applied(scores, seen)


def best_of(scores: Scores, slots: int) -> NDArray[np.int32]:
    """The items of the highest scores, the best first; shape (n, slots). What is -inf is nowhere.

    Scores count by their first 15 binary digits; among equals the item comes first that does so in the order of ids.
    """
    people, items = scores.shape
    here = min(slots, items)
    found = np.full((people, slots), NOBODY, np.int32)
    at_once = max(_CELLS_AT_ONCE // max(items, 1), 1)
    for begin in range(0, people if here else 0, at_once):
        some = slice(begin, begin + at_once)
        found[some, :here] = _best_of_some(_quantised(scores[some]), here)
    return found


def _quantised(scores: Scores) -> Scores:
    """Scores rounded to fewer digits, by rounding the bits below; -inf stays what it is."""
    bits = np.array(scores, np.float32).view(np.int32)
    bits += _HALF
    bits &= _DIGITS
    rounded: Scores = bits.view(np.float32)
    rounded += np.float32(0.0)  # -0 is 0
    return rounded


def _best_of_some(scores: Scores, here: int) -> NDArray[np.int32]:
    people, items = scores.shape
    last = np.partition(scores, items - here, axis=1)[:, items - here]
    # Values part three times as fast as places do: the places are those of values that are as good as the last one.
    short = last == -np.inf
    row, item = np.divmod(np.flatnonzero(scores >= np.where(short, np.inf, last)[:, None]), items)
    exact = (np.bincount(row, minlength=people) == here) & ~short
    top = np.empty((people, here), np.int64)
    top[exact] = item[exact[row]].reshape(-1, here)
    # Where too few may be shown, any others do, which are nowhere; where more are as good, the row is sorted in full.
    top[short] = np.sort(np.argpartition(scores[short], items - here, axis=1)[:, items - here :], axis=1)
    tied = ~exact & ~short
    top[tied] = np.sort(np.argsort(-scores[tied], axis=1, kind="stable")[:, :here], axis=1)
    values = np.take_along_axis(scores, top, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    found = np.take_along_axis(top, order, axis=1).astype(np.int32)
    found[np.take_along_axis(values, order, axis=1) == -np.inf] = NOBODY
    return found


def by_chance(scores: Scores, request: Numbers, slots: int, address: Address) -> NDArray[np.int32]:
    """Lists drawn from what may be shown, each order as likely as any other."""
    people, items = scores.shape
    drawn = hash_columns(address.of("drawn"), np.repeat(request, items), np.tile(np.arange(items), people))
    # As many digits as scores count by, so that an order is as likely as any other up to one in 32,768.
    chance = (drawn >> np.uint64(49)).astype(np.float32).reshape(people, items) + np.float32(1 << 15)
    return best_of(np.where(scores == -np.inf, -np.inf, chance), slots)
