"""The blueprint `classify`: will it happen to this entity, yes or no? What a scenario may say about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from sandbox.registry import Part
from sandbox.scenario.quantities import DURATION_PATTERN, describe_duration, duration
from sandbox.strict import Findings, Strict

if TYPE_CHECKING:
    from sandbox.models.base import Examples, Progress, Untrained
    from sandbox.models.fitted import Fitted

CandidateName = Literal["majority", "logistic", "gradient_boosting", "neural_net"]
Judge = Literal["accuracy", "balanced_accuracy", "roc_auc", "average_precision", "log_loss", "brier"]

Duration = Annotated[
    timedelta, BeforeValidator(duration), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
]

TRIALS = 20
TEST_SHARE = 0.3


class Spike(Strict):
    """The box that tuning must fit in: what is not better when it is full is abandoned."""

    exactly_one: ClassVar = ("trials", "time")
    trials: int | None = Field(default=None, ge=1, le=10_000)
    """How many settings are tried, over all candidates together."""
    time: Duration | None = None
    """How long tuning may take; the run says how many trials that held and is repeated by that number alone."""

    def __str__(self) -> str:
        return f"{self.trials} trials" if self.time is None else describe_duration(self.time)


class SplitRule(Strict):
    """Who is kept for the test: a share of the entities, or the latest moment."""

    by: Literal["group", "time"] = "group"
    """`group`: some entities with all their moments; `time`: the latest moment."""
    test: float | None = Field(default=None, gt=0, lt=1)
    """Share of the entities in the test, for `by: group`."""

    @model_validator(mode="after")
    def _share_of_a_group(self) -> SplitRule:
        if self.by == "time" and self.test is not None:
            raise Findings([(("test",), "has no meaning with `by: time`: the latest moment is the test; take it out.")])
        return self

    @property
    def test_share(self) -> float:
        """The share of the entities that a split by group keeps for the test."""
        return TEST_SHARE if self.test is None else self.test


class ClassifyConfig(Part):
    """Baselines for a yes-or-no label, tuned inside a box and measured on entities or a moment not learnt from."""

    candidates: list[CandidateName] = Field(default=["majority", "logistic", "gradient_boosting", "neural_net"])
    """What is tried, the simplest first; `majority` is always among them."""
    spike: Spike = Spike(trials=TRIALS)
    """The box that tuning must fit in: `{trials: 20}` or `{time: 2m}`."""
    judge: Judge = "balanced_accuracy"
    """The metric that tuning and the choice of the champion go by."""
    split: SplitRule = SplitRule()
    """Who is kept for the test: `{by: group, test: 0.3}` or `{by: time}`."""
    bootstrap: int = Field(default=1000, ge=100, le=100_000)
    """Resamples behind each 95 % interval."""

    @model_validator(mode="after")
    def _no_candidate_twice(self) -> ClassifyConfig:
        again = sorted({name for name in self.candidates if self.candidates.count(name) > 1})
        if again:
            raise Findings([(("candidates",), f"names {', '.join(again)} twice.")])
        return self

    @property
    def figures(self) -> tuple[str, ...]:
        """What a `done:` line may ask of such a model."""
        from sandbox.models.metrics import METRICS

        return tuple(METRICS)

    def untrained(self, positive_share: float = 0.5) -> Untrained:
        """The model before it has seen anything: the same probability for everybody."""
        from sandbox.models.base import Untrained

        return Untrained(positive_share)

    def fit(
        self, examples: Examples, seed: int, *, trials: int | None = None, progress: Progress | None = None
    ) -> Fitted:
        """Tune, choose and measure the candidates.

        Args:
            examples: what to learn from, in any order.
            seed: same examples, configuration and seed, same result.
            trials: repeat a box of time by the number of trials that it held.
            progress: told about each trial and each candidate's measuring.
        Raises:
            InputError: the examples make no sense, every reason at once.
        """
        from sandbox.models.base import ignore_progress
        from sandbox.models.fitting import fit

        config = self if trials is None else self.model_copy(update={"spike": Spike(trials=trials)})
        return fit(examples, config, seed, progress or ignore_progress)
