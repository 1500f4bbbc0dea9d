"""What a schema says of one value, at any depth: its column, its place in the file, its parts, and how values arise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.contract.model import Column
from sandbox.contract.types import Part, Type, union_type
from sandbox.errors import Place

_RULES = ("values", "pattern", "min_length", "max_length", "ge", "gt", "le", "lt", "default", "unique")


@dataclass(frozen=True, slots=True)
class Hint:
    """What a format knows of how values arise, which is no promise of a contract.

    `options` are values to choose from (whole lists or mappings for nested columns), by `weights` where these are
    known; `edges` are quantiles of numbers, evenly spaced in rank. `start` and `step` count rows upwards; where
    `restart` is set, from the beginning again there. `format` is the format's own word for what a text means (`email`)
    or how a time is written.
    """

    options: tuple[Any, ...] = ()
    weights: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    low: int | float | None = None
    high: int | float | None = None
    regex: str = ""
    start: int | float | None = None
    step: int | float = 1
    restart: int | float | None = None
    length: tuple[int, int] | None = None
    odds: float | None = None
    format: str = ""
    examples: tuple[Any, ...] = ()


NO_HINT = Hint()


@dataclass(frozen=True, slots=True)
class Field:
    """One value. `parts`: the fields of a struct, the element of a list, key and value of a map, a union's branches."""

    column: Column
    place: Place
    parts: tuple[Field, ...] = ()
    hint: Hint = NO_HINT

    @property
    def name(self) -> str:
        """Its name."""
        return self.column.name

    @property
    def type(self) -> Type:
        """Its type as a part of another: an enum is text there, since its values have no place inside a type."""
        return Type("string") if self.column.type == "enum" else self.column.parsed

    def named(self, name: str) -> Field:
        """The same under another name."""
        return replace(self, column=replace(self.column, name=name))

    def with_column(self, **changes: Any) -> Field:
        """The same with some facts of its column changed."""
        return replace(self, column=replace(self.column, **changes))


def field_of(column: Column, place: Place) -> Field:
    """A column as a field; its parts as its type has them."""
    kind = column.parsed
    parts = [field_of(Column(part.name, str(part.type), part.nullable), place) for part in kind.parts]
    return Field(column, place, tuple(parts))


def struct(name: str, parts: Sequence[Field], place: Place) -> Field:
    """A struct of these fields; of those that share a name, the last counts."""
    by_name = {part.name: part for part in parts}
    kind = Type("struct", parts=tuple(Part(part.name, part.type, part.column.nullable) for part in by_name.values()))
    return Field(Column(name, str(kind)), place, tuple(by_name.values()))


def list_of(name: str, element: Field, place: Place) -> Field:
    """A list of such elements."""
    kind = Type("list", parts=(Part("element", element.type, element.column.nullable),))
    return Field(Column(name, str(kind)), place, (element.named("element"),))


def map_of(name: str, key: Field, value: Field, place: Place) -> Field:
    """A map from such keys to such values."""
    kind = Type("map", parts=(Part("key", key.type), Part("value", value.type, value.column.nullable)))
    return Field(Column(name, str(kind)), place, (key.named("key"), value.named("value")))


def union_of(name: str, branches: Sequence[Field], place: Place) -> Field:
    """One of several types; branches that are one type to a contract become one branch, and one branch no union."""
    by_type: dict[Type, Field] = {}
    for branch in branches:
        by_type.setdefault(branch.type, branch)
    if len(by_type) == 1:
        only = next(iter(by_type.values()))
        same = only if len(branches) == 1 else Field(Column(name, str(only.type)), place, only.parts)
        return replace(same, column=replace(same.column, name=name), place=place)
    kind = union_type(tuple(by_type))
    parts = tuple(field.named(part.name) for part, field in zip(kind.parts, by_type.values(), strict=True))
    return Field(Column(name, str(kind)), place, parts)


def ruled_inside(field: Field, path: str = "") -> Iterator[tuple[str, Field]]:
    """The parts of a field, at any depth, that have rules of their own: a contract has none inside nested values."""
    for part in field.parts:
        below = f"{path or field.name}.{part.name}"
        if any(getattr(part.column, rule) not in (None, False) for rule in _RULES):
            yield below, part
        yield from ruled_inside(part, below)
