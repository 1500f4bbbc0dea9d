"""Unions: in each row a value of one of several types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from sandbox.contract.arrow_types import type_of
from sandbox.contract.types import Type, union_type
from sandbox.scenario.language import Nested
from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.strict import Findings, Path
from sandbox.world import draws
from sandbox.world.columns.base import NotNegative, decoded
from sandbox.world.columns.nested import Nest
from sandbox.world.columns.selection import Selection


class UnionOf(Nest):
    """A value of one of several types; say the column's `type: union<string, int64>`, else it is a struct."""

    branches: Annotated[list[Nested], Field(min_length=2, max_length=32)]
    """A generator for each branch, of different types."""
    weights: list[NotNegative] | None = None
    """How often each branch is taken, >= 0, not all 0; else all alike."""

    @classmethod
    def shorthand(cls) -> str:
        """`union: [{choice: [a, b]}, {integer: [1, 9]}]`."""
        return "branches"

    @model_validator(mode="after")
    def _has_weights(self) -> UnionOf:
        if self.weights is not None and len(self.weights) != len(self.branches):
            raise Findings([(("weights",), f"has {len(self.weights)} weights for {len(self.branches)} branches.")])
        if self.weights is not None and not any(self.weights):
            raise Findings([(("weights",), "one weight must be above 0.")])
        return self

    def inside(self) -> Mapping[Path, ColumnPart]:
        """The branches."""
        return {("branches", number): part for number, part in enumerate(self.branches)}

    def yields(self, scope: Scope) -> pa.DataType:
        """A struct with one field a branch, of which exactly one is set: contracts keep unions so."""
        made = tuple(type_of(field.type) for field in self.fields_of(scope).values())
        return _with_names(made, [field.type for field in self.fields_of(scope).values()])

    def generate(self, rows: Rows) -> pa.Array:
        """Each branch makes the values of its rows."""
        weights = np.asarray(self.weights if self.weights is not None else [1.0] * len(self.branches))
        chosen = rows.draw("branch", rows.once("branches", lambda _: draws.Choice(weights)))
        bits = cache(rows.bits)
        columns = []
        for number, part in enumerate(self.branches):
            taken = np.flatnonzero(chosen == number)
            values = decoded(part.generate(Selection(rows, taken, f"branch {number}", bits)))
            places = np.zeros(len(rows), np.int64)
            places[taken] = np.arange(len(taken))
            columns.append(values.take(pa.array(places, mask=chosen != number)))
        kind = _with_names(tuple(type_of(column.type) for column in columns), [column.type for column in columns])
        return pa.StructArray.from_arrays(columns, fields=list(kind.fields))


def _with_names(branches: tuple[Type, ...], made: list[pa.DataType]) -> pa.StructType:
    """The struct that keeps a union of these branches. Raises InputError where two are of the same type."""
    names = [part.name for part in union_type(branches).parts]
    return pa.struct([pa.field(name, kind) for name, kind in zip(names, made, strict=True)])
