"""Texts that match a regular expression."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.world import draws
from sandbox.world.columns.base import VALUE
from sandbox.world.columns.distinct import distinct_positions

if TYPE_CHECKING:
    from sandbox.scenario.patterns import Pattern

_LARGEST_SHUFFLE = 1 << 62
_LARGEST_RANGE = 1 << 63


class PatternText(ColumnPart):
    """Texts that match a regular expression, each of them equally likely."""

    regex: Annotated[str, Field(min_length=1, max_length=1000)]
    """The expression, which the whole text matches: `[A-Z]{2}[0-9]{6}`."""

    @classmethod
    def shorthand(cls) -> str:
        """`pattern: "[A-Z]{2}[0-9]{6}"`."""
        return "regex"

    def yields(self, scope: Scope) -> pa.DataType:
        """Text. Raises ValueError where the expression cannot be read, or texts may grow without end."""
        _ = self._pattern
        return pa.string()

    def generate(self, rows: Rows) -> pa.Array:
        """Texts by number; where they must be unique, a shuffle of the first 2^62."""
        if rows.unique:
            places = distinct_positions(rows, min(self._pattern.index_count, _LARGEST_SHUFFLE))
            return self._pattern.strings(places.view(np.uint64))
        return self._pattern.strings(self._numbers(rows))

    def _numbers(self, rows: Rows) -> NDArray[np.uint64]:
        if self._pattern.index_count > _LARGEST_RANGE:
            return rows.bits(VALUE) % np.uint64(self._pattern.index_count - 1)
        return rows.draw(VALUE, draws.Integers(0, self._pattern.index_count - 1)).view(np.uint64)

    @cached_property
    def _pattern(self) -> Pattern:
        from sandbox.scenario.patterns import parse_pattern

        return parse_pattern(self.regex)

    def capacity(self, scope: Scope) -> int:
        """How many texts match."""
        return self._pattern.capacity

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """The expression itself."""
        return {"pattern": self.regex}

    def proves(self, scope: Scope) -> frozenset[str]:
        """Every text is made to match; a shuffle never repeats."""
        return frozenset({"not_null", "pattern"} | ({"unique"} if scope.unique and scope.rows >= 0 else set()))
