"""One of some values, by weight."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Discriminator, Field, Tag, model_validator

from sandbox.scenario.parts import Drawing, Rows, Scope
from sandbox.strict import Findings, Path
from sandbox.world import draws
from sandbox.world.columns.base import Distribution, NotNegative, Scalar, index_type, same_types, texts_by_position
from sandbox.world.columns.distinct import distinct_positions

Value = Scalar | datetime.date | datetime.datetime
Listed = Annotated[list[Value], Field(min_length=1), Tag("list")]
Weighted = Annotated[dict[Scalar, NotNegative], Field(min_length=1), Tag("map")]


class Choice(Distribution):
    """One of some values; texts become an enum."""

    values: Annotated[Listed | Weighted, Discriminator(lambda written: "map" if isinstance(written, dict) else "list")]
    """The values: a list (equally likely, or by `weights`), or a mapping from each value to its weight."""
    weights: list[NotNegative] | None = None
    """One weight for each value of the list, >= 0, not all 0; they need not sum to 1."""

    @classmethod
    def shorthand(cls) -> str:
        """`choice: [a, b]`."""
        return "values"

    @classmethod
    def is_bare(cls, value: Mapping[Any, Any]) -> bool:
        """`choice: {basic: 3, plus: 1}`."""
        return not isinstance(value.get("values"), (list, dict))

    @model_validator(mode="after")
    def _has_weights(self) -> Choice:
        values = self.options
        found: list[tuple[Path, str]] = []
        try:
            same_types(values, "the values")
        except ValueError as error:
            found.append((("values",), str(error)))
        repeated = [value for value, times in Counter(values).items() if times > 1]
        if repeated:
            found.append((("values",), f"'{repeated[0]}' stands there twice; give it one, larger weight."))
        if self.weights is not None and isinstance(self.values, dict):
            found.append((("weights",), "the mapping has the weights already; take one of them out."))
        elif self.weights is not None and len(self.weights) != len(values):
            found.append((("weights",), f"has {len(self.weights)} weights for {len(values)} values."))
        elif not any(self.shares):
            found.append((("values" if isinstance(self.values, dict) else "weights",), "one weight must be above 0."))
        if found:
            raise Findings(found)
        return self

    @property
    def options(self) -> list[Any]:
        """The values, in the order of writing."""
        return list(self.values)

    @property
    def shares(self) -> list[float]:
        """The weight of each value."""
        if isinstance(self.values, dict):
            return list(self.values.values())
        return self.weights if self.weights is not None else [1.0] * len(self.values)

    def yields(self, scope: Scope) -> pa.DataType:
        """A dictionary of texts, or the type of the values."""
        made = same_types(self.options, "the values")
        return pa.dictionary(pa.from_numpy_dtype(index_type(len(self.values))), made) if made == pa.string() else made

    def drawing(self, rows: Rows) -> Drawing:
        """Positions in the list, by weight."""
        return self._drawing

    def finish(self, drawn: NDArray[Any], rows: Rows) -> pa.Array:
        """The values at these positions."""
        if pa.types.is_string(self._values.type):
            return texts_by_position(drawn, self._values)
        return self._values.take(pa.array(drawn))

    def generate(self, rows: Rows) -> pa.Array:
        """Where values must be unique, a shuffle of them, whatever their weights."""
        return self.finish(distinct_positions(rows, len(self.values)), rows) if rows.unique else super().generate(rows)

    @cached_property
    def _values(self) -> pa.Array:
        return pa.array(self.options, same_types(self.options, "the values"))

    @cached_property
    def _drawing(self) -> Drawing:
        return draws.Choice(np.asarray(self.shares))

    def capacity(self, scope: Scope) -> int:
        """How many values there are."""
        return len(self.values)

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """The values."""
        return {"values": self.options}

    def proves(self, scope: Scope) -> frozenset[str]:
        """Nothing but the values comes out; a shuffle never repeats."""
        return frozenset({"not_null", "values"} | ({"unique"} if scope.unique and scope.rows >= 0 else set()))
