"""Dates and times between two bounds, evenly."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BeforeValidator, model_validator

from sandbox.scenario.clock import utc_us
from sandbox.scenario.parts import Drawing, Rows, Scope
from sandbox.scenario.quantities import within_years
from sandbox.strict import Exactly, Findings, show
from sandbox.world import draws
from sandbox.world.columns.base import Distribution
from sandbox.world.columns.distinct import distinct_positions

EPOCH = datetime.date(1970, 1, 1)


def read_date(value: Any) -> datetime.date:
    """A date as YAML or ISO text has it. Raises ValueError for anything else."""
    try:
        day = datetime.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if not isinstance(day, datetime.date) or isinstance(day, datetime.datetime):
        raise ValueError(f"got {show(value)}, must be a date such as 2026-01-31.")
    return within_years(day).date()


def read_time(value: Any) -> datetime.datetime:
    """A date (its midnight) or a date and time, as YAML or ISO text has it. Raises ValueError for anything else."""
    try:
        moment = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime.date):
        raise ValueError(f"got {show(value)}, must be a date or a time such as 2026-01-31 12:00:00.")
    return within_years(moment)


Date = Annotated[datetime.date, BeforeValidator(read_date)]
Time = Annotated[datetime.datetime, BeforeValidator(read_time)]


class DateRange(Distribution):
    """Every day between two is equally likely."""

    between: Annotated[list[Date], Exactly(2)]
    """The first and the last day, both included."""

    @classmethod
    def shorthand(cls) -> str:
        """`date: [2020-01-01, 2025-12-31]`."""
        return "between"

    @model_validator(mode="after")
    def _days_rise(self) -> DateRange:
        first, last = self.between
        if first > last:
            raise Findings([(("between",), f"got {first} to {last}, the first day must not lie after the last.")])
        return self

    def yields(self, scope: Scope) -> pa.DataType:
        """date32."""
        return pa.date32()

    def drawing(self, rows: Rows) -> Drawing:
        """Days since 1970."""
        return draws.Integers(*((day - EPOCH).days for day in self.between))

    def finish(self, drawn: NDArray[Any], rows: Rows) -> pa.Array:
        """Days as dates."""
        return pa.array(drawn.astype(np.int32)).view(pa.date32())

    def generate(self, rows: Rows) -> pa.Array:
        """Where days must be unique, a shuffle of them."""
        if not rows.unique:
            return super().generate(rows)
        return self.finish(distinct_positions(rows, self._days) + (self.between[0] - EPOCH).days, rows)

    @property
    def _days(self) -> int:
        return (self.between[1] - self.between[0]).days + 1

    def capacity(self, scope: Scope) -> int:
        """The days from first to last."""
        return self._days

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """First and last day."""
        return {"ge": self.between[0], "le": self.between[1]}

    def proves(self, scope: Scope) -> frozenset[str]:
        """A shuffle never repeats."""
        return frozenset({"not_null", "range"} | ({"unique"} if scope.unique and scope.rows >= 0 else set()))


class DatetimeRange(Distribution):
    """Every microsecond between two times is equally likely."""

    between: Annotated[list[Time], Exactly(2)]
    """From (included) and to (excluded), as dates or times; without an offset in the scenario's own zone."""

    @classmethod
    def shorthand(cls) -> str:
        """`datetime: [2026-01-01, 2026-02-01]`."""
        return "between"

    @model_validator(mode="after")
    def _times_rise(self) -> DatetimeRange:
        first, second = self.between
        if utc_us(first, "UTC") >= utc_us(second, "UTC"):
            raise Findings([(("between",), f"got {first} to {second}, the first must be before the second.")])
        return self

    def yields(self, scope: Scope) -> pa.DataType:
        """timestamp[us, UTC]."""
        return pa.timestamp("us", "UTC")

    def drawing(self, rows: Rows) -> Drawing:
        """Microseconds since 1970."""
        start, stop = (utc_us(moment, rows.zone) for moment in self.between)
        return draws.Integers(start, stop - 1)

    def finish(self, drawn: NDArray[Any], rows: Rows) -> pa.Array:
        """Microseconds as timestamps."""
        return pa.array(drawn).view(pa.timestamp("us", "UTC"))
