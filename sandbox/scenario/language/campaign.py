"""A campaign as an experiment: those whom a model scores high are contacted, but for a holdout by chance."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from sandbox.scenario.language.terms import Moment, Name
from sandbox.strict import Strict

CAMPAIGN_FIGURES = ("effect.low", "effect.high", "profit.low", "profit.high", "sample_ratio.p_value")
"""What a `done:` line may ask of a campaign: ends of intervals, never the point between them."""


class Worth(Strict):
    """What a campaign is about, in money."""

    event: float
    """Of what the model predicts, for one customer: below 0 where it is a loss, as churn is."""
    contact: float = Field(default=0.0, ge=0)
    """What one contact costs."""


class Campaign(Strict):
    """Whom a model scores high is contacted at a moment; a holdout by chance is not, and tells what that did."""

    exactly_one: ClassVar = ("above", "top")
    about: str = ""
    """What is tried, in words."""
    model: Name
    """By whose scores; its label, over the same time from the campaign's moment on, is the outcome."""
    at: Moment
    """When; the model learns from labels that are known by then."""
    above: float | None = Field(default=None, ge=0, lt=1)
    """Scores from here on are contacted."""
    top: float | None = Field(default=None, gt=0, le=1)
    """Or the share of all that is contacted, the highest scores first."""
    holdout: float = Field(default=0.2, gt=0, lt=1)
    """The share of these that is left alone, by chance."""
    set: Annotated[dict[Name, str], Field(min_length=1)]
    """What a contact changes: SQL over the customer's columns. Hazards that listen to these do the rest."""
    worth: Worth
    """What it is about, in money."""
