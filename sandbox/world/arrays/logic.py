"""Comparisons and SQL's three-valued logic. Not-a-number equals itself and is above every number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sandbox.world.arrays.masks import either, lifted
from sandbox.world.arrays.operand import Mask, Operand, merged


def equal(left: Operand, right: Operand) -> Operand:
    """`left = right`."""
    return lifted(_equal(left.values, right.values), left, right)


def unequal(left: Operand, right: Operand) -> Operand:
    """`left <> right`."""
    return lifted(~_equal(left.values, right.values), left, right)


def above(left: Operand, right: Operand) -> Operand:
    """`left > right`."""
    return lifted(_above(left.values, right.values), left, right)


def at_least(left: Operand, right: Operand) -> Operand:
    """`left >= right`."""
    return lifted(~_above(right.values, left.values), left, right)


def below(left: Operand, right: Operand) -> Operand:
    """`left < right`."""
    return lifted(_above(right.values, left.values), left, right)


def at_most(left: Operand, right: Operand) -> Operand:
    """`left <= right`."""
    return lifted(~_above(left.values, right.values), left, right)


def same(left: Operand, right: Operand) -> Operand:
    """`left is not distinct from right`: two nulls are the same."""
    values = _equal(left.values, right.values)
    no_left, no_right = _nulls(left), _nulls(right)
    values = np.where(no_left | no_right, no_left & no_right, values)
    return Operand(np.asarray(values), doubts=either(left.doubts, right.doubts))


def inverted(operand: Operand) -> Operand:
    """`not operand`."""
    return replace(operand, values=~operand.values)


def conjunction(left: Operand, right: Operand) -> Operand:
    """`left and right`: false where one is, whatever the other."""
    values = left.values & right.values
    nulls = either(left.nulls, right.nulls)
    if nulls is not None:
        false = (~left.values & ~_nulls(left)) | (~right.values & ~_nulls(right))
        values, nulls = values & ~false, nulls & ~false
    return Operand(np.asarray(values), nulls, doubts=either(left.doubts, right.doubts))


def disjunction(left: Operand, right: Operand) -> Operand:
    """`left or right`: true where one is, whatever the other."""
    return inverted(conjunction(inverted(left), inverted(right)))


def is_null(operand: Operand) -> Operand:
    """`operand is null`."""
    values = np.zeros(operand.values.shape, np.bool_) if operand.nulls is None else operand.nulls
    return Operand(np.asarray(values), doubts=operand.doubts)


def is_true(operand: Operand) -> Operand:
    """`operand is true`."""
    return Operand(np.asarray(operand.values & ~_nulls(operand)), doubts=operand.doubts)


def first_true(conditions: Sequence[Operand], values: Sequence[Operand], otherwise: Operand) -> Operand:
    """CASE: in each row the value of the first condition that is true. Values are of one kind."""
    entries = None
    if any(value.entries is not None for value in (*values, otherwise)):
        (*values, otherwise), entries = _of_same_entries([*values, otherwise])
    made = otherwise
    for condition, value in zip(reversed(conditions), reversed(values), strict=True):
        holds = condition.values if condition.nulls is None else condition.values & ~condition.nulls
        chosen = np.where(holds, value.values, made.values)
        nulls = _chosen(holds, value.nulls, made.nulls)
        doubts = either(_chosen(holds, value.doubts, made.doubts), condition.doubts)
        made = Operand(np.asarray(chosen), nulls, entries, otherwise.scale, doubts)
    return made


def first_value(operands: Sequence[Operand]) -> Operand:
    """COALESCE: in each row the first that is not null."""
    *firsts, last = operands
    return first_true([inverted(is_null(operand)) for operand in firsts], firsts, last)


def null_where_equal(operand: Operand, equals: Operand) -> Operand:
    """NULLIF, given where the two are equal."""
    holds = equals.values if equals.nulls is None else equals.values & ~equals.nulls
    return replace(
        operand, nulls=either(operand.nulls, np.asarray(holds)), doubts=either(operand.doubts, equals.doubts)
    )


COMPARISONS: dict[str, Callable[[Operand, Operand], Operand]] = {
    "EQ": equal, "NEQ": unequal, "GT": above, "GTE": at_least, "LT": below, "LTE": at_most, "NullSafeEQ": same,
}  # fmt: skip


def _of_same_entries(values: list[Operand]) -> tuple[list[Operand], Any]:
    distinct = {id(value.entries): value.entries for value in values if value.entries is not None}
    if len(distinct) == 1:  # what has no entries is null
        return values, next(iter(distinct.values()))
    return merged(values)


def _chosen(holds: Any, one: Mask | None, other: Mask | None) -> Mask | None:
    if one is None and other is None:
        return None
    return np.where(holds, False if one is None else one, False if other is None else other)


def _nulls(operand: Operand) -> Any:
    return np.False_ if operand.nulls is None else operand.nulls


def _equal(left: Any, right: Any) -> Any:
    found = left == right
    if left.dtype.kind == "f" and _any_nan(left) and _any_nan(right):
        found = found | (np.isnan(left) & np.isnan(right))
    return found


def _above(left: Any, right: Any) -> Any:
    if left.dtype.kind != "f" or not _any_nan(left):
        return left > right  # false where right is not a number, which is above all
    return (left > right) | (np.isnan(left) & ~np.isnan(right))


def _any_nan(values: Any) -> bool:
    return bool(np.isnan(values.min()))  # of a minimum with NaN comes NaN
