"""Dates, times of day and timestamps: from text, from other moments, and from counts since 1970.

A time with an offset of its own is an instant. One without is local: to the zone that the source's options
name, else to the column's own zone; `zones.py` states what happens where clocks change. Digits finer than the
column's unit are cut off.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.parse import Parse
from sandbox.contract.readings import Mask, Reading, lost, present, reading, true_where, unread
from sandbox.contract.types import Type
from sandbox.contract.zones import Microseconds, to_local, to_utc

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DIGITS = {"ms": 3, "us": 6, "ns": 9}
# Years 1 to 9999, which Python, pandas and SQL can all show.
_FIRST_S, _END_S = -62_135_596_800, 253_402_300_800
_DAY_S = 86_400

_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DATE = (
    "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
# Whole years that 64 bits of nanoseconds hold.
_NANOSECOND_YEARS = r"\A(?:16(?:7[89]|[89])|1[7-9]|2(?:[01]|2(?:[0-5]|6[01])))"
_CLOCK = r"(?:[01][0-9]|2[0-3])(?::[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?)?"
_OFFSET = "(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"


def read_time_text(text: pa.Array, kind: Type, parse: Parse) -> Reading:
    """Read text as a date, time or timestamp; `text` is an Arrow string array whose null markers are null already."""
    if parse.formats:
        return _read_formats(text, kind, parse)
    if kind.name == "timestamp":
        return _read_timestamp(text, kind, parse)
    if kind.name == "date":
        return _read_date(text)
    clock = _where_matching(pc.utf8_trim_whitespace(text), rf"\A{_CLOCK}\z", 6)
    # Arrow reads no bare times of day, so each borrows a date.
    values = pc.binary_join_element_wise("1970-01-01", clock, " ").cast(pa.timestamp("us")).cast(pa.time64("us"))
    return reading(values, lost(text, values))


def moment_from_moment(array: pa.Array, kind: Type, parse: Parse) -> Reading:
    """Turn a date, time or timestamp into another of these; what would lose its time of day is unreadable."""
    if kind.name == "time":
        is_time = pa.types.is_time(array.type)
        return Reading(array.cast(kind.arrow(), safe=False)) if is_time else unread(array, kind.arrow())
    if pa.types.is_time(array.type):
        return unread(array, kind.arrow())
    if pa.types.is_date(array.type):
        if kind.name == "date":
            return Reading(array.cast(pa.date32(), safe=False))
        array = array.cast(pa.timestamp("ms"))
    if kind.name == "date":
        return _date_of(array, parse)
    return _timestamp_of(array, kind, parse)


def moment_from_number(array: pa.Array, kind: Type, parse: Parse) -> Reading:
    """Read a count since 1970 in the unit that the source's options name; without a unit nothing can be read."""
    if kind.name != "timestamp" or parse.unit is None:
        return unread(array, kind.arrow())
    given = present(array)
    numbers = array.fill_null(0).to_numpy(zero_copy_only=False)
    unit = parse.unit
    if numbers.dtype.kind == "f":
        numbers, unit = numbers * (10**6 / _PER_SECOND[unit]), "us"
    per_second = _PER_SECOND[unit]
    with np.errstate(invalid="ignore"):
        fits = (numbers >= _FIRST_S * per_second) & (numbers < _END_S * per_second)
    counted = np.floor(np.where(fits, numbers, 0) + (0.5 if numbers.dtype.kind == "f" else 0)).astype(np.int64)
    instants = pa.array(counted, mask=~(given & fits)).cast(pa.timestamp(unit, "UTC"))
    read = _timestamp_of(instants, kind, parse)
    return reading(read.values, lost(array, read.values))


def _read_date(text: pa.Array) -> Reading:
    try:
        values = text.cast(pa.date32())
    except pa.ArrowInvalid:
        whole_day = pc.replace_substring_regex(pc.utf8_trim_whitespace(text), r"[T ]00:00(?::00(?:\.0+)?)?\z", "")
        values = _where_matching(whole_day, rf"\A{_DATE}\z", 0).cast(pa.date32())
    in_calendar = pc.greater_equal(values.cast(pa.int32()), _FIRST_S // _DAY_S)
    values = pc.if_else(in_calendar, values, None)
    return reading(values, lost(text, values))


def _read_timestamp(text: pa.Array, kind: Type, parse: Parse) -> Reading:
    quick = _quick_timestamp(text, kind)
    if quick is not None:
        return _timestamp_of(quick, kind, parse)
    unit = str(kind.parameters[0])
    tidy = pc.replace_substring_regex(pc.utf8_trim_whitespace(text), r" ?(?:UTC|GMT|z)\z", "Z")
    tidy = pc.replace_substring_regex(tidy, r" ([+-][0-9:]+)\z", r"\1")
    tidy = pc.replace_substring_regex(tidy, r"([0-9]),([0-9])", r"\1.\2")
    if unit == "ns":
        tidy = pc.if_else(pc.match_substring_regex(tidy, _NANOSECOND_YEARS), tidy, None)
    local = _where_matching(tidy, rf"\A{_DATE}(?:[T ]{_CLOCK})?\z", _DIGITS[unit]).cast(pa.timestamp(unit))
    zoned = _where_matching(tidy, rf"\A{_DATE}[T ]{_CLOCK}{_OFFSET}\z", _DIGITS[unit])
    instant = zoned.cast(pa.timestamp(unit, "UTC"))
    return _joined(text, _timestamp_of(instant, kind, parse), _timestamp_of(local, kind, parse))


def _quick_timestamp(text: pa.Array, kind: Type) -> pa.Array | None:
    unit = str(kind.parameters[0])
    kinds = [pa.timestamp(unit), pa.timestamp(unit, "UTC")]
    # A cast that fails at every row is slow, so the first text says which of the two to try first.
    first = next((value.as_py() for value in text.slice(0, 100) if value.is_valid), "")
    for arrow in kinds[::-1] if re.search(f"{_OFFSET}$", first[10:]) else kinds:
        try:
            values = text.cast(arrow)
        except pa.ArrowInvalid:
            continue
        # Arrow reads the year 0 and lets nanoseconds overflow; the careful path refuses both.
        return values if unit != "ns" and _in_calendar(values).all() else None
    return None


def _read_formats(text: pa.Array, kind: Type, parse: Parse) -> Reading:
    from sandbox.contract.duck import evaluate

    found = Reading(pa.nulls(len(text), kind.arrow()))
    for written in parse.formats:
        zoned = "%z" in written or "%Z" in written
        parsed = evaluate("CAST(try_strptime(trim(x), $1) AS TIMESTAMP)", text, [written])
        if kind.name == "time":
            read = Reading(parsed.cast(pa.time64("us"), safe=False))
        else:
            read = moment_from_moment(parsed.cast(pa.timestamp("us", "UTC" if zoned else None)), kind, parse)
        found = _joined(text, found, read)
    return found


def _joined(text: pa.Array, first: Reading, second: Reading) -> Reading:
    values = pc.coalesce(first.values, second.values)
    return reading(values, lost(text, values))


def _timestamp_of(array: pa.Array, kind: Type, parse: Parse) -> Reading:
    """Any Arrow timestamps as the column's; a plain cast where the two keep the same clock."""
    is_instant, wants_instant = array.type.tz is not None, kind.zone is not None
    zone = None
    if not is_instant and wants_instant:
        zone = parse.zone or kind.zone
    elif is_instant and not wants_instant:
        zone = parse.zone
        if zone is None:
            return unread(array, kind.arrow())
    unit, target = array.type.unit, str(kind.parameters[0])
    counted = array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    fits = _in_calendar(array)
    if zone is not None and zone != "UTC":
        counted = counted + _shift(np.where(fits, counted, 0), unit, zone, to_instant=wants_instant)
    counted, fits = _in_unit(counted, fits, unit, target)
    values = pa.array(counted, mask=~(present(array) & fits)).cast(pa.timestamp(target)).view(kind.arrow())
    return reading(values, present(array) & ~fits)


def _shift(counted: Microseconds, unit: str, zone: str, *, to_instant: bool) -> Microseconds:
    """How far local clocks and UTC stand apart at each time, in its unit."""
    per_second = _PER_SECOND[unit]
    whole_us = counted // per_second * 10**6
    moved_us = to_utc(whole_us, zone) if to_instant else to_local(whole_us, zone)
    return (moved_us - whole_us) // 10**6 * per_second


def _in_unit(counted: Microseconds, fits: Mask, unit: str, target: str) -> tuple[Microseconds, Mask]:
    finer, coarser = _PER_SECOND[target] // _PER_SECOND[unit], _PER_SECOND[unit] // _PER_SECOND[target]
    if coarser > 1:
        return counted // coarser, fits
    if finer > 1:
        largest = np.iinfo(np.int64).max // finer
        fits = fits & (counted <= largest) & (counted >= -largest)
        return np.where(fits, counted, 0) * finer, fits
    return counted, fits


def _date_of(array: pa.Array, parse: Parse) -> Reading:
    local = _timestamp_of(array, Type("timestamp", ("us", "none")), parse if parse.zone else Parse(zone=array.type.tz))
    seconds = local.values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    whole_day = seconds % (_DAY_S * 10**6) == 0
    values = pc.if_else(pa.array(whole_day), local.values.cast(pa.date32(), safe=False), None)
    return reading(values, lost(array, values))


def _in_calendar(array: pa.Array) -> Mask:
    """Where a timestamp lies in the years 1 to 9999 (nulls count as inside)."""
    counted, per_second = array.cast(pa.int64()).fill_null(0), _PER_SECOND[array.type.unit]
    if array.type.unit == "ns":
        return np.ones(len(array), np.bool_)
    return true_where(pc.and_(pc.greater_equal(counted, _FIRST_S * per_second), pc.less(counted, _END_S * per_second)))


def _where_matching(text: pa.Array, pattern: str, digits: int) -> pa.Array:
    """The texts that match, with at most `digits` after the point of the seconds; null elsewhere."""
    matching = pc.if_else(pc.match_substring_regex(text, pattern), text, None)
    return pc.replace_substring_regex(matching, rf"(\.[0-9]{{{digits}}})[0-9]+", r"\1") if digits else matching
