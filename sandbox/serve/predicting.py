"""Predictions of a run's models for everybody, as of the clock's end: made once, then looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.mart import feature_table
from sandbox.models.saving import load
from sandbox.runs.modelling import mart_over
from sandbox.runs.questions import in_words, question_of, visible_contracts

if TYPE_CHECKING:
    from sandbox.runs.ended import Run
    from sandbox.scenario.loader import Loaded

CUSTOMER = "customer"


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a model says of everybody it knows."""

    label: str
    threshold: float
    moment: datetime
    probability: Mapping[str, float]
    """By id, as text."""


NO_RUN = "is answered from a run that has built the model: `sandbox run`, then start this server again."


@dataclass(frozen=True, eq=False)
class Predictions:
    """The scenario's models, and what those of a run predict."""

    keys: Mapping[str, str]
    """The parameter that names whom a model is asked about, by model."""
    made: Mapping[str, Predicted] = field(default_factory=dict)
    mend: str = NO_RUN
    """What is said of a model that was not built."""

    @classmethod
    def of(cls, loaded: Loaded, customers: str, run: Run | None) -> Predictions:
        """Those of a run; none without one.

        Args:
            loaded: the scenario.
            customers: the dataset whose rows are asked for as `customer`.
            run: whose models and landed data.
        Raises:
            InputError: a model cannot be read, or its features do not fit what landed.
        """
        plan = loaded.plan
        keys = {
            name: CUSTOMER if model.of == customers else plan.datasets[model.of].contract.primary_key[0]
            for name, model in plan.models.items()
        }
        built = [] if run is None else [each.name for each in run.record.models if not each.failure]
        made = {name: _predicted(loaded, name, run) for name in built if run is not None and name in keys}
        if run is None:
            mend = f"is answered from a run that has built it: sandbox run {plan.file}, then start this server again."
        else:
            mend = f"is not in the run {run.folder.name}; name one that has built it with --run."
        return cls(keys, made, mend)

    @property
    def names(self) -> Sequence[str]:
        """Of the scenario's models, whether or not they were built."""
        return list(self.keys)

    def about(self, name: str, who: str) -> dict[str, Any] | None:
        """What a model says of somebody; None for whoever it does not know."""
        made = self.made[name]
        probability = made.probability.get(who)
        if probability is None:
            return None
        return {
            self.keys[name]: who,
            "model": name,
            "label": made.label,
            "probability": probability,
            "predicted": probability >= made.threshold,
            "as_of": made.moment.isoformat().replace("+00:00", "Z"),
        }


def _predicted(loaded: Loaded, name: str, run: Run) -> Predicted:
    plan, asked = loaded.plan, question_of(loaded, name)
    mart = mart_over(plan, {each: _files(run.folder.landing / each) for each in visible_contracts(plan)})
    features = feature_table(mart, asked, plan.clock.end_us)
    moment = datetime.fromtimestamp(plan.clock.end_us / 1e6, UTC)
    saved = load(run.folder.model(name))
    found = saved.predict(features.drop_columns([asked.entity]), moment)
    who = [str(each) for each in features[asked.entity].to_pylist()]
    probability = dict(zip(who, found.to_pylist(), strict=True))
    return Predicted(in_words(plan.models[name]), saved.threshold, moment, probability)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.parquet"))
