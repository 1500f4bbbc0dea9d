"""The whole row: how well a classifier tells dummy rows from real ones, and by which columns.

A classifier two-sample test (Lopez-Paz and Oquab, 2017): gradient boosting learns on some entities and is asked about
others. An AUC of 0.5 means that it cannot tell; it is not folded, so one under 0.5, which is chance, is seen as that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, hash_columns, words
from sandbox.gap.coded import CodedColumn

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

MOST_ROWS = 40_000
"""Rows of each side that are looked at."""
_FOLDS = 3
_MOST_CATEGORIES = 100
_RESAMPLES = 200
_LEAST_FALL = 0.001


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

    few = [column if column.kind == "ordered" else column.coarse(_MOST_CATEGORIES) for column in columns]
    mixed = _mixed(few, entities, seed, most_rows)
    if mixed is None:
        return None
    score = np.zeros(len(mixed.is_real))
    falls = np.zeros((_FOLDS, len(few)))
    for fold in range(_FOLDS):
        ask = mixed.fold == fold
        model = _fitted(mixed, ~ask, few, seed)
        score[ask] = model.predict_proba(mixed.features[ask])[:, 1]
        whole = roc_auc_score(mixed.is_real[ask], score[ask])
        for at in range(len(few)):
            shuffled = _shuffled(mixed.features[ask], at, Address(("gap", "shuffle", seed, fold, at)))
            falls[fold, at] = whole - roc_auc_score(mixed.is_real[ask], model.predict_proba(shuffled)[:, 1])
    low, high = _interval(mixed, score, seed)
    fall = falls.mean(axis=0)
    worst = [at for at in np.argsort(-fall, kind="stable") if fall[at] > _LEAST_FALL]
    return RowGap(
        auc=float(roc_auc_score(mixed.is_real, score)),
        low=low,
        high=high,
        rows=len(score) // 2,
        giveaways=tuple((few[at].name, round(float(fall[at]), 4)) for at in worst),
    )


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

    from sandbox.models.candidates import one_thread

    model: Any = HistGradientBoostingClassifier(
        max_iter=120,
        categorical_features=[column.kind == "category" for column in columns],
        early_stopping=False,
        random_state=seed % 2**32,
    )
    with one_thread():  # sums of several threads depend on the machine
        return model.fit(mixed.features[learn], mixed.is_real[learn])


def _shuffled(features: npt.NDArray[np.float64], column: int, address: Address) -> npt.NDArray[np.float64]:
    shuffled = features.copy()
    shuffled[:, column] = features[np.argsort(words(address, 0, len(features)), kind="stable"), column]
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
