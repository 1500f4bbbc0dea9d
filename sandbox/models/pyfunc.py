"""A saved model as MLflow calls one: the flavour `python_function` of an exported model names this module.

It asks for nothing of MLflow; whoever predicts has `sandbox` installed, whose models hold no code of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from sandbox.errors import InputError, Problem
from sandbox.models.saving import SavedModel, load

PROBABILITY, POSITIVE = "probability", "positive"
"""What a prediction tells of a row: how likely the label is, and whether that is a yes by the model's threshold."""
_MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Scorer:
    """What MLflow calls."""

    saved: SavedModel

    def predict(self, model_input: pd.DataFrame, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Score rows of features.

        Args:
            model_input: the columns that the model learnt from, in any order: numbers, true or false, texts, dates or
                moments, times of day as text, durations in seconds. A column `moment` says when they were known, which
                dates are counted back from; now, where there is none.
            params: none are known.
        Returns:
            `probability` and `positive`, a row a row.
        Raises:
            InputError: a column is missing or of another kind; every one is told.
        """
        columns = [column for column in self.saved.model.encoding.columns if column.name in model_input]
        table = pa.table({column.name: _array(column.name, column.kind, model_input) for column in columns})
        moment = _array(_MOMENT, "date", model_input) if _MOMENT in model_input else datetime.now(UTC)
        probability = self.saved.predict(table, moment).to_numpy()
        return pd.DataFrame(
            {PROBABILITY: probability, POSITIVE: probability >= self.saved.threshold}, index=model_input.index
        )


def _load_pyfunc(path: str) -> Scorer:
    """What MLflow asks a flavour's module for. Raises InputError: there is no model in the folder that can be read."""
    return Scorer(load(Path(path)))


def _array(name: str, kind: str, frame: pd.DataFrame) -> pa.Array:
    """A column as the kind that was learnt, from what CSV and JSON make of it."""
    try:
        return _READ[kind](frame[name])
    except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError, TypeError) as error:
        raise InputError(Problem(f"is no {kind}: {error}.", name)) from None


_READ: Mapping[str, Callable[[pd.Series[Any]], pa.Array]] = {
    "number": lambda found: pa.array(pd.to_numeric(found), pa.float64(), from_pandas=True),
    "boolean": lambda found: pa.array(found.astype(object), pa.bool_(), from_pandas=True),
    "category": lambda found: pa.array(found.astype(object), pa.string(), from_pandas=True),
    "date": lambda found: pa.array(pd.to_datetime(found, utc=True), pa.timestamp("us", "UTC"), from_pandas=True),
    "time of day": lambda found: pa.array(found.astype(object), pa.string(), from_pandas=True).cast(pa.time64("us")),
    "duration": lambda found: pa.array(pd.to_timedelta(found, unit="s"), pa.duration("us"), from_pandas=True),
}
