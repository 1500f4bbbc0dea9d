"""Fairness of a model: by which groups its answers are told apart, and what `done:` lines may ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, field_validator

from sandbox.scenario.language.review import REVIEW
from sandbox.scenario.language.terms import Name
from sandbox.strict import Strict

PARITIES = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "equal_opportunity_difference",
    "calibration_difference",
)
"""How far groups lie apart, in the words of fairlearn; the last of scores rather than of answers."""
PARITY = "parity"
"""Under a model of a single grouping: `churn.parity.equalized_odds_difference`."""


class Fairness(Strict):
    """By which groups a model's answers are told apart. A group is what is known at the cut, feature or not."""

    by: Annotated[list[Name], Field(min_length=1)] | Annotated[dict[Name, str], Field(min_length=1)]
    """Columns of the model's dataset; or names, each with an SQL expression over these columns."""
    least: int = Field(default=30, ge=10, le=1_000_000)
    """A group with fewer test examples is told, but not held against the others."""

    @classmethod
    def shorthand(cls) -> str:
        """`fairness: [region]`."""
        return "by"

    @field_validator("by")
    @classmethod
    def _none_twice(cls, by: list[str] | dict[str, str]) -> list[str] | dict[str, str]:
        again = sorted({name for name in by if list(by).count(name) > 1})
        if again:
            raise ValueError(f"names {', '.join(again)} twice.")
        if taken := sorted({PARITY, REVIEW} & set(by)):
            raise ValueError(f"`{taken[0]}` has a meaning in `done:` lines; call the grouping otherwise.")
        return by

    @property
    def groupings(self) -> Mapping[str, str]:
        """SQL by the name of the grouping."""
        return self.by if isinstance(self.by, dict) else {name: f'"{name}"' for name in self.by}

    @property
    def figures(self) -> tuple[str, ...]:
        """What a `done:` line may ask for: a parity (whose whole interval must pass) or an end of its interval."""
        alone = [PARITY] if len(self.by) == 1 else []
        return tuple(
            f"{grouping}.{parity}{end}"
            for grouping in (*alone, *self.by)
            for parity in PARITIES
            for end in ("", ".low", ".high")
        )
