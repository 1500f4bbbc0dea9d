"""Numbers as text."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.sinks.pieces import Coded

_SMALL_NUMBERS, _ROWS_FOR_A_TABLE = 1 << 16, 1 << 10
"""Whole numbers below this are looked up rather than written, a third of the time, where there are so many rows."""


def integer_text(array: pa.Array) -> pa.StringArray:
    """In digits; null stays null."""
    return array.cast(pa.string()) if _largest(array) is None else _small_numbers().take(array)


def coded_integers(array: pa.Array) -> Coded | None:
    """As numbers that are their own codes, if all are known, none is negative, and there are few; else None."""
    largest = None if array.null_count else _largest(array)
    if largest is None or largest > len(array) // 8:
        return None
    return Coded(array, _small_numbers().slice(0, largest + 1))


def _largest(array: pa.Array) -> int | None:
    """The largest of many whole numbers, if all can be looked up; else None."""
    if len(array) < _ROWS_FOR_A_TABLE:
        return None
    span = pc.min_max(array)
    least, largest = span["min"].as_py(), span["max"].as_py()
    return largest if least is not None and least >= 0 and largest < _SMALL_NUMBERS else None


@cache
def _small_numbers() -> pa.StringArray:
    return pa.array(np.arange(_SMALL_NUMBERS)).cast(pa.string())


def float_text(array: pa.Array) -> pa.StringArray:
    """In the fewest digits that read back the same; what is no number is a word, null stays null."""
    text = array.cast(pa.string())
    if all_finite(array):
        return text
    text = pc.if_else(pc.fill_null(pc.is_nan(array), False), "NaN", text)
    text = pc.if_else(pc.fill_null(pc.equal(array, float("inf")), False), "Infinity", text)
    return pc.if_else(pc.fill_null(pc.equal(array, float("-inf")), False), "-Infinity", text)


def decimal_text(array: pa.Array) -> pa.StringArray:
    """With all its digits, never with an exponent; null stays null."""
    scale = array.type.scale
    # Arrow writes small decimals with an exponent (1E-8); up to this scale it never does.
    if scale <= 6:
        return array.cast(pa.string())
    wide = pa.decimal256 if pa.types.is_decimal256(array.type) else pa.decimal128
    digits = array.view(wide(array.type.precision, 0)).cast(pa.string())
    negative = pc.starts_with(digits, "-")
    digits = pc.utf8_lpad(pc.utf8_ltrim(digits, "-"), scale + 1, "0")
    sign = pc.if_else(negative, "-", "")
    whole, part = pc.utf8_slice_codeunits(digits, 0, -scale), pc.utf8_slice_codeunits(digits, -scale)
    return pc.binary_join_element_wise(sign, whole, ".", part, "")


def all_finite(array: pa.Array) -> bool:
    """Whether every value that is known is a number."""
    return pc.all(pc.is_finite(array)).as_py() is not False
