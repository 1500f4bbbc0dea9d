"""A model that has learnt: it reads features, encodes them as it learnt to, and gives probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from sandbox.models.candidates import one_thread
from sandbox.models.encoding import Encoding
from sandbox.models.tuning import probabilities


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """An estimator of scikit-learn behind the encoding that it was trained on."""

    encoding: Encoding
    estimator: Any
    threshold: float
    """A probability from here on counts as a yes."""

    def predict(self, features: pa.Table, moment: pa.Array | datetime) -> pa.Array:
        """Probabilities, float64 in steps of 1e-9, one a row.

        Args:
            features: the columns learnt from, in any order; others are ignored, unknown categories count as rare.
            moment: when the features were known, one for all rows or one each.
        Raises:
            InputError: a column is missing or of another kind; every one is told.
        """
        matrix = self.encoding.matrix(features, moment)
        with one_thread():
            return pa.array(probabilities(self.estimator, matrix))
