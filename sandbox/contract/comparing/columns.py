"""Whether a reader's column takes every value that a writer's column may have: its rules, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.contract.comparing.types import type_problem
from sandbox.contract.model import Column


def column_problems(reader: Column, writer: Column) -> Iterator[tuple[str, str]]:
    """Each rule of the reader that the writer's values may break: the rule, and why. Both are canonical."""
    problem = type_problem(reader.parsed, writer.parsed)
    if problem:
        yield "type", problem
        return
    if writer.nullable and not reader.nullable:
        yield "nullability", "may be null, and the reader allows none"
    yield from _values(reader, writer)
    yield from _range(reader, writer)
    if reader.pattern is not None and reader.pattern != writer.pattern and not _listed(writer):
        yield "pattern", f"{_or_any(writer.pattern)} need not match {reader.pattern}"
    if (reader.min_length or 0) > (writer.min_length or 0) and not _listed(writer):
        yield "length", f"may be of {writer.min_length or 0}, and the reader wants at least {reader.min_length}"
    if reader.max_length is not None and (writer.max_length is None or writer.max_length > reader.max_length):
        yield "length", f"may be of {_or_any(writer.max_length)}, and the reader wants at most {reader.max_length}"
    if reader.unique and not writer.unique:
        yield "uniqueness", "may come twice, and the reader wants each value once"


def _values(reader: Column, writer: Column) -> Iterator[tuple[str, str]]:
    if reader.values is None:
        return
    if writer.values is None:
        yield "values", f"may be anything, and the reader knows {_short(reader.values)}"
    elif strangers := [value for value in writer.values if value not in reader.values]:
        yield "values", f"may be {_short(strangers)}, which the reader does not know"


def _range(reader: Column, writer: Column) -> Iterator[tuple[str, str]]:
    for sign, inclusive, exclusive, word in ((1, "ge", "gt", "at least"), (-1, "le", "lt", "at most")):
        wanted, given = _bound(reader, inclusive, exclusive), _bound(writer, inclusive, exclusive)
        if wanted is None or _are_within(reader, writer, inclusive, exclusive):
            continue
        if given is None or _is_beyond(given, wanted, sign):
            shown = f"{'above' if sign > 0 else 'below'} {wanted[0]}" if wanted[1] else f"{word} {wanted[0]}"
            yield "range", f"may be {_or_any(given and given[0])}, and the reader wants {shown}"


def _bound(column: Column, inclusive: str, exclusive: str) -> tuple[Any, bool] | None:
    """The tighter end on one side, and whether it is itself left out."""
    ends = [
        (getattr(column, key), key == exclusive) for key in (exclusive, inclusive) if getattr(column, key) is not None
    ]
    if not ends:
        return None
    pick = max if inclusive == "ge" else min
    value = pick(end for end, _ in ends)
    return value, any(is_left_out for end, is_left_out in ends if end == value)


def _is_beyond(given: tuple[Any, bool], wanted: tuple[Any, bool], sign: int) -> bool:
    if given[0] == wanted[0]:
        return wanted[1] and not given[1]
    return bool(given[0] < wanted[0] if sign > 0 else given[0] > wanted[0])


def _are_within(reader: Column, writer: Column, inclusive: str, exclusive: str) -> bool:
    """Whether all that the writer lists lies on the right side of the reader's bound."""
    if not writer.values:
        return False
    wanted = _bound(reader, inclusive, exclusive)
    sign = 1 if inclusive == "ge" else -1
    return wanted is not None and not any(_is_beyond((value, False), wanted, sign) for value in writer.values)


def _listed(writer: Column) -> bool:
    """Whether the values themselves say which they are; whether the reader knows them is judged by its own list."""
    return writer.values is not None and writer.parsed.name == "enum"


def _or_any(value: Any) -> str:
    return "anything" if value is None else str(value)


def _short(values: Any) -> str:
    return ", ".join(str(value) for value in list(values)[:5]) + (" …" if len(values) > 5 else "")
