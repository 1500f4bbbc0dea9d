"""Review of a model's doubtful decisions by people, who have limited hours, take their time, and err."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from sandbox.scenario.language.terms import Duration
from sandbox.strict import Exactly, Strict

REVIEW = "review"
"""What figures of decisions after review begin with: `churn.review.saved.low`."""
REVIEW_FIGURES = (
    "saved", "saved.low", "saved.high", "reached", "wait_hours", "balanced_accuracy", "accuracy",
    "true_positive_rate", "false_positive_rate",
)  # fmt: skip


class Costs(Strict):
    """What decisions and reviewers cost, in money."""

    missed: float = Field(default=0.0, ge=0)
    """Of a no where it then happened."""
    false_alarm: float = Field(default=0.0, ge=0)
    """Of a yes where it did not."""
    hour: float = Field(default=0.0, ge=0)
    """Of an hour of reviewing."""


class Review(Strict):
    """Decisions in a band of risk go to people. Who is not reached in time gets the model's answer."""

    band: Annotated[list[float], Exactly(2)]
    """Scores from the first to the second are reviewed: `[0.3, 0.6]`."""
    reviewers: int = Field(ge=1, le=10_000)
    """How many people review at the same time."""
    takes: Duration = timedelta(minutes=15)
    """How long a review takes on average."""
    spread: float = Field(default=1.0, ge=0, le=5)
    """How much reviews differ in length, standard deviation by mean: 1 as by chance (exponential), 0 not at all."""
    hours: Annotated[list[float], Exactly(2)] = Field(default=[9.0, 17.0])
    """When they work, from hour to hour of the scenario's zone; `[0, 24]`: round the clock."""
    days: Literal["workdays", "every day"] = "workdays"
    """On which days they work."""
    wrong: float = Field(default=0.0, ge=0, le=1)
    """How often a reviewer decides wrongly."""
    within: Duration = timedelta(days=2)
    """How long a decision may wait; then the model's answer stands."""
    over: Duration = timedelta(days=7)
    """Over how long after the cut the decisions come in, at any hour."""
    costs: Costs = Costs()
    """What decisions and reviewers cost."""

    @field_validator("band", "hours")
    @classmethod
    def _rises_within_bounds(cls, ends: list[float], info: ValidationInfo) -> list[float]:
        most = 24 if info.field_name == "hours" else 1
        if not 0 <= ends[0] < ends[1] <= most:
            raise ValueError(f"got {ends[0]:g} to {ends[1]:g}, must rise, from 0 at the lowest to {most} at the most.")
        return ends
