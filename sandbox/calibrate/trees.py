"""Trees that part rows by what a column hangs on, no larger than people who were held out confirm.

A tree is grown on half of the people, by entropy; how large it may be the other half decides, whom it must tell better
than a smaller one does. Then one of that size is grown on all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.numbers import halves
from sandbox.calibrate.predictors import Predictor

Ints = npt.NDArray[np.int64]

MOST_LEAVES = 48
_MOST_ROWS = 100_000
LEAST_GAIN = 0.002
"""Nats a row by which a tree, or another dependence, must tell people who were held out better than none does."""
_NEAR = 0.01
"""Of the best tree's gain: a smaller tree that gains so little less is preferred."""
_LEAST_ROWS = 50
_DEEPEST = 12
"""Of questions one after the other: SQL of a scenario may be nested so far and somewhat further."""


@dataclass(frozen=True, eq=False)
class Tree:
    """Rows by leaf, and how to say in SQL which leaf a row is in."""

    leaf: Ints
    """Shape (rows,), numbered from 0."""
    leaves: int
    sql: str
    gain: float
    """Nats a row, on people who were held out."""
    by: tuple[str, ...]
    """The columns that decide."""


def tree_of(
    target: Ints, people: npt.NDArray[np.int32], predictors: Sequence[Predictor], most_leaves: int = MOST_LEAVES
) -> Tree | None:
    """Part rows by what their target hangs on; None where it hangs on nothing.

    Args:
        target: a code for each row, few different ones; shape (rows,).
        people: whose each row is.
        predictors: what it may hang on, each of shape (rows,).
        most_leaves: that the tree may have.
    """
    if not predictors or len(np.unique(target)) < 2:
        return None
    ordered = [predictor.ordered(target) for predictor in predictors]
    features = np.column_stack([predictor.values for predictor in ordered])
    some = np.argsort(hash_columns(Address(("calibrate", "tree")), np.arange(len(target))), kind="stable")[:_MOST_ROWS]
    learn = halves(people[some])
    if min(learn.sum(), (~learn).sum()) < 2 * _LEAST_ROWS:
        return None
    model, gain = _best(features[some], target[some], learn, most_leaves)
    if model is None or gain < LEAST_GAIN:
        return None
    found = model.tree_
    names: dict[int, int] = {}
    sql = _sql(found, 0, ordered, names)
    leaf = np.array([names.get(node, -1) for node in range(found.node_count)])[_places(found, ordered, features)]
    used = dict.fromkeys(ordered[int(feature)].name for feature in found.feature if feature >= 0)
    return Tree(leaf, len(names), sql, gain, tuple(used))


def name_of(leaf: int) -> str:
    """The name of a leaf: a, b … z, aa, ab …"""
    letters = ""
    leaf += 1
    while leaf:
        leaf, letter = divmod(leaf - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


def _best(
    features: npt.NDArray[np.float64], target: Ints, learn: npt.NDArray[np.bool_], leaves: int
) -> tuple[Any, float]:
    """A tree as large as the smallest that tells held-out rows about as well as the best; and by how much it does."""
    from sklearn.tree import DecisionTreeClassifier

    def grown(most: int, rows: npt.NDArray[Any]) -> Any:
        model = DecisionTreeClassifier(
            criterion="entropy",
            max_leaf_nodes=most,
            max_depth=_DEEPEST,
            min_samples_leaf=max(_LEAST_ROWS, len(rows) // 500),
            random_state=0,
        )
        return model.fit(features[rows], target[rows])

    without = _loss(np.bincount(target[learn], minlength=int(target.max()) + 1)[None, :], target[~learn], None)
    sizes = sorted({2, 3, 4, 6, 8, 12, 16, 24, 32, leaves})
    sizes = [size for size in sizes if size <= leaves]
    models = [grown(size, np.flatnonzero(learn)) for size in sizes]
    gains = []
    for model in models:
        counts = np.zeros((model.tree_.node_count, int(target.max()) + 1))
        np.add.at(counts, (model.apply(features[learn]), target[learn]), 1)
        gains.append(without - _loss(counts, target[~learn], model.apply(features[~learn])))
    best = max(gains)
    if best <= 0:
        return None, 0.0
    at = next(number for number, gain in enumerate(gains) if gain >= best * (1 - _NEAR))
    return grown(sizes[at], np.arange(len(target))), gains[at]


def _loss(counts: npt.NDArray[Any], target: Ints, leaf: Ints | None) -> float:
    """The mean surprise of held-out rows, in nats, by the shares of their leaves; each category seen once more."""
    shares = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    rows = np.zeros(len(target), np.int64) if leaf is None else leaf
    return float(-np.log(shares[rows, target]).mean())


def _sql(tree: Any, node: int, predictors: Sequence[Predictor], names: dict[int, int]) -> str:
    if tree.children_left[node] < 0:
        names[node] = len(names)
        return f"'{name_of(names[node])}'"
    condition, _ = predictors[int(tree.feature[node])].condition(float(tree.threshold[node]))
    left = _sql(tree, int(tree.children_left[node]), predictors, names)
    right = _sql(tree, int(tree.children_right[node]), predictors, names)
    return f"case when {condition} then {left} else {right} end"


def _places(tree: Any, predictors: Sequence[Predictor], features: npt.NDArray[np.float64]) -> Ints:
    """The leaf of each row, by the thresholds that the SQL says."""
    place = np.zeros(len(features), np.int64)
    for node in range(tree.node_count):  # a child comes after its parent
        if tree.children_left[node] < 0:
            continue
        at, feature = np.flatnonzero(place == node), int(tree.feature[node])
        _, told = predictors[feature].condition(float(tree.threshold[node]))
        values = features[at, feature]
        low = values < told if predictors[feature].categories is None else values <= told
        place[at] = np.where(low, tree.children_left[node], tree.children_right[node])
    return place
