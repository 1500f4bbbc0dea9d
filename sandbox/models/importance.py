"""Which features the model lives on: what it loses when one column's values are shuffled among the test rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, words
from sandbox.models.base import Estimate, Floats, Progress, flags
from sandbox.models.metrics import LOWER_IS_BETTER, Outcome, estimate, resamples, value, values
from sandbox.models.split import entity_numbers, hash_entities
from sandbox.models.trained import TrainedModel
from sandbox.models.tuning import probabilities

SHUFFLES = 5
RESAMPLES = 200
MOST_ROWS = 10_000
"""More test rows are not asked; which of them are is a matter of their entities' hashes."""


@dataclass(frozen=True, slots=True)
class Importance:
    """How much of the judged metric a column carries; its interval is of the entities and of the shuffles' mean."""

    column: str
    loss: Estimate


@dataclass(frozen=True, slots=True)
class Tested:
    """Encoded test rows: matrix (rows, columns), entities and labels."""

    matrix: Floats
    entity: pa.Array
    label: pa.Array


def importance(
    model: TrainedModel, tested: Tested, judge: str, address: Address, progress: Progress
) -> tuple[Importance, ...]:
    """Permutation importance of each column that the model reads, the greatest first, ties by name.

    Source: Breiman, Random Forests, Machine Learning 45, 2001; on the original columns, not their one-hot parts.
    """
    rows = np.sort(np.argsort(hash_entities(address.of("rows"), tested.entity), kind="stable")[:MOST_ROWS])
    matrix, label = tested.matrix[rows], flags(tested.label)[rows]
    if label.all() or not label.any():
        return ()
    entity = entity_numbers(tested.entity.take(pa.array(rows)))
    plain = Outcome.of(probabilities(model.estimator, matrix), label, entity, model.threshold)
    found = []
    for number, column in enumerate(model.encoding.columns):
        shuffled = _shuffled_scores(model, matrix, number, address.of("shuffle", column.name))
        outcomes = [Outcome.of(score, label, entity, model.threshold) for score in shuffled]
        found.append(Importance(column.name, _loss(plain, outcomes, judge, address.of("resamples"))))
        progress("weighing features", number + 1, len(model.encoding.columns))
    return tuple(sorted(found, key=lambda item: (-item.loss.value, item.column)))


def _shuffled_scores(model: TrainedModel, matrix: Floats, column: int, address: Address) -> Floats:
    """Scores with one column shuffled, shape (SHUFFLES, rows)."""
    rows = len(matrix)
    repeated = np.tile(matrix, (SHUFFLES, 1))
    for shuffle in range(SHUFFLES):
        order = np.argsort(words(address.of(shuffle), 0, rows), kind="stable")
        repeated[shuffle * rows : (shuffle + 1) * rows, column] = matrix[order, column]
    return probabilities(model.estimator, repeated).reshape(SHUFFLES, rows)


def _loss(plain: Outcome, shuffled: list[Outcome], judge: str, address: Address) -> Estimate:
    sign = -1 if judge in LOWER_IS_BETTER else 1
    lost = value(plain, judge) - np.mean([value(outcome, judge) for outcome in shuffled])
    drawn = []
    for counts in resamples(address, plain.entities, RESAMPLES, len(plain)):
        kept = values(plain, counts[:, plain.entity], (judge,))[judge]
        left = [values(outcome, counts[:, outcome.entity], (judge,))[judge] for outcome in shuffled]
        drawn.append(kept - np.mean(left, axis=0))
    return estimate(sign * float(lost), sign * np.concatenate(drawn))
