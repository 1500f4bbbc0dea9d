"""The life of a history's entities: how they come, what changes them, how they leave and come back."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from sandbox.scenario.language.terms import Duration, Moment, Name, Rate
from sandbox.scenario.rhythms import DayShape, WeekShape
from sandbox.strict import Exactly, Findings, Strict, validated

NotNegative = Annotated[float, Field(ge=0, le=1e9)]


class Hazard(Strict):
    """How fast something happens to an entity: a base rate, times exp(sum of coefficient x column or expression)."""

    base: Rate
    """The rate where all columns are 0: `0.002 per day`."""
    effects: dict[str, float] = Field(default={})
    """Log hazard ratio per unit of each column or SQL expression."""

    @classmethod
    def read(cls, value: Any) -> Hazard:
        """A hazard as written: `{base: 0.002 per day, dropped_calls: 0.35}`; a bare rate is a constant hazard."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            value = {"base": value}
        if "base" not in value:
            raise Findings([(("base",), "is missing; write the rate, such as `base: 0.002 per day`.")])
        effects = {key: value[key] for key in value if key != "base"}
        try:
            return validated(cls, {"base": value["base"], "effects": effects})
        except Findings as error:
            raise Findings(
                [(path[1:] if path[:1] == ("effects",) else path, text) for path, text in error.findings]
            ) from None


HazardField = Annotated[Hazard, BeforeValidator(Hazard.read), WithJsonSchema({"part": "hazard"})]


class SignUps(Strict):
    """Entities come over the clock: some are there at its start, each of the others at a time of its own."""

    there: float = Field(ge=0, le=1)
    """Share of `rows` that is there when the clock starts; the others come while it runs."""
    before: Duration | None = None
    """Those who are there came at even chances within so long before the clock's start; else all came at it."""
    growth: float = Field(default=0.0, gt=-1, le=100)
    """By how much sign-ups grow in 30 days, compounding: 0.1 is a tenth more each time."""
    day: DayShape | Annotated[list[NotNegative], Exactly(24)] = "flat"
    """Rhythm of the day: a name, or 24 weights for the hours from midnight."""
    week: WeekShape | Annotated[list[NotNegative], Exactly(7)] = "flat"
    """Rhythm of the week: a name, or 7 weights for the days from Monday."""
    season: Annotated[list[NotNegative], Exactly(12)] | None = None
    """Factors for the twelve months from January."""


class Recent(Strict):
    """How much of something happened to an entity of late: hazards and conditions of its history may listen to it."""

    count: Name
    """The stream `of` this dataset whose events are counted."""
    where: str | None = None
    """SQL condition over the stream's columns: only events that satisfy it count."""
    within: Duration
    """Of how many whole days, up to the last midnight: `7 days`."""


class Leave(Strict):
    """An entity leaves: its last version is closed, for good unless the dataset has `returns`."""

    hazard: HazardField
    """How fast it happens: a rate, or a base rate with effects."""


class Returns(Strict):
    """Who has left may come back: a new version opens then, and nothing happens in between."""

    hazard: HazardField
    """How fast it happens, once `after` is over: a rate, or a base rate with effects."""
    after: Duration | None = None
    """How long everybody stays away at least."""
    set: dict[Name, str] = Field(default={})
    """SQL expressions over the entity's columns, as it left: what is different when it comes back."""
    when: str | None = None
    """SQL condition: only entities that satisfy it, as they left, come back."""


class Transition(Strict):
    """Something that changes an entity: a new version begins, with some columns set anew."""

    exactly_one: ClassVar = ("hazard", "after", "at")
    hazard: HazardField | None = None
    """It comes by chance, so fast: a rate, or a base rate with effects."""
    after: Duration | None = None
    """It comes a fixed time after the version began, or after `since`: `365 days`."""
    at: Moment | None = None
    """It comes at a moment of the clock, for everybody who is there: `day 40`, or a date."""
    since: str | None = None
    """With `after`: SQL that gives the date or time from which it counts, such as a column `contract_from`."""
    share: float = Field(default=1.0, gt=0, le=1)
    """With `after` or `at`: the share that it comes to, drawn for each entity."""
    set: dict[Name, str] = Field(min_length=1)
    """SQL expressions over the entity's columns."""
    when: str | None = None
    """SQL condition: only entities that satisfy it can change."""
