"""Arithmetic as DuckDB has it: integers that overflow are in doubt, floats follow IEEE 754.

Each function takes operands of the kind that it makes, except where it says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.world.arrays.conversions import divided_away, rounded_away
from sandbox.world.arrays.kinds import Kind
from sandbox.world.arrays.masks import doubted, lifted, nulled
from sandbox.world.arrays.operand import Operand

Operator = Callable[[Any, Any], Any]


def add(left: Operand, right: Operand, kind: Kind) -> Operand:
    """`left + right`."""
    return _plain(np.add, left, right, kind, _most(left, right, kind, int.__add__))


def subtract(left: Operand, right: Operand, kind: Kind) -> Operand:
    """`left - right`."""
    return _plain(np.subtract, left, right, kind, _most(left, right, kind, int.__add__))


def multiply(left: Operand, right: Operand, kind: Kind) -> Operand:
    """`left * right`; decimals may have any scales that add up to that of the kind."""
    return _plain(np.multiply, left, right, kind, _most(left, right, kind, int.__mul__))


def divide(left: Operand, right: Operand, kind: Kind) -> Operand:
    """`left / right` of floats: infinite or not a number where the divisor is 0."""
    return lifted(np.divide(left.values, right.values), left, right)


def divide_whole(left: Operand, right: Operand, kind: Kind) -> Operand:
    """`left // right`: towards zero for integers, not whole for floats; null where the divisor is 0."""
    zero = right.values == 0
    if kind.is_float:
        return nulled(lifted(np.divide(left.values, right.values), left, right), zero)
    divisor = np.where(zero, 1, right.values)
    quotient = (left.values - np.fmod(left.values, divisor)) // divisor
    beyond = (left.values == kind.low) & (right.values == -1)
    return nulled(doubted(lifted(quotient, left, right), beyond & (kind.low < 0)), zero)


def remainder(left: Operand, right: Operand, kind: Kind) -> Operand:
    """`left % right`, with the sign of the left one; for integers null where the divisor is 0."""
    if kind.is_float:
        return lifted(np.fmod(left.values, right.values), left, right)
    zero = right.values == 0
    divisor = np.where(zero, 1, right.values)
    beyond = (left.values == kind.low) & (right.values == -1)
    made = lifted(np.fmod(left.values, divisor), left, right)
    return nulled(doubted(made, beyond & (kind.low < 0)), zero)


def negate(operand: Operand, kind: Kind) -> Operand:
    """`-operand`."""
    if kind.is_float:
        return lifted(-operand.values, operand)
    made = lifted(-operand.values, operand, scale=operand.scale)
    return _in_bounds(made, kind)


def absolute(operand: Operand, kind: Kind) -> Operand:
    """`abs(operand)`."""
    made = lifted(np.abs(operand.values), operand, scale=operand.scale)
    return made if kind.is_float else _in_bounds(made, kind)


def sign(operand: Operand) -> Operand:
    """-1, 0 or 1 of a number of any kind; 0 of what is none."""
    return lifted((operand.values > 0).astype(np.int64) - (operand.values < 0), operand)


def round_float(operand: Operand, digits: int) -> Operand:
    """A double to so many digits behind the point, or before it where negative; halves away from zero."""
    values = operand.values
    if not digits:
        return lifted(rounded_away(values), operand)
    power = 10.0 ** abs(digits)
    scaled = values * power if digits > 0 else values / power
    whole = rounded_away(scaled)
    if digits > 0:
        # 2.675 is 2.67499… in binary: what is a half only because the product was rounded goes the other way.
        seeming = (np.abs(scaled - np.trunc(scaled)) == 0.5) & (_lost(values, power, scaled) * np.sign(scaled) < 0)
        whole = np.where(seeming, np.trunc(scaled), whole)
    made = np.where(np.isfinite(scaled), whole / power if digits > 0 else whole * power, values)
    return doubted(lifted(made, operand), (np.abs(scaled) >= 2.0**52) & np.isfinite(values))


def _lost(values: Any, power: float, product: Any) -> Any:
    """What rounding took from `values * power`. Source: Dekker's product (1971)."""
    above, below = _split(values)
    power_above, power_below = _split(power)
    return ((above * power_above - product) + above * power_below + below * power_above) + below * power_below


def _split(values: Any) -> tuple[Any, Any]:
    spread = values * (2.0**27 + 1.0)
    above = spread - (spread - values)
    return above, values - above


def round_decimal(operand: Operand, digits: int) -> Operand:
    """A decimal to `digits` >= 0 behind the point; halves away from zero."""
    if digits >= operand.scale:
        return operand
    return lifted(divided_away(operand.values, 10 ** (operand.scale - digits)), operand, scale=digits)


def floor(operand: Operand) -> Operand:
    """The whole number at or below."""
    whole = operand.values // 10**operand.scale if operand.scale else np.floor(operand.values)
    return lifted(whole, operand)


def ceiling(operand: Operand) -> Operand:
    """The whole number at or above."""
    whole = -(-operand.values // 10**operand.scale) if operand.scale else np.ceil(operand.values)
    return lifted(whole, operand)


def truncate(operand: Operand) -> Operand:
    """The whole number towards zero."""
    if not operand.scale:
        return lifted(np.trunc(operand.values), operand)
    return lifted(np.sign(operand.values) * (np.abs(operand.values) // 10**operand.scale), operand)


def greatest(left: Operand, right: Operand, kind: Kind) -> Operand:
    """The greater one; the other where one is null. Not-a-number is above all."""
    return _unless_null(np.maximum, left, right)


def least(left: Operand, right: Operand, kind: Kind) -> Operand:
    """The lesser one; the other where one is null."""
    return _unless_null(np.fmin, left, right)


def _unless_null(choose: Operator, left: Operand, right: Operand) -> Operand:
    values = choose(left.values, right.values)
    made = lifted(values, left, right, scale=left.scale)
    if made.nulls is None:
        return made
    both = True if left.nulls is None or right.nulls is None else None
    if left.nulls is not None:
        values = np.where(left.nulls, right.values, values)
    if right.nulls is not None:
        values = np.where(right.nulls, left.values, values)
    nulls = None if both else np.asarray(left.nulls & right.nulls)  # type: ignore[operator]
    return Operand(np.asarray(values), nulls, scale=left.scale, doubts=made.doubts)


def _plain(operator: Operator, left: Operand, right: Operand, kind: Kind, most: int) -> Operand:
    values = operator(left.values, right.values)
    made = lifted(values, left, right, scale=kind.scale)
    if kind.is_float:
        return made
    if most >= 2**63:  # the values may have wrapped around
        floats = operator(left.values.astype(np.float64), right.values.astype(np.float64))
        return doubted(made, (np.abs(floats) >= 2.0**62) | (values < kind.low) | (values > kind.high))
    return made if most <= kind.high and kind.low < 0 else _in_bounds(made, kind)


def _in_bounds(made: Operand, kind: Kind) -> Operand:
    values: NDArray[Any] = made.values
    if kind.high == 2**63 - 1:  # what wrapped around came back as it was
        return doubted(made, values == kind.low)
    if values.min() >= kind.low and values.max() <= kind.high:
        return made
    return doubted(made, (values < kind.low) | (values > kind.high))


def _most(left: Operand, right: Operand, kind: Kind, grow: Callable[[int, int], int]) -> int:
    """A bound of what an operation on integers gives."""
    if kind.is_float:
        return 0
    extremes = (max(-int(operand.values.min()), int(operand.values.max())) for operand in (left, right))
    return grow(*extremes)
