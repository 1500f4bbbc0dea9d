"""When visits begin: the hours of the day, the days of the week, and the days on which it is quite another."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sandbox.calibrate.families import FEW, Floats, nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.visits import SeenVisits, visits_seen
from sandbox.contract.zones import to_local
from sandbox.scenario.language import Visits
from sandbox.scenario.rhythms import DAYS, WEEKS
from sandbox.world.periods import DAY_US, HOUR_US
from sandbox.world.rowsets import Whole

_EPOCH = dt.date(1970, 1, 1)
_CLOSED = 1e-6
"""A day without visits is a holiday where chance would bring so few less often than once in a million."""
_UNLIKE = 6.0
"""So is one whose visits lie by so many deviations, and by half, off those of other such days."""
_NEAR = 4
"""Weeks before and after that a day is compared with."""


@dataclass(frozen=True, eq=False)
class Calendar:
    """Visits by local day and hour: `counts` has shape (days, 24), `days` counts them from 1970."""

    days: Whole
    counts: Whole

    @property
    def weekdays(self) -> Whole:
        """0 is Monday; shape (days,)."""
        return (self.days + 3) % 7  # 1 January 1970 was a Thursday

    @classmethod
    def of(cls, visits: SeenVisits, zone: str) -> Calendar:
        """All days from the first with a visit to the last."""
        local = to_local(visits.at_us, zone)
        day, hour = local // DAY_US, local // HOUR_US % 24
        days = np.arange(day.min(), day.max() + 1)
        counts = np.bincount((day - days[0]) * 24 + hour, minlength=24 * len(days)).reshape(-1, 24)
        return cls(days, counts)

    def without(self, which: Whole) -> Calendar:
        """The other days."""
        kept = ~np.isin(self.days, which)
        return Calendar(self.days[kept], self.counts[kept])

    def holidays(self) -> dict[int, float]:
        """Days that are unlike the same weekday of the weeks around them, each with its factor."""
        totals = self.counts.sum(axis=1).astype(np.float64)
        found = {}
        for place in range(len(totals)):
            around = [place + 7 * week for week in range(-_NEAR, _NEAR + 1) if week]
            others = totals[[each for each in around if 0 <= each < len(totals)]]
            usual = float(np.median(others)) if len(others) >= _NEAR else 0.0
            spread = max(usual, float(others.var()) if len(others) else 0.0)
            factor = totals[place] / usual if usual else 1.0
            if totals[place] == 0 and math.exp(-usual) < _CLOSED:
                found[int(self.days[place])] = 0.0
            elif abs(totals[place] - usual) > _UNLIKE * np.sqrt(spread) and not 0.5 < factor < 2.0:
                found[int(self.days[place])] = factor
        return found

    def by_hour(self) -> Floats:
        """Shares of the hours of a day; shape (24,)."""
        return np.asarray(self.counts.sum(axis=0) / max(self.counts.sum(), 1), np.float64)

    def by_weekday(self) -> Floats:
        """Visits of a mean day of each weekday, as shares; shape (7,)."""
        totals = np.bincount(self.weekdays, self.counts.sum(axis=1), 7)
        a_day = totals / np.maximum(np.bincount(self.weekdays, minlength=7), 1)
        return np.asarray(a_day / max(a_day.sum(), 1e-300), np.float64)

    def by_hour_of_week(self) -> Floats:
        """Visits of a mean hour of the week, as shares; shape (168,)."""
        totals = np.zeros((7, 24))
        np.add.at(totals, self.weekdays, self.counts)
        a_week = totals / np.maximum(np.bincount(self.weekdays, minlength=7), 1)[:, None]
        return np.asarray((a_week / max(a_week.sum(), 1e-300)).ravel(), np.float64)


def fit_rhythm(evidence: Evidence) -> Iterator[Fitted]:
    """Weights of the hours and days, in the shape in which the scenario says them; and holidays."""
    spec, visits = evidence.planned.spec.visits, visits_seen(evidence)
    if spec is None or visits is None or len(np.unique(visits.people)) < FEW or len(visits) < 24 * FEW:
        return
    whole = Calendar.of(visits, evidence.plan.clock.zone)
    holidays = whole.holidays() if len(whole.days) >= 7 * (2 * _NEAR + 1) else {}
    usual = whole.without(np.array(sorted(holidays), np.int64))
    path, told = (*evidence.path, "visits"), f"{len(visits):,} visits on {len(whole.days)} days"
    if spec.hours is not None:
        yield _shape((*path, "hours"), spec.hours, usual.by_hour_of_week(), usual, told)
    else:
        said_day = DAYS[spec.day] if isinstance(spec.day, str) else spec.day
        said_week = WEEKS[spec.week] if isinstance(spec.week, str) else spec.week
        yield _shape((*path, "day"), said_day, usual.by_hour(), usual, told)
        if len(usual.days) >= 7 * FEW // 2:
            yield _shape((*path, "week"), said_week, usual.by_weekday(), usual, told)
    if holidays:
        yield _holidays((*path, "holidays"), spec, whole, holidays, told)


def _shape(path: Any, said: Any, seen: Floats, usual: Calendar, told: str) -> Fitted:
    """Weights that sum to 100, and whether those that were said may well be so."""
    shares = np.asarray(said, np.float64) / np.sum(said)
    off = float(np.abs(shares - seen).sum() / 2)
    total = int(usual.counts.sum())
    deviations = np.sqrt(seen * (1 - seen) / max(total, 1))
    # What the distance is by chance where the scenario is right: the mean of as many half-normal deviations.
    chance = float(deviations.sum() * np.sqrt(2 / np.pi) / 2)
    return Fitted(
        path, [nice(100 * share, 3) for share in seen], told, f"± {100 * 1.96 * deviations.max():.2g} at most",
        round(off, 4), off <= 1.5 * chance,
    )  # fmt: skip


def _holidays(path: Any, spec: Visits, whole: Calendar, found: dict[int, float], told: str) -> Fitted:
    """Those that were found, and those that the scenario says of days that tell nothing against them."""
    quiet = set(whole.days[whole.counts.sum(axis=1) == 0].tolist())
    unseen = {
        day: factor
        for day, factor in spec.holidays.items()
        if not whole.days[0] <= (day - _EPOCH).days <= whole.days[-1] or (not factor and (day - _EPOCH).days in quiet)
    }
    days = unseen | {_EPOCH + dt.timedelta(days=day): factor for day, factor in found.items()}
    written = {f"{day:%Y-%m-%d}": nice(factor, 2) for day, factor in sorted(days.items())}
    said = {day.isoformat(): factor for day, factor in spec.holidays.items()}
    differ = sum(abs(said.get(day, 1.0) - written.get(day, 1.0)) > 0.1 for day in {*said, *written})
    off = differ / max(len({*said, *written}), 1)
    return Fitted(path, written, told, "", round(off, 4), agrees=not differ)
