"""What a filter says, as a tree of frozen parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Operator = Literal["IN", "NOT IN", "=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Field:
    """`Items.CATEGORY`: a dataset and a field of it, in lower case."""

    dataset: str
    name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$CATEGORY`: a value that whoever asks gives."""

    name: str


Value = str | float | Parameter | Field


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field held against values."""

    field: Field
    operator: Operator
    values: tuple[Value, ...]

    @property
    def parameters(self) -> Iterator[str]:
        """Names of those that it needs."""
        return (value.name for value in self.values if isinstance(value, Parameter))


@dataclass(frozen=True, slots=True)
class Expression:
    """Items that are let in or left out where one of `any_of` holds, each a conjunction."""

    includes: bool
    any_of: tuple[tuple[Comparison, ...], ...]
    only_if: tuple[Comparison, ...] = ()
    """Conditions on the current user, all of which must hold; else the expression does nothing."""

    @property
    def comparisons(self) -> Iterator[Comparison]:
        """All of them."""
        for conjunction in self.any_of:
            yield from conjunction
        yield from self.only_if


@dataclass(frozen=True, slots=True)
class Filter:
    """Expressions, each applied to what those before it left."""

    text: str
    expressions: tuple[Expression, ...]

    @property
    def asks_users(self) -> bool:
        """Whether it looks at columns of the current user."""
        return any(each.only_if for each in self.expressions)
