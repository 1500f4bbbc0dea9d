"""Values as they were seen elsewhere: a histogram, or the values of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sandbox.scenario.parts import Drawing, Rows, Scope
from sandbox.strict import Findings
from sandbox.world import draws
from sandbox.world.columns.base import Distribution, NotNegative, Real
from sandbox.world.columns.file_values import file_values, require_kind


class Histogram(Distribution):
    """Numbers by a histogram: a bin by its weight, then anywhere within it."""

    edges: Annotated[list[Real], Field(min_length=2)]
    """Where bins begin and end, rising, in the column's own unit; one more than weights."""
    weights: Annotated[list[NotNegative], Field(min_length=1)]
    """How often a value falls into each bin, >= 0, not all 0; they need not sum to 1."""

    @model_validator(mode="after")
    def _bins_fit(self) -> Histogram:
        found = []
        if len(self.edges) != len(self.weights) + 1:
            found.append(
                (
                    ("edges",),
                    f"has {len(self.edges)}, must have {len(self.weights) + 1}: one more than weights.",
                )
            )
        if any(low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)):
            found.append((("edges",), "must rise from each to the next."))
        if not any(self.weights):
            found.append((("weights",), "one weight must be above 0."))
        if found:
            raise Findings(list(found))
        return self

    def yields(self, scope: Scope) -> pa.DataType:
        """float64; `decimals` or `type` may make it another."""
        return pa.float64()

    def drawing(self, rows: Rows) -> Drawing:
        """One table."""
        return self._drawing

    @cached_property
    def _drawing(self) -> Drawing:
        return draws.Histogram(self.edges, self.weights)

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """The outer edges, where rounding to fewer decimals cannot step over them."""
        ends = {"ge": self.edges[0], "le": self.edges[-1]}
        return {key: int(end) for key, end in ends.items() if end.is_integer()}

    def proves(self, scope: Scope) -> frozenset[str]:
        """The bounds that are told as facts."""
        return frozenset({"not_null", "range"})


class Sample(Distribution):
    """Values of a column in a file, drawn again and again, each line of the file equally likely."""

    file: str
    """A .csv or .parquet file in the scenario's folder."""
    column: str
    """Its column."""

    @model_validator(mode="after")
    def _is_readable(self) -> Sample:
        require_kind(self.file)
        return self

    def files(self) -> Sequence[str]:
        """The one file."""
        return (self.file,)

    def yields(self, scope: Scope) -> pa.DataType:
        """The type of the file's column."""
        values = self._values(scope.folder)
        return pa.string() if isinstance(values, pa.DictionaryArray) else values.type

    def drawing(self, rows: Rows) -> Drawing:
        """Lines of the file, by their values in rising order, so that a larger word is a larger value."""
        return draws.Integers(0, len(rows.once("values", lambda _: self._values(rows.folder))) - 1)

    def finish(self, drawn: NDArray[Any], rows: Rows) -> pa.Array:
        """The values of these lines."""
        values = rows.once("values", lambda _: self._values(rows.folder))
        if not isinstance(values, pa.DictionaryArray):
            return values.take(pa.array(drawn))
        return pa.DictionaryArray.from_arrays(values.indices.take(pa.array(drawn)), values.dictionary)

    def _values(self, folder: str) -> pa.Array:
        """The column's values, rising, nulls last. Raises Findings where there are none."""
        values = file_values(folder, self.file, self.column)
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        values = values.take(pc.sort_indices(values))
        return values.dictionary_encode() if pa.types.is_string(values.type) else values

    def proves(self, scope: Scope) -> frozenset[str]:
        """No null where the file has none, if it is known where it lies."""
        complete = scope.folder and not self._values(scope.folder).null_count
        return frozenset({"not_null"} if complete else ())
