"""Blueprints, each broken in one way, and the checks that must notice."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sandbox.checks import all_checks
from sandbox.checks.blueprints import BlueprintSubject, examples
from sandbox.models.base import Examples, Untrained
from sandbox.models.classify import ClassifyConfig
from sandbox.models.fitted import Fitted
from sandbox.models.trained import TrainedModel

GROUP = "sandbox.blueprints"
QUICK = ClassifyConfig.model_validate(
    {"candidates": ["majority", "logistic"], "spike": {"trials": 1}, "bootstrap": 100}
)


class Faithful:
    """A quick blueprint; each saboteur changes one thing of it."""

    def untrained(self, positive_share: float = 0.5) -> Any:
        return QUICK.untrained(positive_share)

    def fit(self, given: Examples, seed: int, *, trials: int | None = None, progress: Any = None) -> Fitted:
        return QUICK.fit(given, seed)


@dataclass(frozen=True, slots=True)
class Bent(TrainedModel):
    """A model whose predictions go through a function of them and of the features."""

    bend: Callable[[np.ndarray, pa.Table], np.ndarray]

    def predict(self, features, moment):
        scores = TrainedModel.predict(self, features, moment).to_numpy()
        return pa.array(self.bend(scores, features))


def bent(fitted: Fitted, bend: Callable[[np.ndarray, pa.Table], np.ndarray]) -> Fitted:
    model = fitted.model
    return replace(fitted, model=Bent(model.encoding, model.estimator, model.threshold, bend))


class KnowsNoShareBefore(Faithful):
    """Before training it gives everybody a half."""

    def untrained(self, positive_share=0.5):
        return Untrained(0.5)


class GivesLogOdds(Faithful):
    """It gives log-odds where probabilities are asked for."""

    def fit(self, given, seed, *, trials=None, progress=None):
        return bent(super().fit(given, seed), lambda scores, _: np.log(scores / (1 - scores)))


class SortsInPlace(Faithful):
    """It sorts a column in the memory that it was given."""

    def fit(self, given, seed, *, trials=None, progress=None):
        fitted = super().fit(given, seed)
        buffer = given.features["calls"].chunk(0).buffers()[1]
        octets = np.sort(np.frombuffer(buffer, np.int32)).tobytes()
        ctypes.memmove(buffer.address, octets, len(octets))
        return fitted


class GoesByTheFirstRow(Faithful):
    """Which example comes first decides what it learns."""

    def fit(self, given, seed, *, trials=None, progress=None):
        return super().fit(given, seed + (given.entity[0].as_py() if len(given) else 0) * 7919)


class KeepsSomethingBesideItself(Faithful):
    """Part of what it learnt is not in what is saved."""

    def fit(self, given, seed, *, trials=None, progress=None):
        return bent(super().fit(given, seed), lambda scores, _: np.clip(scores + 1e-3, 0, 1))


class GoesByTheBatch(Faithful):
    """Scores are levelled over the rows that come together."""

    def fit(self, given, seed, *, trials=None, progress=None):
        return bent(super().fit(given, seed), lambda scores, _: np.clip(scores - scores.mean() + 0.5, 0, 1))


class KnowsItsCategoriesOnly(Faithful):
    """A category never seen is an error."""

    def fit(self, given, seed, *, trials=None, progress=None):
        def bend(scores, features):
            numbers = {"basic": 0, "plus": 1, "max": 2}
            assert all(numbers[plan] >= 0 for plan in features["plan"].to_pylist())
            return scores

        return bent(super().fit(given, seed), bend)


@dataclass(frozen=True, slots=True)
class Guessing(TrainedModel):
    """A model to which a missing column is full of nulls."""

    def predict(self, features, moment):
        for column in examples(1).features.schema:
            if column.name not in features.column_names:
                features = features.append_column(column, pa.nulls(len(features), column.type))
        return TrainedModel.predict(self, features, moment)


class GuessesMissingColumns(Faithful):
    """It predicts without a column that it learnt from."""

    def fit(self, given, seed, *, trials=None, progress=None):
        fitted = super().fit(given, seed)
        return replace(fitted, model=Guessing(fitted.model.encoding, fitted.model.estimator, fitted.model.threshold))


class NeedsBothClasses(Faithful):
    """Where nothing happened, it fails in the middle."""

    def fit(self, given, seed, *, trials=None, progress=None):
        if len(given) > 100 and len(given.label.unique()) < 2:
            raise ValueError("This solver needs samples of at least 2 classes in the data")
        return super().fit(given, seed)


class NeedsManyExamples(Faithful):
    """Where there are few examples, it fails in the middle."""

    def fit(self, given, seed, *, trials=None, progress=None):
        if len(given) < 5:
            raise IndexError("index 4 is out of bounds")
        return super().fit(given, seed)


# Each with the further checks that cannot but fail with it.
ASK_FOR_PROBABILITIES = {
    "strangers_are_scored",
    "one_class_is_learnt_or_refused",
    "tiny_data_is_learnt_or_refused",
}
SABOTEURS: dict[str, tuple[type[Faithful], set[str]]] = {
    "predicts_before_training": (KnowsNoShareBefore, set()),
    "gives_probabilities": (GivesLogOdds, {"saved_and_loaded_equal"} | ASK_FOR_PROBABILITIES),
    "input_stays_as_it_is": (SortsInPlace, set()),
    "same_seed_same_model": (GoesByTheFirstRow, set()),
    "saved_and_loaded_equal": (KeepsSomethingBesideItself, set()),
    "one_row_scores_as_in_a_batch": (GoesByTheBatch, {"saved_and_loaded_equal"}),
    "strangers_are_scored": (KnowsItsCategoriesOnly, set()),
    "a_missing_column_is_told": (GuessesMissingColumns, set()),
    "one_class_is_learnt_or_refused": (NeedsBothClasses, set()),
    "tiny_data_is_learnt_or_refused": (NeedsManyExamples, set()),
}


def test_every_check_has_its_saboteur():
    assert list(SABOTEURS) == [check.name for check in all_checks(GROUP)]


def test_nothing_is_held_against_a_faithful_part(failing):
    assert failing(GROUP, BlueprintSubject("Faithful", Faithful())) == set()


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught_by_its_own_check_and_no_other(name, failing):
    blueprint, also = SABOTEURS[name]
    assert failing(GROUP, BlueprintSubject(blueprint.__name__, blueprint())) == {name} | also
