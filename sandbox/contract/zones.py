"""Local time and UTC, by the zone database of Python, for whole arrays.

Arrow and DuckDB each bring, or look for, a zone database of their own; with this one the same zone gives the
same instants wherever a run is repeated, and the rule for the two hours a year that are not a plain reading
is ours to state: the offset in force before the change counts. So a local hour that comes twice means its
first pass, and one that does not exist is moved forward by the gap (as PEP 495 with fold=0, and Java).
"""

from __future__ import annotations

import datetime
import difflib
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import numpy.typing as npt

from sandbox.errors import InputError

Microseconds = npt.NDArray[np.int64]

_SECOND = 1_000_000
_DAY_S = 86_400
_YEAR_S = 366 * _DAY_S
# Years 2 to 9998, counted in 366 days from 1970, as Python's calendar ends soon after: beyond, the nearest holds.
_FIRST_YEAR, _LAST_YEAR = -1963, 8010
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def require_zone(name: str) -> None:
    """Judge a zone's name.

    Raises:
        InputError: it is not in the IANA database; the nearest name is offered.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(name, sorted(available_timezones()), n=1)
        guess = f" Did you mean '{near[0]}'?" if near else " Write it as Europe/London."
        raise InputError(f"unknown time zone '{name}'.{guess}") from None


def to_utc(local_us: Microseconds, zone: str) -> Microseconds:
    """Instants of local times; both in microseconds since 1970, shape (n,)."""
    changes_s, offsets_s = _changes_around(local_us, zone)
    # At a change, local clocks leave the old offset for good at the later of the two readings.
    leaves_us = (changes_s + np.maximum(offsets_s[:-1], offsets_s[1:])) * _SECOND
    return local_us - offsets_s[np.searchsorted(leaves_us, local_us, side="right")] * _SECOND


def to_local(utc_us: Microseconds, zone: str) -> Microseconds:
    """Local times of instants; both in microseconds since 1970, shape (n,)."""
    changes_s, offsets_s = _changes_around(utc_us, zone)
    return utc_us + offsets_s[np.searchsorted(changes_s * _SECOND, utc_us, side="right")] * _SECOND


def _changes_around(times_us: Microseconds, zone: str) -> tuple[Microseconds, Microseconds]:
    """When the offset changes near these times, in seconds, and the offsets before, between and after.

    Only the years that occur are looked at, and their neighbours: open-ended rows often say 9999-12-31.
    """
    occurring = np.unique(times_us // (_YEAR_S * _SECOND)) if len(times_us) else np.zeros(1, np.int64)
    years = np.unique(np.clip(np.concatenate([occurring - 1, occurring, occurring + 1]), _FIRST_YEAR, _LAST_YEAR))
    found = [_changes(zone, int(year)) for year in years]
    offsets_s = np.concatenate([offsets for _, offsets in found])
    return np.concatenate([changes for changes, _ in found])[1:], offsets_s


@lru_cache(maxsize=4096)
def _changes(zone: str, year: int) -> tuple[Microseconds, Microseconds]:
    """The start of a year of 366 days since 1970 and each change in it, in seconds, and the offset from then on."""
    known = ZoneInfo(zone)

    def offset_s(at_s: int) -> int:
        offset = (_EPOCH + datetime.timedelta(seconds=at_s)).astimezone(known).utcoffset()
        return 0 if offset is None else round(offset.total_seconds())

    start_s = year * _YEAR_S
    changes, offsets = [start_s], [offset_s(start_s)]
    for day_s in range(start_s + _DAY_S, start_s + _YEAR_S + 1, _DAY_S):
        if offset_s(day_s) == offsets[-1]:
            continue
        before, after = day_s - _DAY_S, day_s
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if offset_s(middle) == offsets[-1] else (before, middle)
        changes.append(after)
        offsets.append(offset_s(after))
    return np.array(changes, np.int64), np.array(offsets, np.int64)
