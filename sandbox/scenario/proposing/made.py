"""How the values of a column are proposed to arise, and why; and guesses, with the question that each leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Made:
    """A generator as a scenario writes it.

    `kind` is the contract type of what it makes by itself, empty where only the scenario's validator can tell.
    `longest` is the length that its texts rarely pass. `why` is for a comment. Where nothing in the schema says so,
    `ask` is the question that the generator's configuration leaves; `{}` in it stands for the column.
    """

    generator: Mapping[str, Any]
    kind: str
    why: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    longest: int = 0
    pii: bool = False
    ask: str = ""

    @property
    def written(self) -> Mapping[str, Any]:
        """The generator as the scenario writes it: its configuration is a guess where there is a question."""
        return {kind: Guess(value, self.ask) for kind, value in self.generator.items()} if self.ask else self.generator


@dataclass(frozen=True, slots=True)
class Guess:
    """A value that stands in no schema: what is asked about it, and its ends where the guess has some."""

    value: Any
    ask: str
    low: Any = None
    high: Any = None

    @property
    def written(self) -> dict[str, Any]:
        """The value as a scenario assumes it."""
        ends = {end: value for end, value in (("low", self.low), ("high", self.high)) if value is not None}
        return {"value": self.value, "assumed": {"by": BY, **ends, "ask": self.ask}}


BY = "init"
"""Who makes these guesses, as scenarios and questions name it."""


def asking_of(value: Any, what: str) -> Any:
    """A value whose guesses, at any depth, ask about `what`."""
    if isinstance(value, Guess):
        return replace(value, value=asking_of(value.value, what), ask=value.ask.replace("{}", what))
    if isinstance(value, Mapping):
        return {key: asking_of(each, what) for key, each in value.items()}
    return [asking_of(each, what) for each in value] if isinstance(value, list) else value
