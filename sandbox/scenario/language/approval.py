"""How far the work is, and who must agree before it is released."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.strict import Findings, Strict

Stage = Literal["spike", "proof of concept", "MVP", "production"]
RELEASED = ("MVP", "production")
"""Stages whose work reaches customers."""
PersonName = Annotated[str, Field(min_length=1, max_length=100)]


class Approval(Strict):
    """A release needs people who agree to it by name: `sandbox approve RUN --by NAME`."""

    by: list[PersonName] = Field(default=[])
    """Who may; without it, anybody who gives a name."""
    number: int = Field(default=1, ge=1, le=20)
    """How many different people it takes."""

    @classmethod
    def shorthand(cls) -> str:
        """`approval: [Ada Lovelace, Grace Hopper]`."""
        return "by"

    @model_validator(mode="after")
    def _enough_people(self) -> Approval:
        people = {name.casefold() for name in self.by}
        if len(people) < len(self.by):
            raise Findings([(("by",), "names somebody twice.")])
        if self.by and len(people) < self.number:
            raise Findings([(("number",), f"got {self.number}, but only {len(people)} may approve.")])
        return self
