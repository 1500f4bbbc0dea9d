"""A column generator: even numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from pydantic import Field

from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.world.columns.distinct import distinct_positions
from sandbox.world.draws import Integers


class Even(ColumnPart):
    """Even numbers from 0, each equally likely."""

    most: int = Field(ge=0, le=2**40)
    """The largest number; of an odd one, the even number below it."""

    @classmethod
    def shorthand(cls) -> str:
        """`even: 10`."""
        return "most"

    def yields(self, scope: Scope) -> pa.DataType:
        """int64."""
        return pa.int64()

    def generate(self, rows: Rows) -> pa.Array:
        """Twice a whole number; where values must be unique, a shuffle of them."""
        if rows.unique:
            return pa.array(2 * distinct_positions(rows, self._numbers))
        return pa.array(2 * rows.draw("value", Integers(0, self._numbers - 1)))

    @property
    def _numbers(self) -> int:
        return self.most // 2 + 1

    def capacity(self, scope: Scope) -> int:
        """The even numbers up to the largest."""
        return self._numbers

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Both ends."""
        return {"ge": 0, "le": self.most}

    def proves(self, scope: Scope) -> frozenset[str]:
        """A shuffle never repeats."""
        return frozenset({"not_null", "range"} | ({"unique"} if scope.unique and scope.rows >= 0 else set()))
