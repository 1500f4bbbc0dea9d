"""The whole row: how well a classifier tells dummy rows from real ones, and by which columns.

A classifier two-sample test (Lopez-Paz and Oquab, 2017): gradient boosting learns on some entities and is asked about
others. An AUC of 0.5 means that it cannot tell; it is not folded, so one under 0.5, which is chance, is seen as that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, hash_columns, words
from sandbox.gap.coded import CodedColumn
from sandbox.gap.sharing import shared

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

MOST_ROWS = 40_000
"""Rows of each side that are looked at."""
_FOLDS = 3
_MOST_CATEGORIES = 100
_RESAMPLES = 200
_MOST_CELLS = 2_000_000
"""Of rows and columns of a side: with very many columns, fewer rows are looked at."""
_LEAST_ROWS = 2_000
_MOST_SHUFFLED = 4_000
_MOST_GROUPS = 40
_LEAST_FALL = 0.001
_ONE_FIT = Lock()
"""scikit-learn empties the warnings' filters of the whole process as it fits; of two fits at once, one would warn."""


@dataclass(frozen=True, slots=True)
class RowGap:
    """How well whole rows tell dummy and real apart."""

    auc: float
    low: float
    """The interval of the AUC, entities resampled, at 95%."""
    high: float
    rows: int
    """Rows of each side that were looked at."""
    giveaways: tuple[tuple[str, float], ...]
    """Columns by how much the AUC falls when their values are shuffled over the rows, the worst first."""


@dataclass(frozen=True, eq=False)
class _Mixed:
    """Rows of both sides together."""

    features: npt.NDArray[np.float64]
    is_real: npt.NDArray[np.bool_]
    entity: npt.NDArray[np.int64]
    fold: npt.NDArray[np.int64]


def row_gap(
    columns: Sequence[CodedColumn],
    entities: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
    seed: int,
    most_rows: int = MOST_ROWS,
) -> RowGap | None:
    """Train and ask; None where a side has too few entities to learn from some and ask about others.

    Args:
        columns: both sides, coded.
        entities: which entity each row of dummy and real is of; rows of one are in one fold.
        seed: of sampling and fitting.
        most_rows: of each side.
    """
    from sklearn.metrics import roc_auc_score

    from sandbox.models.candidates import one_thread

    few = [column if column.kind == "ordered" else column.coarse(_MOST_CATEGORIES) for column in columns]
    mixed = _mixed(few, entities, seed, min(most_rows, max(_MOST_CELLS // max(len(few), 1), _LEAST_ROWS)))
    if mixed is None:
        return None
    with one_thread():  # sums of several threads depend on the machine; folds side by side do not
        folds = shared(lambda fold: _fold(mixed, fold, few, seed), range(_FOLDS))
    score = np.zeros(len(mixed.is_real))
    for fold, (of_fold, _) in enumerate(folds):
        score[mixed.fold == fold] = of_fold
    low, high = _interval(mixed, score, seed)
    fall = np.mean([falls for _, falls in folds], axis=0)
    worst = [at for at in np.argsort(-fall, kind="stable") if fall[at] > _LEAST_FALL]
    return RowGap(
        auc=float(roc_auc_score(mixed.is_real, score)),
        low=low,
        high=high,
        rows=len(score) // 2,
        giveaways=tuple((few[at].name, round(float(fall[at]), 4)) for at in worst),
    )


def _fold(
    mixed: _Mixed, fold: int, columns: Sequence[CodedColumn], seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Learn outside of a fold; the scores of the rows in it, and by how much their AUC falls without each column."""
    from sklearn.metrics import roc_auc_score

    ask = np.flatnonzero(mixed.fold == fold)
    model = _fitted(mixed, mixed.fold != fold, columns, seed)
    score = model.predict_proba(mixed.features[ask])[:, 1]
    some = np.argsort(words(Address(("gap", "shuffled", seed, fold)), 0, len(ask)), kind="stable")[:_MOST_SHUFFLED]
    is_real, features = mixed.is_real[ask][some], mixed.features[ask][some]
    if is_real.all() or not is_real.any():
        return score, np.zeros(len(columns))
    whole = roc_auc_score(is_real, score[some])

    def fall(together: list[int]) -> float:
        shuffled = _shuffled(features, together, Address(("gap", "shuffle", seed, fold, together[0])))
        return float(whole - roc_auc_score(is_real, model.predict_proba(shuffled)[:, 1]))

    return score, _falls(list(range(len(columns))), len(columns), fall)


def _falls(asked: list[int], columns: int, fall: Callable[[list[int]], float]) -> npt.NDArray[np.float64]:
    """The fall for each column; of very many, groups are shuffled first, and only what matters is looked into."""
    found = np.zeros(columns)
    size = -(-len(asked) // _MOST_GROUPS)
    for start in range(0, len(asked), size):
        group = asked[start : start + size]
        of_group = fall(group)
        if len(group) == 1:
            found[group] = of_group
        elif of_group > _LEAST_FALL:
            found += _falls(group, columns, fall)
    return found


def _mixed(
    columns: Sequence[CodedColumn],
    entities: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]],
    seed: int,
    most_rows: int,
) -> _Mixed | None:
    """As many rows of either side, whole entities as far as that goes, each entity in one fold."""
    rows = min(most_rows, *map(len, entities))
    picked = [_picked(side, rows, seed) for side in entities]
    if any(len(np.unique(side[some])) < 2 * _FOLDS for side, some in zip(entities, picked, strict=True)):
        return None
    sides = ([column.dummy for column in columns], [column.real for column in columns])
    features = [
        np.column_stack([_feature(codes[some], column) for codes, column in zip(side, columns, strict=True)])
        for side, some in zip(sides, picked, strict=True)
    ]
    folds = [_folds(side[some]) for side, some in zip(entities, picked, strict=True)]
    offset = int(entities[0].max()) + 1
    return _Mixed(
        features=np.concatenate(features),
        is_real=np.repeat([False, True], rows),
        entity=np.concatenate([entities[0][picked[0]], entities[1][picked[1]] + offset]).astype(np.int64),
        fold=np.concatenate(folds),
    )


def _picked(entities: npt.NDArray[np.int32], rows: int, seed: int) -> npt.NDArray[np.int64]:
    """The rows of entities in a drawn order, until there are enough."""
    order = hash_columns(Address(("gap", "pick", seed)), entities)
    return np.argsort(order, kind="stable")[:rows]


def _folds(entities: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """A fold for each row, as many entities in each."""
    _, rank = np.unique(entities, return_inverse=True)
    return np.asarray(rank % _FOLDS, np.int64)


def _feature(codes: npt.NDArray[np.int32], column: CodedColumn) -> npt.NDArray[np.float64]:
    """Codes as trees want them: null is missing."""
    return np.where(codes == column.null, np.nan, codes.astype(np.float64))


def _fitted(
    mixed: _Mixed, learn: npt.NDArray[np.bool_], columns: Sequence[CodedColumn], seed: int
) -> HistGradientBoostingClassifier:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model: Any = HistGradientBoostingClassifier(
        max_iter=120,
        categorical_features=[column.kind == "category" for column in columns],
        early_stopping=False,
        random_state=seed % 2**32,
    )
    with _ONE_FIT:
        return model.fit(mixed.features[learn], mixed.is_real[learn])


def _shuffled(features: npt.NDArray[np.float64], columns: list[int], address: Address) -> npt.NDArray[np.float64]:
    """Rows with some columns of others in their place."""
    shuffled = features.copy()
    order = np.argsort(words(address, 0, len(features)), kind="stable")
    shuffled[:, columns] = features[np.ix_(order, np.array(columns))]
    return shuffled


def _interval(mixed: _Mixed, score: npt.NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Percentiles of the AUC over resampled entities, which are weights: rows are sorted once."""
    _, entity = np.unique(mixed.entity, return_inverse=True)
    _, rank = np.unique(score, return_inverse=True)
    count, found = int(entity.max()) + 1, []
    for at in range(_RESAMPLES):
        drawn = words(Address(("gap", "resample", seed, at)), 0, count) % np.uint64(count)
        weight = np.bincount(drawn.astype(np.int64), minlength=count)[entity].astype(np.float64)
        real = np.bincount(rank, weight * mixed.is_real)
        dummy = np.bincount(rank, weight * ~mixed.is_real)
        if real.any() and dummy.any():
            below = np.cumsum(dummy) - dummy / 2  # ties count half
            found.append((real * below).sum() / (real.sum() * dummy.sum()))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)
