"""Numbers and truth values: from text in a source's own marks, and from numbers of other kinds, exactly."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.parse import NUMBER_UNITS, Parse
from sandbox.contract.readings import Mask, Reading, lost, present, reading
from sandbox.contract.types import Type, decimal_type

_MOST_DIGITS = 38
Numbers = npt.NDArray[Any]


def read_number(text: pa.Array, kind: Type, parse: Parse) -> Reading:
    """Read text as a number; `text` is an Arrow string array whose null markers are null already."""
    if parse.unit is not None:
        return _read_in_unit(text, kind, parse)
    if (parse.decimal, parse.thousands) == (".", ""):
        quick = _quick(_without_point(text) if kind.is_integer else text, kind)
        if quick is not None:
            return Reading(quick)
    plain = _plain(text, kind, parse)
    if kind.is_integer:
        return _whole_within(text, plain.cast(pa.decimal128(_MOST_DIGITS, 0)), kind)
    values = plain.cast(kind.arrow())
    return reading(values, lost(text, values))


def read_bool(text: pa.Array, parse: Parse) -> Reading:
    """Read text as true or false by the source's words."""
    words = pc.utf8_lower(pc.utf8_trim_whitespace(text))
    true = pc.is_in(words, pa.array([word.lower() for word in parse.true], pa.string()))
    known = pc.or_(true, pc.is_in(words, pa.array([word.lower() for word in parse.false], pa.string())))
    values = pc.if_else(known, true, None)
    return reading(values, lost(text, values))


def number_from_number(array: pa.Array, kind: Type) -> Reading:
    """Turn whole numbers and floats into another kind of number, where it holds them exactly.

    A float that is a whole number becomes one. float64 to float32 rounds, as that is what the contract asks
    for; a whole number too large for a float to hold exactly is unreadable.
    """
    given = present(array)
    numbers = array.fill_null(False if pa.types.is_boolean(array.type) else 0).to_numpy(zero_copy_only=False)
    if numbers.dtype == np.bool_:
        numbers = numbers.astype(np.int8)
    target = np.dtype(kind.arrow().to_pandas_dtype())
    if kind.is_integer:
        fits = _fits_integer(numbers, target)
    elif numbers.dtype.kind in "iu":
        exact = 2 ** (np.finfo(target).nmant + 1)
        fits = (numbers <= exact) & (numbers >= -exact)
    else:
        fits = ~np.isfinite(numbers) | (np.abs(numbers) <= np.finfo(target).max)
    values = np.where(fits, numbers, np.zeros((), numbers.dtype)).astype(target)
    unreadable = given & ~fits
    return Reading(pa.array(values, kind.arrow(), mask=~(given & fits)), unreadable if unreadable.any() else None)


def bool_from_number(array: pa.Array) -> Reading:
    """0 is false, 1 is true, anything else is unreadable."""
    true, false = pc.equal(array, pa.scalar(1, array.type)), pc.equal(array, pa.scalar(0, array.type))
    values = pc.if_else(pc.or_(true, false), true, None)
    return reading(values, lost(array, values))


def _without_point(text: pa.Array) -> pa.Array:
    """17850 for 17850.0, which is how whole numbers come out of pandas; a failed cast would cost far more."""
    pointed = pc.ends_with(text, ".0")
    if not pc.any(pointed, min_count=0).as_py():
        return text
    return pc.if_else(pointed, pc.utf8_slice_codeunits(text, 0, -2), text)


def _quick(text: pa.Array, kind: Type) -> pa.Array | None:
    """The whole column by one kernel, where that reads nothing that the careful path would refuse."""
    # Of more digits than a decimal holds, Arrow drops some without a word.
    if kind.name == "decimal" and (pc.max(pc.binary_length(text)).as_py() or 0) > _MOST_DIGITS:
        return None
    try:
        values = text.cast(kind.arrow())
    except pa.ArrowInvalid:
        return None
    # Arrow reads 0x1F as a whole number, and 1e2 as a decimal.
    foreign = {"decimal": "eE"}.get(kind.name, "xX" if kind.is_integer else "")
    strange = any(pc.any(pc.match_substring(text, letter), min_count=0).as_py() for letter in foreign)
    return None if strange else values


def _plain(text: pa.Array, kind: Type, parse: Parse) -> pa.Array:
    """The text with a plain point and no marks, null where it is no number that `kind` holds exactly."""
    trimmed = pc.utf8_trim_whitespace(text)
    well_formed = pc.match_substring_regex(trimmed, _written_pattern(parse.decimal, parse.thousands))
    plain = pc.if_else(well_formed, trimmed, None)
    if parse.thousands:
        plain = pc.replace_substring(plain, parse.thousands, "")
    if parse.decimal != ".":
        plain = pc.replace_substring(plain, parse.decimal, ".")
    fits = pc.match_substring_regex(plain, _fitting_pattern(kind))
    # Padding zeros go, since Arrow counts them against the digits that it can hold.
    bare = pc.replace_substring_regex(plain, r"\A\+?(-?)0*([0-9])", r"\1\2")
    bare = pc.replace_substring_regex(bare, r"\A\+?(-?)\.", r"\10.")
    return pc.if_else(fits, pc.replace_substring_regex(bare, r"(\.[0-9]*?)0*\z", r"\1"), None)


@lru_cache(maxsize=64)
def _written_pattern(decimal: str, thousands: str) -> str:
    # Groups are of three digits, so that 1,5 is no number where the comma marks thousands.
    groups = f"|[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+" if thousands else ""
    mark = re.escape(decimal)
    digits = f"(?:(?:[0-9]+{groups})(?:{mark}[0-9]*)?|{mark}[0-9]+)"
    return rf"\A(?:[+-]?{digits}(?:[eE][+-]?[0-9]+)?|[+-]?(?i:inf|infinity|nan))\z"


@lru_cache(maxsize=256)
def _fitting_pattern(kind: Type) -> str:
    if kind.is_integer:
        return rf"\A[+-]?0*[0-9]{{1,{_MOST_DIGITS}}}(?:\.0*)?\z"
    if kind.name == "decimal":
        precision, scale = (int(parameter) for parameter in kind.parameters)
        return rf"\A[+-]?0*[0-9]{{0,{precision - scale}}}(?:\.[0-9]{{0,{scale}}}0*)?\z"
    return ""


def _whole_within(given: pa.Array, whole: pa.Array, kind: Type) -> Reading:
    """decimal128(38, 0) as the integer type, where it fits; unreadable where `given` has a value that does not."""
    limits = np.iinfo(kind.arrow().to_pandas_dtype())
    lowest, highest = (pa.scalar(Decimal(int(limit)), whole.type) for limit in (limits.min, limits.max))
    fits = pc.and_(pc.greater_equal(whole, lowest), pc.less_equal(whole, highest))
    values = pc.if_else(fits, whole, None).cast(kind.arrow())
    return reading(values, lost(given, values))


def _read_in_unit(text: pa.Array, kind: Type, parse: Parse) -> Reading:
    shift = NUMBER_UNITS[str(parse.unit)]
    in_marks = replace(parse, unit=None)
    if kind.name in ("float32", "float64"):
        wide = read_number(text, Type("float64"), in_marks)
        scaled = pc.multiply(wide.values, 10.0**shift) if shift > 0 else pc.divide(wide.values, 10.0**-shift)
        return Reading(scaled.cast(kind.arrow()), wide.unreadable)
    scale = int(kind.parameters[1]) if kind.parameters else 0
    written_scale = min(max(scale + shift, 0), _MOST_DIGITS)
    wide = read_number(text, decimal_type(_MOST_DIGITS, written_scale), in_marks)
    # Moving the point of a decimal is exact and free: the same digits, read at another scale.
    moved_type = pa.decimal128(_MOST_DIGITS, written_scale - shift)
    moved = pa.Array.from_buffers(moved_type, len(text), wide.values.buffers(), offset=wide.values.offset)
    if kind.is_integer:
        return _whole_within(text, _rescaled(moved, _MOST_DIGITS, 0), kind)
    values = _rescaled(moved, int(kind.parameters[0]), scale).cast(kind.arrow())
    return reading(values, lost(text, values))


def _rescaled(moved: pa.Array, precision: int, scale: int) -> pa.Array:
    """A decimal of 38 digits at another scale, null where it would lose digits or have more than `precision`."""
    whole_digits = precision - scale
    if whole_digits + moved.type.scale < _MOST_DIGITS:
        limit = pa.scalar(Decimal(10) ** whole_digits, moved.type)
        moved = pc.if_else(pc.less(pc.abs(moved), limit), moved, None)
    cut = moved.cast(pa.decimal128(_MOST_DIGITS, scale), safe=False)
    return pc.if_else(pc.equal(cut.cast(moved.type, safe=False), moved), cut, None)


def _fits_integer(numbers: Numbers, target: np.dtype[Any]) -> Mask:
    limits = np.iinfo(target)
    if numbers.dtype.kind in "iu":
        # Python's whole numbers compare exactly with NumPy's of any width.
        inside: Mask = (numbers >= int(limits.min)) & (numbers <= int(limits.max))
        return inside
    with np.errstate(invalid="ignore"):
        # One past the largest is a power of two, which a float holds exactly; the largest itself it may not.
        inside = (numbers >= float(limits.min)) & (numbers < float(int(limits.max) + 1))
        whole: Mask = inside & (numbers == np.floor(numbers))
        return whole
