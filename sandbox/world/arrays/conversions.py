"""One kind of values made of another, as DuckDB casts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.world.arrays.kinds import Kind
from sandbox.world.arrays.masks import doubted
from sandbox.world.arrays.operand import Operand

DAY_US = 86_400_000_000
_EXACT = {"real": 2**24, "double": 2**53}
_MOST_DAYS = 100_000_000


def converted(operand: Operand, old: Kind, new: Kind) -> Operand:
    """What SQL makes unasked (see `becomes`)."""
    if old.family == "null":
        return _as_null(operand, new)
    if old.family == new.family:
        return _rescaled(operand, new) if new.family == "decimal" else operand
    return CASTS[old.family, new.family](operand, new)


def cast(operand: Operand, old: Kind, new: Kind) -> Operand:
    """What SQL makes if asked; the pair of kinds must be one of `CASTS`, or the same."""
    if old.family == "null":
        return _as_null(operand, new)
    if old.family != new.family:
        return CASTS[old.family, new.family](operand, new)
    if new.family == "decimal":
        return _rescaled(operand, new)
    return _bounded(operand, new) if new.family == "integer" else operand


def rounded_away(values: NDArray[Any]) -> NDArray[Any]:
    """Floats to whole numbers, halves away from zero."""
    whole = np.trunc(values)
    return np.asarray(whole + np.copysign(np.abs(values - whole) >= 0.5, values))


def divided_away(values: NDArray[Any], divisor: int) -> NDArray[Any]:
    """Integers divided, halves away from zero."""
    half = divisor // 2
    return np.asarray(np.sign(values) * ((np.abs(values) + half) // divisor))


def _as_null(operand: Operand, new: Kind) -> Operand:
    return replace(operand, values=np.zeros_like(operand.values, _DTYPES[new.family]), scale=new.scale)


def _bounded(operand: Operand, new: Kind) -> Operand:
    """Doubt what a narrower integer, or a decimal of few digits, does not hold."""
    values = operand.values
    if values.min() >= new.low and values.max() <= new.high:
        return operand
    return doubted(operand, (values < new.low) | (values > new.high))


def _rescaled(operand: Operand, new: Kind) -> Operand:
    """A decimal, or an integer, with as many digits behind the point as the new kind has."""
    added = new.scale - operand.scale
    if added <= 0:
        values = divided_away(operand.values, 10**-added) if added else operand.values
        return _bounded(replace(operand, values=values, scale=new.scale), new)
    factor = 10**added
    most = min(2**62, new.high) // factor
    made = replace(operand, values=operand.values * factor, scale=new.scale)
    if operand.values.min() >= -most and operand.values.max() <= most:
        return made
    return doubted(made, (operand.values < -most) | (operand.values > most))


def _to_float(operand: Operand, new: Kind) -> Operand:
    dtype = _DTYPES[new.family]
    if not operand.scale:
        return replace(operand, values=operand.values.astype(dtype))
    # As DuckDB: in double, then rounded to float32; beyond what a float holds exactly it goes another way.
    values = (operand.values.astype(dtype) / np.float64(10.0**operand.scale)).astype(dtype)
    most = _EXACT[new.family]
    made = replace(operand, values=values, scale=0)
    if operand.values.min() >= -most and operand.values.max() <= most:
        return made
    return doubted(made, (operand.values < -most) | (operand.values > most))


def _to_real(operand: Operand, new: Kind) -> Operand:
    values = operand.values.astype(np.float32)
    return doubted(replace(operand, values=values), np.isinf(values) & np.isfinite(operand.values))


def _float_to_integer(operand: Operand, new: Kind) -> Operand:
    whole = np.rint(operand.values.astype(np.float64))
    holds = (whole >= float(new.low)) & (whole < float(new.high + 1))
    return doubted(replace(operand, values=np.where(holds, whole, 0.0).astype(np.int64)), ~holds)


def _decimal_to_integer(operand: Operand, new: Kind) -> Operand:
    values = divided_away(operand.values, 10**operand.scale)
    return _bounded(replace(operand, values=values, scale=0), new)


def _to_boolean(operand: Operand, new: Kind) -> Operand:
    return replace(operand, values=operand.values != 0, scale=0)


def _to_moment(operand: Operand, new: Kind) -> Operand:
    far = np.abs(operand.values) > _MOST_DAYS
    return doubted(replace(operand, values=operand.values.astype(np.int64) * DAY_US), far)


def _to_date(operand: Operand, new: Kind) -> Operand:
    far = np.abs(operand.values) > 2**62
    return doubted(replace(operand, values=operand.values // DAY_US), far)


def _boolean_to_integer(operand: Operand, new: Kind) -> Operand:
    return replace(operand, values=operand.values.astype(np.int64))


_DTYPES: dict[str, Any] = {
    "boolean": np.bool_, "integer": np.int64, "decimal": np.int64, "real": np.float32, "double": np.float64,
    "text": np.int32, "date": np.int64, "moment": np.int64,
}  # fmt: skip

CASTS: dict[tuple[str, str], Callable[[Operand, Kind], Operand]] = {
    ("boolean", "integer"): _boolean_to_integer,
    ("integer", "boolean"): _to_boolean,
    ("integer", "decimal"): _rescaled,
    ("integer", "real"): _to_float,
    ("integer", "double"): _to_float,
    ("decimal", "boolean"): _to_boolean,
    ("decimal", "integer"): _decimal_to_integer,
    ("decimal", "real"): _to_float,
    ("decimal", "double"): _to_float,
    ("real", "boolean"): _to_boolean,
    ("real", "integer"): _float_to_integer,
    ("real", "double"): _to_float,
    ("double", "boolean"): _to_boolean,
    ("double", "integer"): _float_to_integer,
    ("double", "real"): _to_real,
    ("date", "moment"): _to_moment,
    ("moment", "date"): _to_date,
}
