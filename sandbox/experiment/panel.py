"""What each unit did on each day of an experiment, and the moments of the arms that follow from it.

A closed loop fills a panel as it goes, a real experiment's log is read into one: what judges them cannot tell which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.experiment.effects import Figure
from sandbox.experiment.moments import Floats, Moments, from_sums, moments_by

Numbers = NDArray[np.int64]
Better = Literal["more", "less"]


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured of a unit: a sum, at most once or not, by units or by another sum."""

    name: str
    value: str
    """The column of the panel that is summed over a unit's days."""
    per: str | None = None
    """The column by whose sum the metric is divided; None: by the number of units."""
    once: bool = False
    """A unit counts as 1 from the day on which its sum is above 0: a conversion."""
    better: Better = "more"


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What was done on one day."""

    unit: Numbers
    """Of each row, shape (rows,)."""
    columns: Mapping[str, Floats]
    """What was counted, by name; each of shape (rows,)."""


class Diary(Protocol):
    """What was done on each day: one of them is in memory at a time, however many there are."""

    def of(self, day: int) -> Done:
        """One day's, from 0; without rows where there are none."""


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """A diary in memory, such as a log that was read."""

    unit: Numbers
    """Of each row, shape (rows,)."""
    day: Numbers
    """Of each row, from 0, rising."""
    columns: Mapping[str, Floats]
    """What was counted, by name; each of shape (rows,)."""

    def of(self, day: int) -> Done:
        """One day's."""
        rows = slice(*np.searchsorted(self.day, (day, day + 1)).tolist())
        return Done(self.unit[rows], {name: column[rows] for name, column in self.columns.items()})


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """An experiment until now: what was done by unit and day, and facts by unit."""

    arms: tuple[str, ...]
    """By code; the control first."""
    days: int
    """How many have passed."""
    arm: NDArray[np.int16]
    """The code of each unit's arm, shape (units,); a unit of a negative code is left out."""
    first: Numbers
    """The day on which each unit first met its arm, shape (units,)."""
    diary: Diary
    before: Mapping[str, Floats] = field(default_factory=dict)
    """The same by unit, before the experiment, of those columns that CUPED may use; each of shape (units,)."""
    segments: Mapping[str, pa.Array] = field(default_factory=dict)
    """Facts that units may be told apart by, known when they first came; each of shape (units,)."""

    @property
    def units(self) -> int:
        """How many came, whatever their arm."""
        return len(self.arm)

    def counts(self) -> dict[str, int]:
        """Units by arm."""
        found = np.bincount(self.arm[self.arm >= 0], minlength=len(self.arms)).tolist()
        return dict(zip(self.arms, found, strict=True))


def figure_of(metric: Metric, panel: Panel) -> Figure:
    """Where a metric's columns stand in the moments that this module makes of a panel."""
    if metric.value not in panel.before:
        return Figure(0, 1 if metric.per else None)
    if metric.per is None:
        return Figure(0, before=1)
    return Figure(0, 1, before=2, before_per=3) if metric.per in panel.before else Figure(0, 1, before=2)


def plain(figure: Figure) -> Figure:
    """The same without what was before."""
    return Figure(figure.value, figure.per)


def moments_until(panel: Panel, metric: Metric, arms: NDArray[np.int16] | None = None) -> Moments:
    """Moments by day and arm, shape (days, arms): of all units that had come by then, and all that they had done.

    Args:
        panel: rows by unit and day.
        metric: what is measured.
        arms: other codes than the panel's, shape (units,).
    """
    codes = panel.arm if arms is None else arms
    sums, found = np.zeros((panel.units, len(_summed(metric)))), []
    for day in range(panel.days):
        _add(panel, metric, day, sums)
        come = np.where(panel.first <= day, codes, -1)
        found.append(moments_by(come, _finished(panel, metric, sums), len(panel.arms)))
    return stacked(found)


def moments_at_end(panel: Panel, metric: Metric, arms: NDArray[np.int16] | None = None) -> Moments:
    """The last day's alone, shape (arms,)."""
    codes = panel.arm if arms is None else arms
    return moments_by(codes, unit_columns(panel, metric), len(panel.arms))


def moments_by_day(panel: Panel, metric: Metric) -> Moments:
    """Moments by day and arm, shape (days, arms), of what was done on that day by those who came then."""
    found = []
    for day in range(panel.days):
        done = panel.diary.of(day)
        values = np.column_stack([done.columns[name] for name in _summed(metric)])
        once = np.minimum(values, 1.0) if metric.once else values
        found.append(moments_by(panel.arm[done.unit], once, len(panel.arms)))
    return stacked(found)


def unit_columns(panel: Panel, metric: Metric) -> Floats:
    """What each unit did in all, as `figure_of` has it; shape (units, k)."""
    sums = np.zeros((panel.units, len(_summed(metric))))
    for day in range(panel.days):
        _add(panel, metric, day, sums)
    return _finished(panel, metric, sums)


def _add(panel: Panel, metric: Metric, day: int, sums: Floats) -> None:
    """Add what was done on a day to the sums of units."""
    done = panel.diary.of(day)
    for column, name in enumerate(_summed(metric)):
        np.add.at(sums[:, column], done.unit, done.columns[name])


def _summed(metric: Metric) -> list[str]:
    return [metric.value] if metric.per is None else [metric.value, metric.per]


def _finished(panel: Panel, metric: Metric, sums: Floats) -> Floats:
    now = np.minimum(sums, 1.0) if metric.once else sums
    earlier = [panel.before[name] for name in _summed(metric) if name in panel.before and metric.value in panel.before]
    if metric.once:
        earlier = [np.minimum(each, 1.0) for each in earlier]
    return np.column_stack([now, *earlier])


def stacked(found: Sequence[Moments]) -> Moments:
    """Moments of several looks as one, shape (looks, arms)."""
    if not found:
        return from_sums(np.zeros((0, 1)), np.zeros((0, 1, 1)), np.zeros((0, 1, 1, 1)))
    return Moments(
        np.stack([each.count for each in found]),
        np.stack([each.mean for each in found]),
        np.stack([each.covariance for each in found]),
    )
