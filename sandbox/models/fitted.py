"""What a blueprint built: the champion, everything it was held against, and how all of it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.models.base import Estimate, Floats
from sandbox.models.curves import Confusion, Curves
from sandbox.models.encoding import ColumnUse
from sandbox.models.importance import Importance
from sandbox.models.trained import TrainedModel
from sandbox.models.tuning import Box

if TYPE_CHECKING:
    from sandbox.models.classify import ClassifyConfig


@dataclass(frozen=True, slots=True)
class Standing:
    """One candidate with its best setting: what it reached in tuning, and on the test."""

    name: str
    title: str
    parameters: Mapping[str, Any]
    trials: int
    """How many settings of it the box held; 0 where there is nothing to tune."""
    validation: float
    """The judged metric in tuning; the champion is chosen by it alone."""
    threshold: float
    metrics: Mapping[str, Estimate]
    """On the test."""
    scores: Floats = field(repr=False)
    """Probabilities of the test rows, in their order."""
    kept: bool = False
    remark: str = ""
    """Why it is the champion, or why it was abandoned."""


@dataclass(frozen=True, slots=True)
class SideCounts:
    """How many examples and entities were learnt from and tested on, and how common the label is on either side."""

    by: str
    training: int
    test: int
    training_entities: int
    test_entities: int
    training_positive_share: float
    test_positive_share: float
    purged: int
    """Examples on neither side, because their label was not known when the test began."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A finished fit; two of the same examples, configuration and seed are the same in every figure."""

    config: ClassifyConfig
    seed: int
    model: TrainedModel = field(repr=False)
    leaderboard: tuple[Standing, ...]
    """In the order of the candidates, the simplest first."""
    champion: str
    sides: SideCounts
    box: Box
    columns: tuple[ColumnUse, ...]
    curves: Curves = field(repr=False)
    confusion: Confusion
    importance: tuple[Importance, ...]
    test: pa.Table = field(repr=False)
    """One row a test example, by entity and moment: entity, moment, label, score and predicted of the champion."""
    sentences: tuple[str, ...] = ()
    """What was done, in plain words."""

    @property
    def champion_standing(self) -> Standing:
        """The candidate that was kept."""
        return self.standing(self.champion)

    @property
    def trivial(self) -> Standing:
        """The majority class."""
        return self.standing("majority")

    @property
    def metrics(self) -> Mapping[str, Estimate]:
        """The champion's metrics on the test."""
        return self.champion_standing.metrics

    @property
    def threshold(self) -> float:
        """A probability from here on counts as a yes."""
        return self.model.threshold

    def standing(self, name: str) -> Standing:
        """The standing of a candidate. Raises KeyError where it was not built."""
        for standing in self.leaderboard:
            if standing.name == name:
                return standing
        raise KeyError(name)

    def predict(self, features: pa.Table, moment: pa.Array | datetime) -> pa.Array:
        """The champion's probabilities; see `TrainedModel.predict`."""
        return self.model.predict(features, moment)
