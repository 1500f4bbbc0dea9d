"""What a blueprint is given and what it gives back: the words that every file of this room shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.errors import InputError, Problem

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Progress = Callable[[str, int, int | None], None]
"""Told what is being done, how many steps of it are, and of how many (None: nobody knows)."""

MOMENT = pa.timestamp("us", "UTC")
SCORE_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Examples:
    """What a model learns from: one row an entity and moment.

    `entity` holds ids (integers or text), `moment` the cut that each example was taken at (timestamp[us, UTC]),
    `features` what was known then, `label` what came after it (bool). `window` is how long after its moment a
    label is fully known.
    """

    entity: pa.Array
    moment: pa.Array
    features: pa.Table
    label: pa.Array
    window: timedelta = timedelta()

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: Rows) -> Examples:
        """The examples at the given row numbers."""
        index = pa.array(rows)
        entity, moment, label = (part.take(index) for part in (self.entity, self.moment, self.label))
        return Examples(entity, moment, self.features.take(index), label, self.window)

    def in_order(self) -> Examples:
        """The examples by entity and moment, so that the order in which they came changes nothing.

        Raises:
            InputError: with every problem: lengths that differ, nulls, a label that is not bool, no examples,
                the same entity twice at one moment, two features of one name.
        """
        plain = Examples(_ids(self.entity), _whole(self.moment), self.features, _whole(self.label), self.window)
        problems = plain._problems()
        if problems:
            raise InputError(problems)
        keys = pa.table({"entity": plain.entity, "moment": plain.moment.cast(MOMENT)})
        order = pc.sort_indices(keys, sort_keys=[("entity", "ascending"), ("moment", "ascending")])
        ordered = plain.take(order.to_numpy())
        if len(ordered) > 1:
            again = pc.and_(
                pc.equal(ordered.entity[1:], ordered.entity[:-1]), pc.equal(ordered.moment[1:], ordered.moment[:-1])
            )
            twice = pc.sum(again).as_py()
            if twice:
                raise InputError(
                    Problem(f"{twice} examples repeat an entity at the same moment; give one row for each.", "entity")
                )
        return ordered

    def _problems(self) -> list[Problem]:
        if not self.features.num_columns:
            return [Problem("there are no columns; a model needs at least one feature.", "features")]
        parts = {"entity": self.entity, "moment": self.moment, "features": self.features, "label": self.label}
        if len({len(part) for part in parts.values()}) > 1:
            told = ", ".join(f"{name} {len(part)}" for name, part in parts.items())
            return [Problem(f"the parts of the examples differ in their rows: {told}.")]
        if not len(self):
            return [Problem("there are no examples; a model needs at least one entity with a known label.")]
        found = [
            Problem(f"{part.null_count} of {len(self)} are null; leave those examples out.", name)
            for name, part in (("entity", self.entity), ("moment", self.moment), ("label", self.label))
            if part.null_count
        ]
        if not (pa.types.is_integer(self.entity.type) or pa.types.is_string(self.entity.type)):
            found.append(Problem(f"is {self.entity.type}, must be whole numbers or text; cast it.", "entity"))
        if not pa.types.is_boolean(self.label.type):
            found.append(Problem(f"is {self.label.type}, must be bool: true where it happened.", "label"))
        if not pa.types.is_timestamp(self.moment.type):
            found.append(Problem(f"is {self.moment.type}, must be a timestamp.", "moment"))
        names = self.features.column_names
        found += [
            Problem("there are two features of this name.", f"features.{name}")
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
        return found


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; nan where the data cannot tell."""

    value: float
    low: float
    high: float


class Model(Protocol):
    """What gives each row of features the probability that its label is true."""

    @property
    def threshold(self) -> float:
        """A probability from here on counts as a yes."""

    def predict(self, features: pa.Table, moment: pa.Array | datetime) -> pa.Array:
        """Probabilities, float64 in steps of 1e-9, one a row; `features` stays as it is."""


class Blueprint(Protocol):
    """How a kind of model is built; its configuration is a part of the group `sandbox.blueprints`."""

    def untrained(self, positive_share: float = 0.5) -> Model:
        """The model before it has seen anything: the share it was told, for everybody."""

    def fit(
        self, examples: Examples, seed: int, *, trials: int | None = None, progress: Progress | None = None
    ) -> Fitted:
        """Learn from the examples. Raises InputError where they make no sense."""


@dataclass(frozen=True, slots=True)
class Untrained:
    """A model that knows nothing but how common the label is."""

    positive_share: float = 0.5
    threshold: float = 0.5

    def predict(self, features: pa.Table, moment: pa.Array | datetime) -> pa.Array:
        """The same probability for every row."""
        return pa.array(quantised(np.full(features.num_rows, self.positive_share)))


def quantised(scores: Floats) -> Floats:
    """Probabilities in steps of 1e-9, never quite 0 or 1: what decides must not hang on a last bit."""
    step = 10.0**-SCORE_DECIMALS
    kept: Floats = np.clip(np.round(scores, SCORE_DECIMALS), step, 1 - step)
    return kept


def ignore_progress(what: str, done: int, of: int | None) -> None:
    """The listener of whoever does not want to know."""


def flags(label: Any) -> NDArray[np.bool_]:
    """Labels as a NumPy array of bool."""
    return np.asarray(label, dtype=np.bool_)


def _ids(values: Any) -> pa.Array:
    """Ids as integers or plain text, whichever way Arrow packs them."""
    ids = _whole(values)
    if pa.types.is_dictionary(ids.type):
        ids = ids.cast(ids.type.value_type)
    if pa.types.is_large_string(ids.type) or pa.types.is_string_view(ids.type):
        ids = ids.cast(pa.string())
    return ids


def _whole(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
