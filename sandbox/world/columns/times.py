"""Times over a window, busier at some hours of the day and on some days of the week."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sandbox.errors import InputError
from sandbox.scenario.clock import utc_us
from sandbox.scenario.parts import Drawing, Rows, Scope
from sandbox.scenario.rhythms import DAYS, WEEKS, DayShape, WeekShape
from sandbox.strict import Exactly, Findings
from sandbox.world import draws
from sandbox.world.columns.base import Distribution, NotNegative
from sandbox.world.columns.calendar import Time

HOUR_US = 3_600_000_000
_LAST_LEVEL = 1.0 - 2.0**-52
QUARTER_US = HOUR_US // 4
DAY_US = 24 * HOUR_US


class Times(Distribution):
    """Times over the scenario's clock, or a part of it, by the rhythm of day and week in the scenario's zone."""

    day: DayShape | Annotated[list[NotNegative], Exactly(24)] = "flat"
    """Rhythm of the day: a name, or 24 weights for the hours from midnight."""
    week: WeekShape | Annotated[list[NotNegative], Exactly(7)] = "flat"
    """Rhythm of the week: a name, or 7 weights for the days from Monday."""
    start: Annotated[Time | None, Field(alias="from")] = None
    """Where the window begins; else the clock's start."""
    stop: Annotated[Time | None, Field(alias="to")] = None
    """Where the window ends (excluded); else the clock's end."""
    order: bool = False
    """Rows come in the order of time."""

    @classmethod
    def shorthand(cls) -> str:
        """`times: evening`."""
        return "day"

    @model_validator(mode="after")
    def _has_times(self) -> Times:
        found = [
            ((name,), "one weight must be above 0.")
            for name, weights in (("day", self.day), ("week", self.week))
            if isinstance(weights, list) and not any(weights)
        ]
        if self.start and self.stop and utc_us(self.start, "UTC") >= utc_us(self.stop, "UTC"):
            found.append((("to",), f"got {self.stop}, must lie after {self.start}."))
        if found:
            raise Findings(list(found))
        return self

    @property
    def correlates(self) -> bool:
        """Times in order have no word of their own."""
        return not self.order

    def yields(self, scope: Scope) -> pa.DataType:
        """timestamp[us, UTC]."""
        if self.order and scope.rows < 0:
            raise Findings([(("order",), "needs a dataset whose number of rows is known: one with `rows`, not `of`.")])
        return pa.timestamp("us", "UTC")

    def drawing(self, rows: Rows) -> Drawing:
        """The rhythm laid out over the window."""
        return rows.once("shape", lambda _: self._intensity(rows))

    def generate(self, rows: Rows) -> pa.Array:
        """In order, these are exactly the sorted times of all rows, made block by block."""
        if not self.order:
            return super().generate(rows)
        intensity = rows.once("shape", lambda _: self._intensity(rows))
        generated = getattr(rows, "generated", rows.total)
        last = min(rows.stop, generated)
        levels = rows.once("order", lambda address: draws.SortedUniforms(address, max(generated, 1)))
        drawn = levels.draw(min(rows.start, last), last)
        if last < rows.stop:  # rows that pins add come after all others
            drawn = np.concatenate([drawn, np.full(len(rows) - len(drawn), _LAST_LEVEL)])
        return self.finish(intensity.in_order(drawn), rows)

    def finish(self, drawn: NDArray[Any], rows: Rows) -> pa.Array:
        """Microseconds as timestamps."""
        return pa.array(drawn).view(pa.timestamp("us", "UTC"))

    def _intensity(self, rows: Rows) -> draws.Intensity:
        start, stop = rows.window
        start = start if self.start is None else utc_us(self.start, rows.zone)
        stop = stop if self.stop is None else utc_us(self.stop, rows.zone)
        if start >= stop:
            raise InputError("times: the window is empty; `from` must lie before `to`, or else before the clock's end.")
        day = np.asarray(DAYS[self.day] if isinstance(self.day, str) else self.day)
        week = np.asarray(WEEKS[self.week] if isinstance(self.week, str) else self.week)
        try:
            return rhythm(start, stop, rows.zone, day, week)
        except ValueError:
            raise InputError("times: no hour of the window has a weight above 0; widen `day` or `week`.") from None


def rhythm(start_us: int, stop_us: int, zone: str, day: draws.Floats, week: draws.Floats) -> draws.Intensity:
    """Lay a rhythm of 24 local hours and 7 local days over a window, over changes of summer time.

    Args:
        start_us: the window's start, microseconds UTC.
        stop_us: its end, excluded.
        zone: IANA name of the zone whose clocks count.
        day: shape (24,), weights >= 0 of the hours from midnight.
        week: shape (7,), weights >= 0 of the days from Monday.
    Raises:
        ValueError: no hour of the window has a weight above 0.
    """
    edges, local = local_hours(start_us, stop_us, zone)
    return draws.Intensity(edges, busyness(local, day, week))


def local_hours(start_us: int, stop_us: int, zone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut a window where a zone's hours begin: k + 1 edges in microseconds UTC, and the k pieces' local times."""
    from sandbox.contract.zones import to_local

    # Every zone of today is off UTC by whole quarters of an hour; most by whole hours, which makes fewer pieces.
    edges = _grid(start_us, stop_us, HOUR_US)
    if (to_local(edges[1:-1], zone) % HOUR_US).any():
        edges = _grid(start_us, stop_us, QUARTER_US)
    return edges, to_local(edges[:-1], zone)


def busyness(local: NDArray[np.int64], day: draws.Floats, week: draws.Floats) -> draws.Floats:
    """The weight of each local time (microseconds, shape (k,)) by its hour of the day and its day of the week."""
    weekday = (local // DAY_US + 3) % 7  # 1 January 1970 was a Thursday
    weights: draws.Floats = day[local // HOUR_US % 24] * week[weekday]
    return weights


def _grid(start_us: int, stop_us: int, step_us: int) -> NDArray[np.int64]:
    inside = np.arange((start_us // step_us + 1) * step_us, stop_us, step_us, dtype=np.int64)
    return np.concatenate([[start_us], inside, [stop_us]]).astype(np.int64)
