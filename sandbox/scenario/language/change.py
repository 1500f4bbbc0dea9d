"""Change over time: what happens to the world or to its feed from a moment on, to whom, and how strongly."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sandbox.scenario.language.terms import Duration, Moment, Name
from sandbox.strict import Strict

Share = Annotated[float, Field(gt=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100)]


class Recurring(Strict):
    """A change that comes and goes, by the local clock."""

    every: Duration
    """From one beginning to the next: `7 days`."""
    lasts: Duration = Field(alias="for")
    """How long it holds each time: `1 day`."""


class Course(Strict):
    """How the strength of a change goes with time."""

    exactly_one: ClassVar = ("gradual", "recurring")
    gradual: Duration | None = None
    """It grows evenly from 0 to 1 over so long."""
    recurring: Recurring | None = None
    """It comes and goes."""


class Change(Strict):
    """Something that changes over time. `change.<its name>` is its strength, 0 to 1, in the SQL of streams."""

    kind: Literal["campaign", "outage", "price", "launch", "drift", "fault", "schema"]
    """What it is called in the ledger of changes."""
    about: str = ""
    """What happens, in words; stands in the ledger."""
    since: Moment = Field(alias="from")
    """When it begins."""
    until: Moment | None = Field(default=None, alias="to")
    """When it is over; without it, it stays."""
    how: Literal["sudden"] | Course = "sudden"
    """At once with its whole strength, or `gradual`, or `recurring`."""
    of: Name | None = None
    """Whose rows it reaches: a dataset with streams. To be said with `share` or `where` where several have streams."""
    share: Share = 1.0
    """The share of them that it reaches, drawn once for each."""
    where: str | None = None
    """SQL condition over their columns: whom it may reach."""
    visits: dict[Name, Factor] = Field(default={})
    """Factor on how often they come, by stream; 0 is an outage. Of several, gains add up and losses multiply."""
    nulls: dict[Name, dict[Name, Share]] = Field(default={})
    """Shares of the values of columns that come as null, by stream; the world itself is as it was."""
    adds: dict[Name, Annotated[list[Name], Field(min_length=1)]] = Field(default={})
    """Columns that exist from its beginning on and for good, by stream: a new version of the contract."""
