"""How often each item is referred to, and when another one is: what sells in December does not in June.

Items are far too many for trees of few categories. So a split of rows is judged by how much likelier it makes the very
items of people who were held out, where the shares of a part lean on those of the whole that it was part of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sandbox.calibrate.families import FEW, Floats
from sandbox.calibrate.numbers import halves
from sandbox.calibrate.predictors import Predictor
from sandbox.calibrate.trees import name_of

Ints = npt.NDArray[np.int64]

_LEANS = (10.0, 100.0, 1_000.0, 10_000.0)
"""Rows of the whole that count beside a part's own; how many for each part, held-out people decide."""
_MOST_CASES = 32
_STEPS = 24
"""Places at which a predictor may part the rows."""
_LEAST_GAIN = 0.0001
"""Nats a row, of all rows, by which a split must tell the items of people who were held out better,"""
_LEAST_NATS = 20.0
"""and in all, so that few rows do not make cases by chance."""
_LEAST_ROWS = 500
_MOST_DOUBLINGS = 3


@dataclass(eq=False)
class Part:
    """Rows that are of one case, or that a split parts further."""

    rows: Ints
    shares: Floats
    """Of the items, as far as people of either half tell them; shape (2, items)."""
    lean: float = 0.0
    """How many rows of the whole count beside its own."""
    split: tuple[Predictor, float] | None = None
    below: list[Part] = field(default_factory=list)

    def leaves(self) -> Iterator[Part]:
        """The cases, in the order in which the SQL names them."""
        if not self.below:
            yield self
        for part in self.below:
            yield from part.leaves()


@dataclass(frozen=True, eq=False)
class Popularity:
    """How often each item is referred to, by case."""

    sql: str
    """Which case a row is of, by name."""
    weights: dict[str, Floats]
    """Shares of the items for each case; shape (items,) each."""
    by: tuple[str, ...]
    gain: float
    """Nats a row, on people who were held out."""


@dataclass(frozen=True, eq=False)
class _Rows:
    """What is parted: the item and the half of each row."""

    item: Ints
    half: Ints
    items: int

    def counts(self, rows: Ints, level: Ints, levels: int) -> Floats:
        """How often each item comes with each level, by half; shape (2, items, levels)."""
        at = (self.half[rows] * self.items + self.item[rows]) * levels + level
        return np.bincount(at, minlength=2 * self.items * levels).reshape(2, self.items, levels).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Split:
    """How a part is best parted: by what, where, how much either side leans on it, and by how many nats that tells."""

    gain: float
    predictor: Predictor
    threshold: float
    leans: tuple[float, float]


def popularity_of(
    item: Ints, people: npt.NDArray[np.int32], predictors: Sequence[Predictor], items: int
) -> Popularity | None:
    """Part rows by what the items they refer to hang on; None where that is nothing.

    Args:
        item: which each row refers to, from 0; shape (rows,).
        people: whose each row is.
        predictors: what it may hang on, each of shape (rows,).
        items: how many there are.
    """
    half = halves(people).astype(np.int64)
    if not predictors or min(half.sum(), (1 - half).sum()) < 2 * _LEAST_ROWS:
        return None
    rows = _Rows(item, half, items)
    root, gain = _grown(rows, predictors)
    if not root.below:
        return None
    names = {id(part): name_of(number) for number, part in enumerate(root.leaves())}
    weights: dict[str, Floats] = {}
    _told(root, rows, people, np.bincount(item, minlength=items) / len(item), names, weights)
    by = tuple(dict.fromkeys(split[0].name for split in _splits(root)))
    return Popularity(_sql(root, names), weights, by, gain / len(item))


def _grown(rows: _Rows, predictors: Sequence[Predictor]) -> tuple[Part, float]:
    """Split after split, each the best that is left; and what they gain in all, in nats."""
    everything = np.arange(len(rows.item))
    counts = rows.counts(everything, np.zeros_like(everything), 1)[..., 0] + 0.5
    root = Part(everything, counts / counts.sum(axis=1, keepdims=True))
    ordered = [_in_order(predictor, rows) for predictor in predictors]
    leaves, total = [(root, _best_split(root, rows, ordered))], 0.0
    while len(leaves) < _MOST_CASES:
        at = max(range(len(leaves)), key=lambda each: _gain(leaves[each][1]))
        part, split = leaves[at]
        if split is None or split.gain < max(_LEAST_GAIN * len(rows.item), _LEAST_NATS):
            break
        part.split = split.predictor, split.threshold
        _, told = split.predictor.condition(split.threshold)
        values = split.predictor.values[part.rows]
        low = values < told if split.predictor.categories is None else values <= told
        sides = zip((low, ~low), split.leans, strict=True)
        part.below = [_part(part, part.rows[inside], rows, lean) for inside, lean in sides]
        leaves[at : at + 1] = [(below, _best_split(below, rows, ordered)) for below in part.below]
        total += split.gain
    return root, total


def _gain(split: _Split | None) -> float:
    return 0.0 if split is None else split.gain


def _part(whole: Part, inside: Ints, rows: _Rows, lean: float) -> Part:
    counts = rows.counts(inside, np.zeros_like(inside), 1)
    return Part(inside, _leaning(counts, whole.shares[..., None], lean)[..., 0], lean)


def _leaning(counts: Floats, whole: Floats, lean: float) -> Floats:
    """Shares of items (the last but one axis) that lean on those of the whole."""
    return np.asarray((counts + lean * whole) / (counts.sum(axis=-2, keepdims=True) + lean))


def _best_split(part: Part, rows: _Rows, predictors: Sequence[Predictor]) -> _Split | None:
    """The split that tells either half's items best, learnt from the other one's: roughly first, then more closely."""
    found = [_best_cut(part, rows, predictor, _cuts(predictor.values[part.rows])) for predictor in predictors]
    best = max(found, key=_gain, default=None)
    if best is None or best.predictor.categories is not None:
        return best
    values = best.predictor.values[part.rows]
    cuts = np.concatenate([[values.min()], _cuts(values), [values.max()]])
    at = int(np.searchsorted(cuts, best.threshold))
    near = values[(values >= cuts[max(at - 1, 0)]) & (values <= cuts[min(at + 1, len(cuts) - 1)])]
    return max(best, _best_cut(part, rows, best.predictor, _cuts(near)), key=_gain)


def _best_cut(part: Part, rows: _Rows, predictor: Predictor, cuts: Floats) -> _Split | None:
    """The best of the places at which a predictor may part the rows; None where none is any good."""
    if not len(cuts):
        return None
    levels = np.searchsorted(cuts, predictor.values[part.rows])
    counts = rows.counts(part.rows, levels, len(cuts) + 1)
    low = np.cumsum(counts, axis=2)[..., :-1]
    sides = [_gains(side, part.shares[..., None]) for side in (low, counts.sum(axis=2, keepdims=True) - low)]
    gains = sides[0].max(axis=0) + sides[1].max(axis=0)
    at = int(np.argmax(gains))
    if gains[at] <= 0:
        return None
    low_lean, high_lean = (_LEANS[int(np.argmax(side[:, at]))] for side in sides)
    return _Split(float(gains[at]), predictor, float(cuts[at]), (low_lean, high_lean))


def _gains(side: Floats, whole: Floats) -> Floats:
    """By how many nats a part's shares tell its rows better than the whole's, for each lean; shape (leans, cuts)."""
    likelier = [np.log(_leaning(side, whole, lean)) - np.log(whole) for lean in _LEANS]
    gains = np.stack([(side[::-1] * each).sum(axis=(0, 1)) for each in likelier])
    return np.where(side.sum(axis=(0, 1)) < _LEAST_ROWS, -np.inf, gains)


def _cuts(values: Floats) -> Floats:
    """Values at or below which a part may end: at even steps of the rows, none that parts nothing."""
    at = np.unique(np.sort(values)[(np.arange(1, _STEPS) * len(values)) // _STEPS]) if len(values) else values
    return np.asarray(at[at < values.max()] if len(values) else at, np.float64)


def _in_order(predictor: Predictor, rows: _Rows) -> Predictor:
    """Categories in the order in which their items differ most: of their shares, the first principal component."""
    if predictor.categories is None:
        return predictor
    level = predictor.values.astype(np.int64)
    counts = rows.counts(np.arange(len(level)), level, len(predictor.categories)).sum(axis=0)
    whole = counts.sum(axis=1, keepdims=True) / counts.sum()
    size = np.sqrt(np.maximum(counts.sum(axis=0), 1.0))
    apart = (_leaning(counts, whole, _LEANS[0]) - whole) / np.sqrt(np.maximum(whole, 1e-12)) * size
    _, vectors = np.linalg.eigh(apart.T @ apart)
    return predictor.in_order(np.argsort(vectors[:, -1] / size, kind="stable"))


def _told(
    part: Part,
    rows: _Rows,
    people: npt.NDArray[np.int32],
    shares: Floats,
    names: dict[int, str],
    weights: dict[str, Floats],
) -> None:
    """The shares of every case, from the whole down, of both halves together."""
    if not part.below:
        weights[names[id(part)]] = shares
    for below in part.below:
        counts = _of_enough(rows.item[below.rows], people[below.rows], shares * len(below.rows))
        theirs = (counts + below.lean * shares) / (counts.sum() + below.lean)
        _told(below, rows, people, theirs, names, weights)


def _of_enough(item: Ints, people: npt.NDArray[np.int32], expected: Floats) -> Floats:
    """How often each item comes; those that fewer than ten people tell of are told with others that are as rare.

    Args:
        item: of the rows of a part.
        people: whose each of these rows is.
        expected: how often each item would come if the part were like the whole.
    """
    counts = np.bincount(item, minlength=len(expected)).astype(np.float64)
    wide = int(people.max(initial=0)) + 1
    had_by = np.bincount(np.unique(item * wide + people) // wide, minlength=len(expected))
    few = np.flatnonzero(had_by < FEW)
    doublings = np.round(np.log2((counts[few] + 0.5) / (expected[few] + 0.5))).astype(np.int64)
    level = np.clip(doublings, -_MOST_DOUBLINGS, _MOST_DOUBLINGS) + _MOST_DOUBLINGS
    total = np.bincount(level, counts[few], 2 * _MOST_DOUBLINGS + 1)
    of = np.bincount(level, expected[few], 2 * _MOST_DOUBLINGS + 1)
    counts[few] = (expected[few] / np.maximum(of, 1e-300)[level]) * total[level]
    return counts


def _splits(part: Part) -> Iterator[tuple[Predictor, float]]:
    if part.split is not None:
        yield part.split
    for below in part.below:
        yield from _splits(below)


def _sql(part: Part, names: dict[int, str]) -> str:
    if part.split is None:
        return f"'{names[id(part)]}'"
    predictor, threshold = part.split
    low, high = (_sql(below, names) for below in part.below)
    return f"case when {predictor.condition(threshold)[0]} then {low} else {high} end"
