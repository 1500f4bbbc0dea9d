"""A dataset: how many rows, how it knows time, what happens to its entities, its columns."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from sandbox.scenario.language.column import ColumnField, Nested
from sandbox.scenario.language.life import Leave, Recent, Returns, SignUps, Transition
from sandbox.scenario.language.stream import Choosing, JourneyField, Taste, Visits
from sandbox.scenario.language.terms import Name
from sandbox.strict import Findings, Strict

MOST_ROWS = 10**12


class Correlation(Strict):
    """Columns whose values move together: a Gaussian copula over their own distributions."""

    exactly_one: ClassVar = ("rho", "matrix")
    columns: list[Name] = Field(min_length=2, max_length=200)
    """Which; each must be drawn from a distribution."""
    rho: float | None = Field(default=None, ge=-1, le=1)
    """One correlation for every pair."""
    matrix: list[list[float]] | None = None
    """Or each pair's own: symmetric, ones on the diagonal, in the order of `columns`."""


class Dataset(Strict):
    """A table or a stream of rows: how many, how it knows time, its keys and its columns."""

    about: str = ""
    """What a row means, for the data dictionary."""
    owner: str = ""
    """Who answers for the data."""
    contact: str = ""
    """How to reach them."""
    expected: datetime.date | None = None
    """When the real one is due."""
    rows: int | None = Field(default=None, ge=0, le=MOST_ROWS)
    """How many; of a history, how many entities. Of a child, the parent decides."""
    hidden: bool = False
    """The dataset stays in the world: others are made from it; it never lands, and no target need have it."""
    fixed: bool = False
    """`--scale` leaves the number of rows alone."""
    of: Name | None = None
    """The dataset that these rows belong to: each row there has children here."""
    fan_out: Nested | None = None
    """Children per parent: a generator of whole numbers."""
    every: Literal["hour", "day", "week", "month"] | None = None
    """One child per parent and period of the zone's calendar, while the parent is there."""
    rate: str | float | None = None
    """Children per parent and day, a Poisson process while the parent is there: a number or SQL over its columns."""
    visits: Visits | None = None
    """The rows are events of visits: how often each row of `of` comes, and when."""
    journey: JourneyField | None = None
    """The way through a visit, state by state; without one a visit is a single event."""
    choice: Choosing | None = None
    """How the items of the journey are chosen."""
    taste: Taste | None = None
    """The rows have hidden tastes, by which the streams of theirs choose."""
    static: bool = False
    """Rows have no time: a price list."""
    time: Name | None = None
    """The column that tells when a row happened; where `every` or `rate` makes the rows, it is made with them."""
    history: bool = False
    """Rows are versions of entities, from `valid_from` until `valid_to`."""
    sign_ups: SignUps | None = None
    """When entities of a history come; without it all are there from the clock's start."""
    leave: Leave | None = None
    """How fast entities of a history leave."""
    returns: Returns | None = None
    """How fast those who left come back."""
    transitions: dict[Name, Transition] = Field(default={})
    """What changes entities of a history, by name."""
    recent: dict[Name, Recent] = Field(default={})
    """What happened to each entity of late, by a name under which hazards and conditions may use it."""
    key: Name | list[Name] | None = None
    """The column that tells rows apart, or several together; of a history, the entity."""
    unique: list[list[Name]] = Field(default=[])
    """Further groups of columns that no two rows share."""
    expect: dict[Name, str] = Field(default={})
    """Rules over several columns of a row, by name: SQL conditions that must hold (null counts as holding)."""
    contract: str | None = None
    """A schema file (`a.avsc`, `a.sql#orders`) that gives columns, types, keys; `columns` may tell how values arise."""
    columns: dict[Name, ColumnField] = Field(default={}, min_length=1)
    """Each column by name, in the order in which they land."""
    pin: list[dict[Name, Any]] = Field(default=[], max_length=10_000)
    """Rows that are there at any scale, each with some of its values: `{customer_id: 7, plan: max}`."""
    correlate: list[Correlation] = Field(default=[])
    """Groups of columns that move together."""
    partition_by: list[Name] = Field(default=[])
    """Columns whose values name the folders that parts are written to."""

    @model_validator(mode="after")
    def _has_columns(self) -> Dataset:
        if not self.columns and self.contract is None:
            raise Findings([(("columns",), "is missing.")])
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        """The columns stand here or in the contract."""
        schema = super().__get_pydantic_json_schema__(core_schema, handler)
        return {**schema, "anyOf": [{"required": ["columns"]}, {"required": ["contract"]}]}
