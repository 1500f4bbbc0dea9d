"""Values by SQL over the other columns of the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pyarrow as pa
from pydantic import Field

from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.strict import Path


class Sql(ColumnPart):
    """An SQL expression over the other columns of the row."""

    text: Annotated[str, Field(min_length=1)]
    """The expression, in DuckDB's SQL; allowed are functions of the row alone, as the reference lists them."""

    @classmethod
    def shorthand(cls) -> str:
        """`sql: "upper(name)"`."""
        return "text"

    def expressions(self) -> Mapping[Path, str]:
        """The one expression."""
        return {("text",): self.text}

    def yields(self, scope: Scope) -> pa.DataType:
        """Whatever the expression gives."""
        return scope.expressions[self.text]

    def generate(self, rows: Rows) -> pa.Array:
        """Its value for each row."""
        return rows.expression(self.text)

    def proves(self, scope: Scope) -> frozenset[str]:
        """Nothing: any expression may give null."""
        return frozenset()
