"""What is tried, from the majority class to a small neural net: each with its box of settings and its way to learn.

Every candidate learns on one thread: sums then have one order, and the same rows give the same bits whatever the
number of processors. On tables of some thousand rows more threads also cost more than they bring.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from sandbox.models.base import Floats

Label = NDArray[np.bool_]
Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One fitting: the encoded rows, their labels, which columns are codes of categories, and the seed."""

    matrix: Floats
    label: Label
    categorical: list[int]
    seed: int

    @property
    def numbers(self) -> list[int]:
        """Matrix columns that hold numbers."""
        return [column for column in range(self.matrix.shape[1]) if column not in self.categorical]

    @property
    def positive_share(self) -> float:
        """How common the label is; a half where there are no rows to tell."""
        return float(self.label.mean()) if len(self.label) else 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to learn: `box` lists the values of each setting, the first of each being where tuning begins."""

    name: str
    title: str
    train: Callable[[Task, Parameters], Any]
    box: Mapping[str, tuple[Any, ...]]


def one_thread() -> AbstractContextManager[Any]:
    """While it lasts, the libraries below scikit-learn work on one thread."""
    limited: AbstractContextManager[Any] = _libraries().limit(limits=1)
    return limited


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def train_majority(task: Task, parameters: Parameters) -> Any:
    """Everybody gets the share of the positives."""
    return prior(task.positive_share)


def prior(positive_share: float) -> Any:
    """An estimator that gives `positive_share` to every row, 0 and 1 included."""
    classifier = DummyClassifier(strategy="prior")
    return classifier.fit(np.zeros((2, 1)), [False, True], sample_weight=[1 - positive_share, positive_share])


def train_logistic(task: Task, parameters: Parameters) -> Any:
    """Logistic regression on scaled numbers and one-hot categories, its weights held small by an L2 penalty."""
    # So many steps are never reached on scaled columns; a smaller limit would only warn where it cut off.
    classifier = LogisticRegression(C=parameters["C"], max_iter=10_000)
    prepared = preparation(task, parameters["numbers"])
    return make_pipeline(prepared, classifier).fit(task.matrix, task.label)


def train_boosting(task: Task, parameters: Parameters) -> Any:
    """Gradient boosting of shallow trees on binned columns; nulls and categories go their own way in each split."""
    classifier = HistGradientBoostingClassifier(
        **parameters, categorical_features=task.categorical, early_stopping=False, random_state=task.seed
    )
    return classifier.fit(_without_empty_columns(task.matrix), task.label)


def train_net(task: Task, parameters: Parameters) -> Any:
    """A small multilayer perceptron, trained for a set number of passes rather than until it stands still."""
    prepared = preparation(task, parameters["numbers"])
    inputs = prepared.fit_transform(task.matrix)
    net = MLPClassifier(
        hidden_layer_sizes=tuple(parameters["hidden"]),
        alpha=parameters["alpha"],
        learning_rate_init=parameters["learning_rate"],
        batch_size=min(128, len(task.label)),
        random_state=task.seed,
    )
    for _ in range(parameters["passes"]):
        net.partial_fit(inputs, task.label, classes=[False, True])
    return Pipeline([("preparation", prepared), ("net", net)])


def _without_empty_columns(matrix: Floats) -> Floats:
    """Zeros for columns that hold nothing in these rows: boosting cannot bin them, and no split can use them."""
    empty = np.isnan(matrix).all(axis=0)
    return np.where(empty, 0.0, matrix) if empty.any() else matrix


def preparation(task: Task, numbers: str) -> Any:
    """Medians for nulls with a column that marks them, scaling or ranks, and one-hot categories; dense."""
    if numbers == "ranks":
        scaler = QuantileTransformer(
            n_quantiles=min(100, len(task.label)), output_distribution="normal", random_state=task.seed
        )
    else:
        scaler = StandardScaler()
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    parts = [
        ("numbers", make_pipeline(imputer, scaler), task.numbers),
        ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), task.categorical),
    ]
    return ColumnTransformer([part for part in parts if part[2]])


CANDIDATES: dict[str, Candidate] = {
    candidate.name: candidate
    for candidate in (
        Candidate("majority", "the majority class", train_majority, {}),
        Candidate(
            "logistic",
            "logistic regression",
            train_logistic,
            {"C": (0.1, 1.0, 0.01, 10.0, 0.001, 0.03, 0.3, 3.0), "numbers": ("standard", "ranks")},
        ),
        Candidate(
            "gradient_boosting",
            "gradient boosting",
            train_boosting,
            {
                "learning_rate": (0.1, 0.05, 0.03, 0.2),
                "max_iter": (60, 30, 120),
                "max_leaf_nodes": (8, 4, 15, 31),
                "min_samples_leaf": (20, 10, 50, 100),
                "l2_regularization": (1.0, 0.0, 10.0),
            },
        ),
        Candidate(
            "neural_net",
            "a small neural net",
            train_net,
            {
                "hidden": ((16,), (8,), (32,), (32, 16)),
                "alpha": (1.0, 0.1, 0.01, 3.0),
                "learning_rate": (0.003, 0.01, 0.001),
                "passes": (20, 10, 40),
                "numbers": ("standard", "ranks"),
            },
        ),
    )
}
