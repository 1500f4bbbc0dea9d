"""Whole numbers: ranges, counts and ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sandbox.addresses import Words
from sandbox.scenario.parts import Drawing, Rows, Scope
from sandbox.strict import Exactly, Findings
from sandbox.world import draws
from sandbox.world.columns.base import Distribution, NotNegative, Positive, parameter, require_numbers
from sandbox.world.columns.distinct import distinct_positions
from sandbox.world.draws import Floats

LARGEST_MEAN = 1e6
LARGEST_SPREAD = 1e5
"""Of a negative binomial: the table of its counts is 45 times as long."""


class Whole(Distribution):
    """Base of the distributions of whole numbers."""

    least: ClassVar[int] = 0

    def yields(self, scope: Scope) -> pa.DataType:
        """int64."""
        require_numbers(self, scope)
        return pa.int64()

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Where the numbers begin."""
        return {"ge": self.least}

    def proves(self, scope: Scope) -> frozenset[str]:
        """Nothing lies below the beginning."""
        return super().proves(scope) | {"range"}


class Integer(Whole):
    """Every whole number of a range is equally likely."""

    between: Annotated[list[int], Exactly(2)]
    """The smallest and the largest number, both included."""

    @classmethod
    def shorthand(cls) -> str:
        """`integer: [1, 6]`."""
        return "between"

    @model_validator(mode="after")
    def _bounds_rise(self) -> Integer:
        low, high = self.between
        if low > high or high - low >= 1 << 62 or not -(1 << 63) <= low <= high < 1 << 63:
            raise Findings([(("between",), f"got [{low}, {high}], needs low <= high, of 64 bits, at most 2^62 apart.")])
        return self

    def drawing(self, rows: Rows) -> Drawing:
        """Integers, evenly."""
        return draws.Integers(*self.between)

    def generate(self, rows: Rows) -> pa.Array:
        """Where values must be unique, a shuffle of the range."""
        if not rows.unique:
            return super().generate(rows)
        return pa.array(distinct_positions(rows, self._size) + self.between[0])

    @property
    def _size(self) -> int:
        return self.between[1] - self.between[0] + 1

    def capacity(self, scope: Scope) -> int:
        """The size of the range."""
        return self._size

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Both bounds."""
        return {"ge": self.between[0], "le": self.between[1]}

    def proves(self, scope: Scope) -> frozenset[str]:
        """A shuffle never repeats."""
        return super().proves(scope) | ({"unique"} if scope.unique and scope.rows >= 0 else set())


class Poisson(Whole):
    """How often something happens that has no memory: events in a period."""

    mean: Annotated[float, Field(ge=0, le=LARGEST_MEAN)] | str
    """The mean count, from 0 to 1,000,000; a number or SQL."""
    parameters: ClassVar = ("mean",)

    @classmethod
    def shorthand(cls) -> str:
        """`poisson: 2.5`."""
        return "mean"

    def drawing(self, rows: Rows) -> Drawing:
        """One table for one mean; a mean of its own for each row where it is SQL."""
        if isinstance(self.mean, str):
            return PoissonEach(parameter(rows, self.mean, "mean", least=0, most=LARGEST_MEAN))
        return self._constant

    def finish(self, drawn: NDArray[Any], rows: Rows) -> pa.Array:
        """A null mean gives a null count."""
        if not isinstance(self.mean, str):
            return pa.array(drawn)
        return pa.array(drawn, mask=np.isnan(parameter(rows, self.mean, "mean")))

    @cached_property
    def _constant(self) -> Drawing:
        return draws.poisson(float(self.mean))


class NegativeBinomial(Whole):
    """Counts that vary more than a Poisson does: some units are busier than others."""

    mean: NotNegative
    """The mean count, >= 0."""
    shape: Positive = 1.0
    """The smaller, the more uneven: the variance is mean + mean^2 / shape."""

    @model_validator(mode="after")
    def _fits_a_table(self) -> NegativeBinomial:
        if self.mean + self.mean / self.shape > LARGEST_SPREAD:
            raise Findings([(("mean",), f"is too large: mean + mean / shape must be at most {LARGEST_SPREAD:,.0f}.")])
        return self

    def drawing(self, rows: Rows) -> Drawing:
        """One table."""
        return self._constant

    @cached_property
    def _constant(self) -> Drawing:
        return draws.negative_binomial(self.mean, self.shape)


class Geometric(Whole):
    """Failures before the first success: 0, 1, 2 …"""

    p: Annotated[float, Field(ge=1e-4, le=1)]
    """Probability of success at each try, from 0.0001 to 1; the mean is (1 - p) / p."""

    @classmethod
    def shorthand(cls) -> str:
        """`geometric: 0.3`."""
        return "p"

    def drawing(self, rows: Rows) -> Drawing:
        """One table."""
        return self._constant

    @cached_property
    def _constant(self) -> Drawing:
        return draws.geometric(self.p)


class Zipf(Whole):
    """Ranks from 1: a few come up all the time and most hardly ever."""

    least: ClassVar = 1
    ranks: Annotated[int, Field(ge=1, le=1 << 53)]
    """How many ranks there are."""
    s: Annotated[float, Field(ge=0, le=20)] = 1.0
    """Steepness: rank r has a probability proportional to 1 / r^s; 0 makes all equal."""

    @classmethod
    def shorthand(cls) -> str:
        """`zipf: 1000`."""
        return "ranks"

    def drawing(self, rows: Rows) -> Drawing:
        """One table."""
        return self._constant

    @cached_property
    def _constant(self) -> Drawing:
        return draws.Zipf(self.ranks, self.s)

    def capacity(self, scope: Scope) -> int:
        """The ranks."""
        return self.ranks

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """First and last rank."""
        return {"ge": 1, "le": self.ranks}


@dataclass(frozen=True)
class PoissonEach(draws.Distribution):
    """Poisson counts with a mean of its own for each row; where that is NaN, the count is 0."""

    means: Floats

    def from_words(self, words: Words) -> NDArray[np.int64]:
        """int64, one for each word."""
        return draws.poisson_each(words, np.nan_to_num(self.means, nan=0.0))
