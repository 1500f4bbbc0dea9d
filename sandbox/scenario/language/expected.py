"""What is expected of an experiment's control before anybody has seen it: all that a plan ahead needs."""

from __future__ import annotations

from pydantic import Field, model_validator

from sandbox.scenario.language.terms import Name
from sandbox.strict import Findings, Strict


class Expected(Strict):
    """The control as it is expected, by which `sandbox experiment SCENARIO --plan` looks ahead; no data is made."""

    units: int = Field(ge=1)
    """New units a day, of all arms together."""
    means: dict[Name, float] = Field(min_length=1)
    """Of metrics by unit, by name; that of the primary one is needed. Of an `any` it is a share."""
    deviations: dict[Name, float] = Field(default={})
    """How units differ in a metric, as a standard deviation; of an `any` it follows from the mean."""

    @model_validator(mode="after")
    def _is_possible(self) -> Expected:
        found = [(("means", name), f"got {mean:g}, must not be 0.") for name, mean in self.means.items() if not mean]
        found += [
            (("deviations", name), f"got {value:g}, must be > 0.")
            for name, value in self.deviations.items()
            if value <= 0
        ]
        if found:
            raise Findings(list(found))
        return self
