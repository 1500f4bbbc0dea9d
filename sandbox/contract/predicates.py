"""What breaks a rule, as Arrow kernels: each predicate answers with a mask over the rows, True where broken.

A null never breaks any rule but `not_null`; NaN breaks every range. A dictionary is judged once per distinct
value, not once per row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.duck import evaluate_over
from sandbox.contract.literals import literal, literals
from sandbox.contract.model import Column, Contract, Expectation
from sandbox.contract.readings import Mask, true_where
from sandbox.contract.rules import Rule
from sandbox.contract.types import Type

# Given the arrays of the rule's columns: where it is broken, or None where no row breaks it.
Predicate = Callable[..., Mask | None]

UUID_PATTERN = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def predicate_of(rule: Rule, contract: Contract) -> Predicate:
    """Compile one row rule; `type` has none of its own, since reading decides it."""
    if rule.kind == "order":
        return _order_broken
    if rule.kind == "expect":
        return _expected(next(condition for condition in contract.expectations if condition.name == rule.name))
    column = contract.column(rule.columns[0])
    return _COMPILE[rule.kind](column)


def _kept(holds: Callable[[pa.Array], pa.Array]) -> Predicate:
    """A predicate from a kernel that says where a rule holds (null: no opinion)."""

    def broken(array: pa.Array) -> Mask | None:
        if pa.types.is_dictionary(array.type):
            among = broken(array.dictionary)
            return None if among is None else true_where(pa.array(among).take(array.indices))
        held = holds(array)
        return None if pc.all(held, min_count=0).as_py() else true_where(pc.invert(held))

    return broken


def _not_null(_: Column) -> Predicate:
    def broken(array: pa.Array) -> Mask | None:
        if pa.types.is_dictionary(array.type) and array.dictionary.null_count:
            array = array.dictionary_decode()
        return true_where(array.is_null()) if array.null_count else None

    return broken


def _pattern(column: Column) -> Predicate:
    return _matching(str(column.pattern))


def _matching(pattern: str) -> Predicate:
    whole = rf"\A(?:{pattern})\z"
    return _kept(lambda array: pc.match_substring_regex(array, whole))


def _values(column: Column) -> Predicate:
    allowed = literals(column.values or (), column)
    listed = _kept(lambda array: pc.or_kleene(pc.is_in(array, allowed), pc.if_else(array.is_null(), None, False)))

    def broken(array: pa.Array) -> Mask | None:
        is_settled = pa.types.is_dictionary(array.type) and array.dictionary.equals(allowed)
        return None if is_settled else listed(array)

    return broken


def _length(column: Column) -> Predicate:
    measure = {"bytes": pc.binary_length, "list": pc.list_value_length}.get(column.parsed.name, pc.utf8_length)
    tests = [(pc.greater_equal, column.min_length), (pc.less_equal, column.max_length)]
    bounds = [(test, bound) for test, bound in tests if bound is not None]
    return _kept(lambda array: _all_hold(measure(array), bounds))


def _range(column: Column) -> Predicate:
    tests = {"ge": pc.greater_equal, "gt": pc.greater, "le": pc.less_equal, "lt": pc.less}
    given = [(test, getattr(column, key)) for key, test in tests.items()]
    bounds = [(test, literal(bound, column)) for test, bound in given if bound is not None]
    return _kept(lambda array: _all_hold(array, bounds))


def _all_hold(array: pa.Array, bounds: Sequence[tuple[Callable[..., pa.Array], object]]) -> pa.Array:
    test, bound = bounds[0]
    held = test(array, bound)
    for test, bound in bounds[1:]:
        held = pc.and_kleene(held, test(array, bound))
    return held


def _order_broken(start: pa.Array, end: pa.Array) -> Mask | None:
    in_order = pc.less_equal(start, end)
    return None if pc.all(in_order, min_count=0).as_py() else true_where(pc.invert(in_order))


def _expected(condition: Expectation) -> Predicate:
    """SQL over several columns; the batch's columns come in the order of the condition's."""

    def broken(*arrays: pa.Array) -> Mask | None:
        held = evaluate_over(condition.sql, dict(zip(condition.columns, arrays, strict=True)))
        return None if pc.all(held, min_count=0).as_py() else true_where(pc.invert(held))

    return broken


def _nested(column: Column) -> Predicate:
    kind = column.parsed

    def broken(array: pa.Array) -> Mask | None:
        mask = _broken_inside(array, kind)
        return mask if mask.any() else None

    return broken


def _broken_inside(array: pa.Array, kind: Type) -> Mask:
    """Where a value that is there has a required part that is null, or a part that is itself broken."""
    if kind.name == "uuid":
        mask = _matching(UUID_PATTERN)(array)
        return np.zeros(len(array), np.bool_) if mask is None else mask
    if kind.name in ("list", "map"):
        return _broken_elements(array, kind)
    if not kind.parts:
        return np.zeros(len(array), np.bool_)
    mask = np.zeros(len(array), np.bool_)
    children = [array.field(at) for at in range(len(kind.parts))]
    for part, child in zip(kind.parts, children, strict=True):
        mask |= _broken_inside(child, part.type)
        if not part.nullable:
            mask |= true_where(child.is_null())
    if kind.name == "union":
        mask |= sum(true_where(child.is_valid()).astype(np.int64) for child in children) != 1
    return mask & true_where(array.is_valid())


def _broken_elements(array: pa.Array, kind: Type) -> Mask:
    mask = np.zeros(len(array), np.bool_)
    if kind.name == "map":
        array = array.cast(pa.list_(pa.struct([part.arrow() for part in kind.parts])))
        kind = Type("list", parts=kind.parts)
    elements, parents = pc.list_flatten(array), pc.list_parent_indices(array).to_numpy()
    columns = [elements] if len(kind.parts) == 1 else [elements.field(0), elements.field(1)]
    for part, column in zip(kind.parts, columns, strict=True):
        broken = _broken_inside(column, part.type)
        if not part.nullable:
            broken |= true_where(column.is_null())
        mask[parents[broken]] = True
    return mask


_COMPILE: dict[str, Callable[[Column], Predicate]] = {
    "not_null": _not_null,
    "format": lambda _: _matching(UUID_PATTERN),
    "values": _values,
    "pattern": _pattern,
    "length": _length,
    "range": _range,
    "nested": _nested,
}
