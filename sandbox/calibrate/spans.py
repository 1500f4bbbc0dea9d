"""Between which days dates and times lie, where the scenario says that by two ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from sandbox.calibrate.columns import told_columns
from sandbox.calibrate.families import FEW, Floats
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.numbers import by_chance
from sandbox.contract.zones import to_local
from sandbox.gap.coded import numbers
from sandbox.scenario.clock import utc_us
from sandbox.world.columns.calendar import DateRange, DatetimeRange
from sandbox.world.periods import DAY_US

_EPOCH = dt.date(1970, 1, 1)
_FIRST, _LAST = ((day - _EPOCH).days for day in (dt.date(1900, 1, 1), dt.date(2200, 12, 31)))
_RARE = 0.01


def fit_spans(evidence: Evidence) -> Iterator[Fitted]:
    """The first and the last day of every column of dates or times that lie evenly between two."""
    zone, contract = evidence.plan.clock.zone, evidence.planned.contract
    for name, column in told_columns(evidence):
        generator = column.generator
        if name in (contract.valid_from, contract.valid_to) or not isinstance(generator, DateRange | DatetimeRange):
            continue
        values = numbers(evidence.observed.table[name].combine_chunks())
        people = evidence.observed.entities[~np.isnan(values)]
        values = values[~np.isnan(values)]
        if len(np.unique(people)) < FEW:
            continue
        if isinstance(generator, DateRange):
            said = [float((day - _EPOCH).days) for day in generator.between]
            seen, said[1] = values, said[1] + 1
        else:
            said = [_local_days(float(utc_us(moment, zone)), zone) for moment in generator.between]
            seen = np.asarray(to_local(values.astype(np.int64), zone) / DAY_US, np.float64)
        first, last = _ends(seen)
        off, chance = _distance(seen, *said, whole=isinstance(generator, DateRange)), by_chance(people)
        # Both ends of times are midnights, the later one excluded; of dates both days are included.
        ends = (first, last if isinstance(generator, DateRange) else last + 1)
        if ends[0] < _FIRST or ends[1] > _LAST:
            continue  # a year that no scenario may say
        days = [_EPOCH + dt.timedelta(days=day) for day in ends]
        told = evidence.observed.told(len(values), len(np.unique(people)))
        yield Fitted((*evidence.path, "columns", name, column.key), days, told, "", round(off, 4), off <= chance)


def _local_days(us: float, zone: str) -> float:
    return float(to_local(np.array([int(us)]), zone)[0] / DAY_US)


def _ends(days: Floats) -> tuple[int, int]:
    """The first and the last day: those of the tenth value at either end, and as far beyond as these lie within."""
    share = min(FEW / len(days), _RARE)
    low, high = (float(end) for end in np.quantile(days, [share, 1 - share]))
    beyond = share * (high - low) / (1 - 2 * share)
    return int(np.floor(low - beyond)), int(np.floor(high + beyond))


def _distance(days: Floats, first: float, last: float, *, whole: bool) -> float:
    """Kolmogorov and Smirnov's, of an even distribution between two ends from what was seen; `whole` days are steps."""
    different, times = np.unique(days, return_counts=True)
    upto = np.cumsum(times) / len(days)
    before = np.clip((different - first) / max(last - first, 1e-9), 0.0, 1.0)
    after = np.clip((different + 1 - first) / max(last - first, 1e-9), 0.0, 1.0) if whole else before
    return float(max(np.abs(after - upto).max(), np.abs(before - (upto - times / len(days))).max()))
