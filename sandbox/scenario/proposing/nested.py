"""Generators of structs, lists, maps and unions, from those of what is inside."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from sandbox.contract.imports.fields import Field, list_of, map_of, struct, union_of
from sandbox.scenario.proposing.made import Guess, Made
from sandbox.scenario.proposing.words import bearable

_KEYS = ["a", "b", "c", "d"]


def nested(field: Field, made_of: Callable[[Field], Made]) -> Made:
    """How values of a nested field arise; `made_of` tells it for each of its parts."""
    name = field.column.parsed.name
    if name == "struct":
        parts = {part.name: _inside(part, made_of) for part in field.parts}
        return Made({"struct": {"fields": parts} if set(parts) == {"fields"} else parts}, "")
    if name == "list":
        return _list(field, made_of)
    if name == "map":
        return _map(field, made_of)
    return Made({"union": [_inside(part, made_of) for part in field.parts]}, "", ask="How often is {} of each type?")


def with_bearable_names(field: Field) -> Field:
    """The field with parts that a scenario can name: `zip-code` becomes `zip_code`, in its type too."""
    if not field.parts:
        return field
    parts = [with_bearable_names(part) for part in field.parts]
    name, kind, place = field.name, field.column.parsed.name, field.place
    if kind == "struct":
        taken: set[str] = set()
        for position, part in enumerate(parts):
            parts[position] = part.named(bearable(part.name, taken))
            taken.add(parts[position].name)
    if [part.column for part in parts] == [part.column for part in field.parts]:
        return field
    builders: dict[str, Callable[[], Field]] = {
        "struct": lambda: struct(name, parts, place),
        "list": lambda: list_of(name, parts[0], place),
        "map": lambda: map_of(name, parts[0], parts[1], place),
        "union": lambda: union_of(name, parts, place),
    }
    made = builders[kind]()
    return dataclasses.replace(field.with_column(type=made.column.type), parts=made.parts)


def _inside(part: Field, made_of: Callable[[Field], Made]) -> Any:
    """A generator inside another: it has no options that would round, and cannot count rows."""
    made = made_of(part)
    if made.kind == "float64" and part.type.is_integer:
        return {"integer": [1, 100]}
    if "serial" in made.generator:
        return {"integer": [1, 1_000]} if made.kind == "int64" else {"pattern": "[0-9]{1,6}"}
    return dict(made.generator)


def _list(field: Field, made_of: Callable[[Field], Made]) -> Made:
    options = [option for option in field.hint.options if isinstance(option, list)]
    if options:
        elements = list(dict.fromkeys(element for option in options for element in option if isinstance(element, str)))
        lengths = [len(option) for option in options]
        if elements:
            made = {"of": {"choice": elements}, "length": {"integer": [min(lengths), max(lengths)]}}
            return Made({"list": made}, "", "options of the schema")
    low = field.hint.length[0] if field.hint.length else field.column.min_length
    high = field.hint.length[1] if field.hint.length else field.column.max_length
    least = low if low is not None else 0
    most = high if high is not None else least + 3
    length: Any = [least, max(most, least)]
    if low is None or high is None:
        length = Guess(length, "How many elements does {} have?")
    element = field.parts[0] if field.parts else None
    inside = _inside(element, made_of) if element is not None else {"pattern": "[a-z]{3,8}"}
    return Made({"list": {"of": inside, "length": {"integer": length}}}, "")


def _map(field: Field, made_of: Callable[[Field], Made]) -> Made:
    options = [option for option in field.hint.options if isinstance(option, dict)]
    keys = list(dict.fromkeys(key for option in options for key in option)) or _KEYS
    values = list(dict.fromkeys(value for option in options for value in option.values() if isinstance(value, str)))
    made = {
        "keys": {"choice": keys},
        "values": {"choice": values} if values else _inside(field.parts[1], made_of),
        "length": {"integer": [1, len(keys)]},
    }
    if options:
        return Made({"map": made}, "", "options of the schema")
    return Made({"map": made}, "", ask="Which keys does {} have, and how many?")
