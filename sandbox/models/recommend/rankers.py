"""Ways to score all items for many people at once; what is shown is chosen from the scores in `showing`.

A ranker is asked with the rows of a matrix, who has met what, and knows nobody by name: so people who came after it
had learnt are scored like all others, by what they have met until now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from sandbox.addresses import Address, hash_columns
from sandbox.models.recommend.events import Events, Matrix, Numbers

Scores = NDArray[np.float32]
"""Shape (people, items): the higher the better; -inf is never shown."""


class Ranker(Protocol):
    """What has learnt to score items."""

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """Score every item.

        Args:
            seen: who has met what, a row for each who asks, sparse, shape (n, items).
            person: a number for each who asks, by which they are told apart where chance decides; shape (n,).
        """


def is_personal(ranker: Ranker) -> bool:
    """Whether who asks makes a difference; a ranker whose `is_personal` says no has one row of scores for all."""
    return bool(getattr(ranker, "is_personal", True))


@dataclass(frozen=True, slots=True, eq=False)
class Nothing:
    """Shows nothing: the page without a recommender."""

    items: int

    is_personal: ClassVar[bool] = False

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """All of them -inf."""
        return np.full((seen.shape[0], self.items), -np.inf, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ByChance:
    """Every item as likely as any other, anew for each who asks."""

    items: int
    address: Address

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """Uniform between 0 and 1, from the person and the item alone."""
        who = np.repeat(person, self.items)
        what = np.tile(np.arange(self.items), len(person))
        drawn = hash_columns(self.address, who, what) >> np.uint64(40)
        return (drawn.astype(np.float32) / np.float32(1 << 24)).reshape(len(person), self.items)


@dataclass(frozen=True, slots=True, eq=False)
class SameForAll:
    """One list for everybody: best sellers, popularity, or what a rule says of each item."""

    by_item: Scores
    """Shape (items,)."""

    is_personal: ClassVar[bool] = False

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """The same row again and again."""
        return np.broadcast_to(self.by_item, (seen.shape[0], len(self.by_item)))


@dataclass(frozen=True, slots=True, eq=False)
class ByGroup:
    """What sells best in the groups of items that somebody has met, those met more often first."""

    by_item: Scores
    """Shape (items,), between 0 and 1."""
    member: Matrix
    """Which group each item is in, sparse, shape (items, groups)."""

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """How much of what was met lies in the item's group, then how well the item sells."""
        met = (seen @ self.member).toarray().astype(np.float32)
        total = np.maximum(met.sum(axis=1, keepdims=True), 1)
        found: Scores = (self.member @ (met / total).T).T.astype(np.float32) + self.by_item * np.float32(1e-2)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class BySimilarItems:
    """Items by their similarity with those that were met: item-KNN (sparse) and EASE (dense)."""

    similar: Any
    """Shape (items, items): how much having met the row's item speaks for the column's."""

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """The sum over what was met."""
        found = seen @ self.similar
        dense = found.toarray() if sparse.issparse(found) else found
        return np.asarray(dense, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ByFactors:
    """Implicit feedback factorised; who asks is folded in by what they have met.

    Source: Hu, Koren and Volinsky, Collaborative filtering for implicit feedback datasets (2008).
    """

    factors: Scores
    """Of items, shape (items, d)."""
    confidence: float
    """How much more a met item counts than one that was not."""
    penalty: float

    def scores(self, seen: Matrix, person: Numbers) -> Scores:
        """The product of items' factors and those of who asks."""
        return self.people(seen) @ self.factors.T

    def people(self, seen: Matrix) -> Scores:
        """The factors of those who ask: a ridge regression each, all of them solved at once; shape (n, d)."""
        size = self.factors.shape[1]
        together = self.factors.T @ self.factors + self.penalty * np.eye(size, dtype=np.float32)
        outer = (self.factors[:, :, None] * self.factors[:, None, :]).reshape(len(self.factors), -1)
        left = together + self.confidence * (seen @ outer).reshape(-1, size, size)
        right = (1 + self.confidence) * (seen @ self.factors)
        found: Scores = np.linalg.solve(left, np.asarray(right)[..., None])[..., 0].astype(np.float32)
        return found


def popularity(events: Events) -> Scores:
    """How many people met each item, of all; shape (items,)."""
    _, met = events.counts()
    found: Scores = (met / max(len(events.people), 1)).astype(np.float32)
    return found


def best_selling(events: Events) -> Scores:
    """How often each item was sold, by the best one; then how many met it, which decides only among equals."""
    sold, met = events.counts()
    found: Scores = (sold / max(sold.max(initial=0), 1) + 1e-4 * met / max(met.max(initial=0), 1)).astype(np.float32)
    return found


def item_knn(events: Events, neighbours: int, shrink: float) -> BySimilarItems:
    """Cosine similarity of who met two items, each item's nearest alone.

    Args:
        events: what was done.
        neighbours: how many are kept of an item, >= 1.
        shrink: people added to each denominator; see `counting.SHRINK`.
    """
    matrix = events.matrix()
    together = (matrix.T @ matrix).tocoo()
    met = np.asarray(matrix.sum(axis=0)).ravel()
    apart = together.row != together.col
    row, col = together.row[apart], together.col[apart]
    value = together.data[apart] / (np.sqrt(met[row] * met[col]) + shrink)
    order = np.lexsort((row, -np.round(value, 9), col))
    row, col, value = row[order], col[order], value[order]
    place = np.arange(len(col)) - np.searchsorted(col, col, side="left")
    near = place < neighbours
    shape = (len(events.items), len(events.items))
    return BySimilarItems(sparse.csr_array((value[near].astype(np.float32), (row[near], col[near])), shape=shape))


def ease(events: Events, penalty: float) -> BySimilarItems:
    """Each item regressed on all others, in closed form.

    Args:
        events: what was done.
        penalty: of the ridge, > 0.
    Source: Steck, Embarrassingly shallow autoencoders for sparse data (2019).
    """
    matrix = events.matrix()
    gram = (matrix.T @ matrix).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += penalty
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    similar = -inverse / np.diag(inverse)
    similar[np.diag_indices_from(similar)] = 0.0
    return BySimilarItems(similar.astype(np.float32))
