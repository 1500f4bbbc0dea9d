"""A stream of behaviour: how often customers come, which way they take through a visit, and what they choose."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from sandbox.scenario.language.column import Nested
from sandbox.scenario.language.terms import Duration, Name
from sandbox.scenario.quantities import duration
from sandbox.scenario.rhythms import DayShape, WeekShape
from sandbox.strict import Exactly, Findings, Strict, show, validated

LEAVE = "leave"
"""The way out of a visit; no state may have this name."""

NotNegative = Annotated[float, Field(ge=0, le=1e9)]
Weight = NotNegative | str


def _day(value: Any) -> datetime.date:
    """A day as a key of YAML, which must be text. Raises ValueError."""
    try:
        return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"got '{str(value)[:40]}', must be a date such as \"2026-12-25\".") from None


Day = Annotated[datetime.date, BeforeValidator(_day)]


class Visits(Strict):
    """How often each customer comes: a Poisson process with the rhythm of day, week and year in the scenario's zone."""

    per_day: NotNegative | str
    """Visits of a customer per day, on average over a plain week: a number, or SQL over `parent.` columns."""
    spread: Annotated[float, Field(ge=0, le=10)] = 0.0
    """How much customers differ beyond that: the coefficient of variation of a gamma factor with mean 1."""
    day: DayShape | Annotated[list[NotNegative], Exactly(24)] = "flat"
    """Rhythm of the day: a name, or 24 weights for the hours from midnight."""
    week: WeekShape | Annotated[list[NotNegative], Exactly(7)] = "flat"
    """Rhythm of the week: a name, or 7 weights for the days from Monday."""
    hours: Annotated[list[NotNegative], Exactly(168)] | None = None
    """In place of `day` and `week`: 168 weights for the hours of the week, from Monday's midnight."""
    season: Annotated[list[NotNegative], Exactly(12)] | None = None
    """Factors for the twelve months from January."""
    holidays: dict[Day, NotNegative] = Field(default={})
    """Factors for single days: `{"2026-12-25": 0.1}`."""
    growth: Annotated[float, Field(gt=-1, le=100)] = 0.0
    """By how much visits of a customer grow in 30 days, compounding: 0.1 is a tenth more each time."""
    known: Annotated[float, Field(ge=0, le=1)] | str = 1.0
    """Share of visits in which the customer is known from the start; else from the first state that `logs_in`."""
    devices: Annotated[int, Field(ge=1, le=100)] = 1
    """On how many devices a customer comes; each has a `visitor` id of its own."""
    longest: Duration = datetime.timedelta(hours=2)
    """What would come later after a visit's start does not come any more."""


class Shelf(Strict):
    """What is shown to a visitor: a list of items, made by a policy, of which one may be clicked."""

    slots: Annotated[int, Field(ge=1, le=100)]
    """How many items are shown at most."""
    to: Name
    """The state that a click leads to, with the item that was clicked."""
    emits: Name | None = None
    """The event of a click."""
    outside: Annotated[float, Field(ge=-50, le=50)] = 3.0
    """Utility of clicking nothing: the higher it is, the fewer clicks."""
    position: Annotated[float, Field(ge=-10, le=0)] = -0.2
    """What each further place from the top adds to an item's utility."""


def _item(value: Any) -> Any:
    return {"of": value} if isinstance(value, str) and value != "same" else value


def _dwell(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return {"exponential": duration(value).total_seconds()}
        except ValueError:
            return value
    return value


Dwell = Annotated[Nested, BeforeValidator(_dwell)]
"""How long something takes: a length of time, on average (exponential), or a generator of seconds."""


class Pick(Strict):
    """Which item a state is about: one that the visitor chooses among a handful that come to mind."""

    of: Name
    """The dataset of the items."""
    among: Literal["popular", "any"] | str = "popular"
    """What comes to mind: `popular` items, `any`, or those that share this column's value with the item before."""


class State(Strict):
    """A state of a journey: what it emits, what it is about, how long it lasts, and where it leads."""

    emits: Name | None = None
    """The event that being here is told by; a state without one leaves no trace."""
    item: Annotated[Pick | Literal["same"] | Name, BeforeValidator(_item)] | None = None
    """A dataset: an item of it is chosen. `same`: the item of the state before."""
    then: dict[str, Weight] = Field(default={})
    """Where it leads, by weight: other states and `leave`. A weight is a number, or SQL."""
    after: Dwell | None = None
    """How long after this state the next one comes: `20s` on average (exponential), or a generator of seconds."""
    logs_in: bool = False
    """From here on in the visit it is known who the customer is."""
    shows: Shelf | None = None
    """What is shown here."""


class Choosing(Strict):
    """How an item is chosen: a handful comes to mind, one is taken by a multinomial logit over their utilities."""

    consider: Annotated[int, Field(ge=1, le=100)] = 6
    """How many items come to mind."""
    popularity: Annotated[float, Field(ge=0, le=5)] = 1.0
    """Zipf exponent of how easily items come to mind; 0 makes all the same."""
    taste: Annotated[float, Field(ge=0, le=20)] = 0.0
    """Weight of hidden taste in an item's utility; the customers' dataset says `taste: {factors: 8}`."""
    utility: dict[str, Annotated[float, Field(ge=-1e6, le=1e6)]] = Field(default={})
    """What else adds to it: coefficients of SQL over `item.` and `parent.` columns."""
    since: Name | None = None
    """The items' column that tells from when each is there; before, it does not come to mind."""


class Taste(Strict):
    """Hidden tastes of the rows of a dataset: normal factors that only the truth knows."""

    factors: Annotated[int, Field(ge=1, le=64)] = 8
    """How many."""


class Journey(Strict):
    """The states of a visit by name; it begins in the first, or as `enter` says."""

    exactly_one: ClassVar = ()
    states: dict[Name, State] = Field(min_length=1)
    enter: dict[Name, NotNegative] = Field(default={})

    @classmethod
    def read(cls, value: Any) -> Journey:
        """A journey as written: states by name, and `enter` beside them."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be states by name.")])
        found = {} if "enter" not in value else {"enter": value["enter"]}
        states = {key: state for key, state in value.items() if key != "enter"}
        try:
            return validated(cls, {"states": states, **found})
        except Findings as error:
            raise Findings(
                [(path[1:] if path[:1] == ("states",) else path, text) for path, text in error.findings]
            ) from None


JourneyField = Annotated[Journey, BeforeValidator(Journey.read), WithJsonSchema({"part": "journey"})]
