"""Causes that lie in times: a zone that slipped, a day that came late, a rate that drifts away from the dummy's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sandbox.verify.likely.cause import Cause, Evidence, local_us, moments_us
from sandbox.verify.noticed import ARRIVED

Floats = npt.NDArray[np.float64]

_MINUTE_S, _HOUR_S, _HOUR_US, _DAY_US = 60, 3_600, 3_600_000_000, 86_400_000_000
_LEAST = 100
_LEAST_DAYS, _LEAST_OF_A_DAY = 9, 3
_LATE_S = 12 * _HOUR_S
_DRIFTS, _SURE = 1.45, 3.2
_NULL = np.iinfo(np.int64).min


def zone_slip(evidence: Evidence) -> Iterator[Cause]:
    """Times that are whole hours off: by when rows arrived, or by the shape of the day."""
    name = evidence.contract.time
    if name is None or name not in evidence.real.column_names or _is_date(evidence, name):
        return
    slip = _by_arrival(evidence, name) or _by_hours(evidence, name)
    if slip:
        direction = "later" if slip > 0 else "earlier"
        hours = "an hour" if abs(slip) == 1 else f"{abs(slip)} hours"
        mend = f"See in which zone they are written, and say `parse: {{{name}: {{zone: …}}}}`."
        yield Cause("zone", name, f"times are {hours} {direction} than those of the dummy: another zone", mend)


def late_days(evidence: Evidence) -> Iterator[Cause]:
    """Days all of whose rows came long after those of other days come."""
    name = evidence.contract.time
    if name is None or name not in evidence.real.column_names:
        return
    day, lag_s = _lags(evidence, name)
    days, code = np.unique(day, return_inverse=True)
    if len(days) < _LEAST_DAYS:
        return
    soonest = np.full(len(days), np.inf)
    np.minimum.at(soonest, code, lag_s)
    usual, most = np.median(soonest), np.quantile(soonest, 0.8)
    late = (soonest - usual > _LATE_S) & (soonest > most) & (np.bincount(code) >= _LEAST_OF_A_DAY)
    for at in np.flatnonzero(late):
        when = str(np.datetime64(int(days[at]), "D"))
        by = _span(float(soonest[at] - usual))
        yield Cause("late", when, f"rows of {when} came {by} later than those of other days do", "Load it again.")


def drift(evidence: Evidence) -> Iterator[Cause]:
    """Rows a day that move away from those of the dummy as time goes on."""
    name = evidence.contract.time
    if name is None or name not in evidence.dummy.table.column_names:
        return
    moments = moments_us(evidence.dummy.table, name)
    promised = _by_day(local_us(moments[moments != _NULL], evidence.zone) // _DAY_US)
    # The first and the last day may be cut off.
    days = sorted(set(promised) & set(evidence.days))[1:-1]
    real, dummy = (np.array([side[day] for day in days], np.float64) for side in (evidence.days, promised))
    if len(days) < _LEAST_DAYS or min(real.sum(), dummy.sum()) < 10 * len(days):
        return
    third = len(days) // 3
    first, last = _log_ratio(real[:third], dummy[:third]), _log_ratio(real[-third:], dummy[-third:])
    change = last - first
    noise = np.sqrt(_variance(real, dummy, third))
    if abs(change) < np.log(_DRIFTS) or abs(change) < _SURE * noise:
        return
    since = str(np.datetime64(int(days[third]), "D"))
    word = "rise" if change > 0 else "fall"
    why = f"rows a day {word} to {np.exp(change):.0%} of what they were beside the dummy's, from about {since} on"
    yield Cause("drift", name, why, "Ask whether the feed loses rows, or the business changed.")


def _by_arrival(evidence: Evidence, name: str) -> int:
    """Hours by which times are later, told by how long rows take to arrive; 0 where that tells nothing."""
    real = _lags(evidence, name)[1]
    dummy = _dummy_lags(evidence, name)
    if min(len(real), len(dummy)) < _LEAST or not np.any(real):
        return 0
    levels = (0.05, 0.25, 0.5, 0.75)
    apart = np.quantile(dummy, levels) - np.quantile(real, levels)
    slip = round(float(np.median(apart)) / _HOUR_S)
    allowed = np.maximum(2 * _MINUTE_S, 0.1 * np.abs(np.quantile(dummy, levels)))
    return slip if slip and abs(slip) <= 14 and np.all(np.abs(apart - slip * _HOUR_S) <= allowed) else 0


def _by_hours(evidence: Evidence, name: str) -> int:
    """Hours by which the day's shape is later; 0 where it is not moved, or has no shape."""
    shapes = []
    for table in (evidence.real, evidence.dummy.table):
        moments = moments_us(table, name)
        hours = local_us(moments[moments != _NULL], evidence.zone) // _HOUR_US
        if len(hours) < _LEAST or hours.max() - hours.min() < 24:
            return 0
        hours %= 24
        shapes.append(np.bincount(hours, minlength=24) / len(hours))
    real, dummy = shapes
    apart = np.array([np.abs(real - np.roll(dummy, hours)).sum() / 2 for hours in range(24)])
    best = int(np.argmin(apart))
    noise = np.sqrt(24 / evidence.real.num_rows)
    if not best or apart[0] < max(0.05, noise) or apart[best] > 0.5 * apart[0]:
        return 0
    return best if best <= 12 else best - 24


def _lags(evidence: Evidence, name: str) -> tuple[npt.NDArray[np.int64], Floats]:
    """Of real rows that tell when they arrived: their day, and how long they took in seconds."""
    moments = moments_us(evidence.real, name)
    arrived = np.asarray(evidence.real[ARRIVED].combine_chunks(), np.int64)
    there = (moments != _NULL) & (arrived > 0)
    days = local_us(moments[there], evidence.zone) // _DAY_US
    return days, (arrived[there] - moments[there]) / 1e6


def _dummy_lags(evidence: Evidence, name: str) -> Floats:
    moments = moments_us(evidence.dummy.table, name)
    arrived = np.asarray(evidence.dummy.table[ARRIVED].combine_chunks(), np.int64)
    there = moments != _NULL
    return np.asarray((arrived[there] - moments[there]) / 1e6, np.float64)


def _is_date(evidence: Evidence, name: str) -> bool:
    return evidence.contract.column(name).parsed.name == "date"


def _by_day(days: npt.NDArray[np.int64]) -> dict[int, int]:
    found, counts = np.unique(days, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _log_ratio(real: Floats, dummy: Floats) -> float:
    return float(np.log(max(real.sum(), 0.5) / max(dummy.sum(), 0.5)))


def _variance(real: Floats, dummy: Floats, third: int) -> float:
    """Of the difference of two log ratios of thirds, from how single days scatter about their third's."""
    total = 0.0
    for part in (slice(0, third), slice(len(real) - third, None)):
        daily = np.log((real[part] + 0.5) / (dummy[part] + 0.5))
        total += float(np.var(daily, ddof=1)) / third + 1 / max(real[part].sum(), 1) + 1 / max(dummy[part].sum(), 1)
    return total


def _span(seconds: float) -> str:
    days = seconds / 86_400
    return f"{days:.0f} days" if round(days) > 1 else "a day" if days > 0.75 else f"{seconds / _HOUR_S:.0f} hours"
