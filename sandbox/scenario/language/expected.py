"""What is expected of an experiment's control before anybody has seen it: all that a plan ahead needs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from sandbox.scenario.language.terms import Name
from sandbox.strict import Findings, Strict


class Expected(Strict):
    """The control as it is expected, by which `sandbox experiment SCENARIO --plan` looks ahead; no data is made."""

    units: int = Field(ge=1)
    """New units a day, of all arms together."""
    means: dict[Name, float] = Field(min_length=1)
    """Of metrics by unit, by name; that of the primary one is needed. Of an `any` it is a share."""
    deviations: dict[Name, Annotated[float, Field(gt=0)]] = Field(default={})
    """How units differ in a metric, as a standard deviation; of an `any` it follows from the mean."""

    @field_validator("means")
    @classmethod
    def _are_not_nothing(cls, means: dict[str, float]) -> dict[str, float]:
        nothing = [name for name, mean in means.items() if not mean]
        if nothing:
            raise Findings([((name,), "got 0; nobody can lift nothing.") for name in nothing])
        return means
