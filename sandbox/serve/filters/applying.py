"""Apply a filter: which items of the catalogue may be shown to somebody, as a mask."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.errors import InputError, did_you_mean
from sandbox.serve.filters.expression import Comparison, Expression, Field, Filter, Parameter, Value

Mask = NDArray[np.bool_]
_COMPARES: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Known(Protocol):
    """What filters ask of the data."""

    @property
    def items(self) -> pa.Table:
        """Of the catalogue, a row for each item by its place."""

    @property
    def users(self) -> Sequence[str]:
        """Names of the users' columns."""

    def user(self, who: str | None) -> Mapping[str, Any]:
        """The columns of a user; empty for whoever is unknown."""

    def interacted(self, who: str | None, kinds: frozenset[str] | None) -> NDArray[np.int64]:
        """Places of the items that somebody met by events of some kinds, in lower case; None: of any."""


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a filter is applied."""

    user: str | None
    item: int | None = None
    """The place of the item that the list is about."""
    values: Mapping[str, Sequence[str | float]] = field(default_factory=dict)


def check_fields(found: Filter, known: Known) -> None:
    """Raises InputError: a field is no column, or is compared with what it is not."""
    for comparison in (each for expression in found.expressions for each in expression.comparisons):
        _check_field(comparison.field, comparison.operator, known)
        for value in comparison.values:
            if isinstance(value, Field):
                _check_field(value, "IN", known)


def _check_field(wanted: Field, sign: str, known: Known) -> None:
    if wanted.dataset == "interactions":
        if sign not in ("IN", "NOT IN"):
            raise InputError("filter: Interactions.EVENT_TYPE is asked for with IN or NOT IN.")
        return
    columns = known.users if wanted.dataset == "currentuser" else known.items.column_names
    lower = {name.lower(): name for name in columns}
    if wanted.name not in lower:
        said = f"filter: {wanted.dataset} has no field '{wanted.name}'."
        raise InputError(f"{said}{did_you_mean(wanted.name, lower)}")
    if sign not in ("IN", "NOT IN", "=") and wanted.dataset == "items":
        kind = known.items.schema.field(lower[wanted.name]).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            raise InputError(f"filter: {sign} compares numbers, and {wanted.dataset}.{wanted.name} is {kind}.")


def allowed(found: Filter, known: Known, asker: Asker) -> Mask:
    """Which items may be shown; shape (items,).

    Raises:
        InputError: an expression that includes has a parameter without a value.
    """
    mask = np.ones(len(known.items), np.bool_)
    for expression in found.expressions:
        if _speaks(expression, asker) and _holds_for_user(expression, known, asker):
            holds = _any(expression, known, asker)
            mask &= holds if expression.includes else ~holds
    return mask


def _speaks(expression: Expression, asker: Asker) -> bool:
    """Whether all parameters have values. One that excludes may be left without, and then does nothing."""
    lacking = {name for each in expression.comparisons for name in each.parameters} - set(asker.values)
    if lacking and expression.includes:
        raise InputError(f"filterValues: there is no value for {', '.join(f'${name}' for name in sorted(lacking))}.")
    return not lacking


def _holds_for_user(expression: Expression, known: Known, asker: Asker) -> bool:
    columns = {name.lower(): value for name, value in known.user(asker.user).items()} if expression.only_if else {}
    for comparison in expression.only_if:
        value, wanted = columns.get(comparison.field.name), _values(comparison.values, known, asker)
        if comparison.operator in ("IN", "NOT IN"):
            holds = value is not None and _text(value) in set(map(_text, wanted))
            holds = holds != (comparison.operator == "NOT IN")
        else:
            holds = value is not None and any(_compared(comparison.operator, value, each) for each in wanted)
        if not holds:
            return False
    return True


def _any(expression: Expression, known: Known, asker: Asker) -> Mask:
    found = np.zeros(len(known.items), np.bool_)
    for conjunction in expression.any_of:
        both = np.ones(len(found), np.bool_)
        for comparison in conjunction:
            both &= _holds(comparison, known, asker)
        found |= both
    return found


def _holds(comparison: Comparison, known: Known, asker: Asker) -> Mask:
    wanted = _values(comparison.values, known, asker)
    if comparison.field.dataset == "interactions":
        kinds = frozenset(str(value).lower() for value in wanted)
        found = np.zeros(len(known.items), np.bool_)
        found[known.interacted(asker.user, None if "*" in kinds else kinds)] = True
    else:
        column = _column(known.items, comparison.field.name)
        found = _compare(comparison.operator, column, wanted)
    return ~found if comparison.operator == "NOT IN" else found


def _compare(sign: str, column: pa.Array, wanted: Sequence[Any]) -> Mask:
    if sign in ("IN", "NOT IN") or not _are_numbers(column.type):
        return _is_one_of(column, [_text(value) for value in wanted])
    numbers = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    found = np.zeros(len(numbers), np.bool_)
    for value in wanted:
        with np.errstate(invalid="ignore"):
            found |= _COMPARES[sign](numbers, _number(value))
    return found


def _is_one_of(column: pa.Array, wanted: Sequence[str]) -> Mask:
    """Where a value is one of some texts; a value `a|b` is both."""
    texts = _texts(column)
    found = pc.is_in(texts, pa.array(wanted, pa.string()))
    several = pc.fill_null(pc.match_substring(texts, "|"), False)
    if pc.any(several).as_py():
        parts = pc.split_pattern(texts, "|")
        hits = pc.list_parent_indices(parts).filter(pc.is_in(pc.list_flatten(parts), pa.array(wanted, pa.string())))
        mask = np.asarray(found).copy()
        mask[np.asarray(hits)] = True
        return mask
    return np.array(found)


def _values(values: Sequence[Value], known: Known, asker: Asker) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance(value, Parameter):
            found += asker.values[value.name]
        elif isinstance(value, Field):
            found += _current(value, known, asker)
        else:
            found.append(value)
    return found


def _current(field: Field, known: Known, asker: Asker) -> list[Any]:
    if field.dataset == "currentuser":
        columns = {name.lower(): value for name, value in known.user(asker.user).items()}
        value = columns.get(field.name)
    else:
        if asker.item is None:
            raise InputError("filter: CurrentItem needs an itemId that is known.")
        value = _column(known.items, field.name)[asker.item].as_py()
    return [] if value is None else value.split("|") if isinstance(value, str) else [value]


def _column(items: pa.Table, name: str) -> pa.Array:
    real = next((each for each in items.column_names if each.lower() == name), None)
    if real is None:
        raise InputError(f"filter: items have no field '{name}'.")
    return items[real].combine_chunks()


def _compared(sign: str, value: Any, wanted: Any) -> bool:
    try:
        return bool(_COMPARES[sign](float(value), float(wanted)))
    except (TypeError, ValueError):
        return sign == "=" and _text(value) == _text(wanted)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"filter: got '{value}', must be a number.") from None


def _are_numbers(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _texts(column: pa.Array) -> pa.Array:
    """Values as texts, so that 3 is `3` whatever number it is."""
    if pa.types.is_floating(column.type):
        return pa.array([None if value is None else _text(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
