"""How busy each moment of the clock is: the hours of the week, months, holidays and growth of `visits`, laid out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from sandbox.contract.zones import to_local
from sandbox.scenario.language import Visits
from sandbox.scenario.plan import ClockPlan
from sandbox.scenario.rhythms import DAYS, WEEKS
from sandbox.world.draws import Floats, stable
from sandbox.world.periods import DAY_US, HOUR_US, period_starts
from sandbox.world.rowsets import Whole

_EPOCH = dt.date(1970, 1, 1)
_QUARTER_US = HOUR_US // 4
_GROWTH_DAYS = 30.0


@dataclass(frozen=True, eq=False)
class Rhythm:
    """Busyness over the clock, as a rising curve: `reached[i]` days' worth of an average week lie before `edges[i]`.

    Edges are microseconds UTC, int64, shape (k + 1,); `days` are the local midnights, the clock's start and its end.
    """

    edges: Whole
    reached: Floats
    days: Whole

    def days_of(self, start_us: int, stop_us: int) -> range:
        """The numbers of the local days that a span touches."""
        first = int(np.searchsorted(self.days, start_us, side="right")) - 1
        last = int(np.searchsorted(self.days, stop_us, side="left"))
        return range(max(first, 0), min(last, len(self.days) - 1))

    def at(self, times_us: Whole) -> Floats:
        """How much lies before each moment."""
        return np.interp(times_us, self.edges, self.reached)

    def worth(self, day: int) -> float:
        """How many average days a local day is worth."""
        first, last = self.at(self.days[day : day + 2])
        return float(last - first)

    def times(self, day: int, uniforms: Floats) -> Whole:
        """Moments of a local day at levels in (0, 1): the inverse of its curve; int64 microseconds UTC."""
        low, high = (int(place) for place in np.searchsorted(self.edges, self.days[day : day + 2]))
        edges, reached = self.edges[low : high + 1], self.reached[low : high + 1]
        piece = np.searchsorted(reached, reached[0] + uniforms * (reached[-1] - reached[0]), side="right") - 1
        np.clip(piece, 0, len(edges) - 2, out=piece)
        spans = np.diff(reached)
        slopes = np.diff(edges) / np.where(spans > 0, spans, np.inf)
        inside = (reached[0] - reached[piece]) + uniforms * (reached[-1] - reached[0])
        times: Whole = edges[piece] + (inside * slopes[piece]).astype(np.int64)
        np.minimum(times, self.days[day + 1] - 1, out=times)
        return times


def rhythm_of(visits: Visits, clock: ClockPlan) -> Rhythm:
    """Lay out the rhythm of a stream over its clock, over changes of summer time.

    A plain week of the shape is worth seven days, whatever its weights sum to.
    """
    midnights = period_starts("day", clock.start_us, clock.end_us, clock.zone)
    days = np.unique(np.concatenate([[clock.start_us], midnights, [clock.end_us]])).astype(np.int64)
    edges = _edges(days, clock.zone)
    local = to_local(edges[:-1], clock.zone)
    day_number = local // DAY_US
    hour_of_week = (day_number + 3) % 7 * 24 + local // HOUR_US % 24  # 1 January 1970 was a Thursday
    weights = _week(visits)[hour_of_week]
    if visits.season is not None:
        factors = np.asarray(visits.season, np.float64)
        months = local.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) % 12
        weights = weights * factors[months]
    for day, factor in visits.holidays.items():
        weights = np.where(day_number == (day - _EPOCH).days, weights * factor, weights)
    if visits.growth:
        since = (edges[:-1] - clock.start_us) / DAY_US
        weights = weights * stable(np.exp(np.log1p(visits.growth) * since / _GROWTH_DAYS))
    masses = weights * (np.diff(edges) / HOUR_US)
    return Rhythm(edges, stable(np.concatenate([np.zeros(1), np.cumsum(masses)])), days)


def _week(visits: Visits) -> Floats:
    """168 weights of which a week's sum is 7: what each hour is worth, in average days."""
    if visits.hours is not None:
        weights = np.asarray(visits.hours, np.float64)
    else:
        day = np.asarray(DAYS[visits.day] if isinstance(visits.day, str) else visits.day, np.float64)
        week = np.asarray(WEEKS[visits.week] if isinstance(visits.week, str) else visits.week, np.float64)
        weights = (week[:, None] * day[None, :] / day.sum()).ravel()
    return np.asarray(weights * (7.0 / weights.sum()), np.float64)


def _edges(days: Whole, zone: str) -> Whole:
    """Hours and days of the clock; quarters of hours where the zone's hours do not begin with UTC's."""
    for step in (HOUR_US, _QUARTER_US):
        grid = np.arange((days[0] // step + 1) * step, days[-1], step, dtype=np.int64)
        if step == _QUARTER_US or not (to_local(grid, zone) % HOUR_US).any():
            break
    return np.unique(np.concatenate([grid, days]))
