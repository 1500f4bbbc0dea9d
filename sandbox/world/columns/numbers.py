"""Continuous numbers. Location and scale may be SQL expressions over the columns of the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from sandbox import addresses
from sandbox.scenario.parts import Drawing, Rows, Scope
from sandbox.strict import Exactly, Findings
from sandbox.world import draws
from sandbox.world.columns.base import (
    Distribution,
    NotNegativeNumber,
    Number,
    Positive,
    PositiveNumber,
    Real,
    parameter,
    require_numbers,
)
from sandbox.world.draws import Floats

LARGEST_SIGMA = 50
"""Of a lognormal's logarithm: no draw of the largest median then passes what a number can be."""


class Continuous(Distribution):
    """Base of the distributions of real numbers."""

    def yields(self, scope: Scope) -> pa.DataType:
        """float64; `decimals` or `type` may make it another."""
        require_numbers(self, scope)
        return pa.float64()


class FromZero(Continuous):
    """Base of the distributions whose values are never below 0."""

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Nothing lies below 0."""
        return {"ge": 0}

    def proves(self, scope: Scope) -> frozenset[str]:
        """Whatever the parameters."""
        return super().proves(scope) | {"range"}


class Uniform(Continuous):
    """Every number between two bounds is equally likely."""

    between: Annotated[list[Number], Exactly(2)]
    """The lower and the upper bound, in the column's own unit; each a number or SQL."""

    @classmethod
    def shorthand(cls) -> str:
        """`uniform: [0, 1]`."""
        return "between"

    @model_validator(mode="after")
    def _bounds_rise(self) -> Uniform:
        low, high = self.between
        if not isinstance(low, str) and not isinstance(high, str) and low >= high:
            raise Findings([(("between",), f"got [{low:g}, {high:g}], the first must be below the second.")])
        return self

    def expressions(self) -> Mapping[tuple[str | int, ...], str]:
        """The bounds that are written in SQL."""
        return {("between", side): bound for side, bound in enumerate(self.between) if isinstance(bound, str)}

    def drawing(self, rows: Rows) -> Drawing:
        """A row whose upper bound lies below its lower one counts between the two all the same."""
        low, high = (parameter(rows, bound, "uniform") for bound in self.between)
        if not self.is_listening:
            return draws.Uniform(float(low), float(high))
        return Scaled(draws.Uniform(), np.abs(high - low), np.minimum(low, high))

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """The bounds, where rounding to fewer decimals cannot step over them."""
        low, high = self.between
        whole = {key: bound for key, bound in (("ge", low), ("le", high)) if not isinstance(bound, str)}
        return {key: int(bound) for key, bound in whole.items() if float(bound).is_integer()}

    def proves(self, scope: Scope) -> frozenset[str]:
        """The bounds that are told as facts."""
        return super().proves(scope) | {"range"}


class Normal(Continuous):
    """The bell curve."""

    mean: Number
    """The centre; a number or SQL."""
    sd: NotNegativeNumber
    """Standard deviation, > 0, in the unit of the mean; a number or SQL."""
    parameters: ClassVar = ("mean", "sd")

    @model_validator(mode="after")
    def _spreads(self) -> Normal:
        if self.sd == 0:
            raise Findings([(("sd",), "got 0, must be > 0; for one value write `constant`.")])
        return self

    def drawing(self, rows: Rows) -> Drawing:
        """The standard normal, scaled."""
        mean, deviation = parameter(rows, self.mean, "mean"), parameter(rows, self.sd, "sd", least=0)
        return Scaled(_standard_normal(), deviation, mean)


class Lognormal(FromZero):
    """A number whose logarithm is normal: prices, incomes, durations."""

    median: PositiveNumber
    """Half of the values lie below it, > 0; a number or SQL."""
    sigma: Annotated[float, Field(gt=0, le=LARGEST_SIGMA)] | str
    """Standard deviation of the natural logarithm, > 0 (0.5 is mild, 1 is wild); a number or SQL."""
    parameters: ClassVar = ("median", "sigma")

    def drawing(self, rows: Rows) -> Drawing:
        """The median times the exponential of a normal."""
        median = parameter(rows, self.median, "median", least=0)
        sigma = parameter(rows, self.sigma, "sigma", least=0, most=LARGEST_SIGMA)
        if isinstance(self.sigma, str):
            return Exponentiated(Scaled(_standard_normal(), sigma, np.zeros(())), median)
        return Scaled(self._standard, median)

    @cached_property
    def _standard(self) -> Drawing:
        return draws.lognormal(1.0, float(self.sigma))


class Gamma(FromZero):
    """Waiting times and amounts: skewed to the right, never below 0."""

    mean: PositiveNumber
    """The mean, > 0; a number or SQL."""
    shape: Positive = 4.0
    """1 is exponential, large is nearly normal; the standard deviation is mean / sqrt(shape)."""
    parameters: ClassVar = ("mean",)

    def drawing(self, rows: Rows) -> Drawing:
        """A gamma of mean 1, scaled."""
        mean = parameter(rows, self.mean, "mean", least=0)
        return Scaled(self._standard, mean)

    @cached_property
    def _standard(self) -> Drawing:
        return draws.gamma(self.shape, 1.0)


class Exponential(FromZero):
    """The time until something that may happen at any moment."""

    mean: PositiveNumber
    """The mean, > 0; a number or SQL."""
    parameters: ClassVar = ("mean",)

    @classmethod
    def shorthand(cls) -> str:
        """`exponential: 30`."""
        return "mean"

    def drawing(self, rows: Rows) -> Drawing:
        """An exponential of mean 1, scaled."""
        return Scaled(_standard_exponential(), parameter(rows, self.mean, "mean", least=0))


class Beta(Continuous):
    """A share: a number between 0 and 1, or between two bounds."""

    alpha: Positive
    """Pulls towards the upper end, > 0; the mean is alpha / (alpha + beta) of the way."""
    beta: Positive
    """Pulls towards the lower end, > 0."""
    low: Real = 0.0
    """Where the lower end lies."""
    high: Real = 1.0
    """Where the upper end lies."""

    @model_validator(mode="after")
    def _bounds_rise(self) -> Beta:
        if self.low >= self.high:
            raise Findings([(("high",), f"got {self.high:g}, must be above low, which is {self.low:g}.")])
        return self

    def drawing(self, rows: Rows) -> Drawing:
        """A beta on 0 to 1, stretched."""
        return Scaled(self._standard, np.asarray(self.high - self.low), np.asarray(self.low))

    @cached_property
    def _standard(self) -> Drawing:
        return draws.beta(self.alpha, self.beta)

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """The bounds, where rounding to fewer decimals cannot step over them."""
        ends = {"ge": self.low, "le": self.high}
        return {key: int(end) for key, end in ends.items() if end.is_integer()}

    def proves(self, scope: Scope) -> frozenset[str]:
        """The bounds that are told as facts."""
        return super().proves(scope) | {"range"}


@dataclass(frozen=True)
class Scaled(draws.Distribution):
    """Another distribution times `scale` plus `offset`: one of each, or one a row."""

    standard: Drawing
    scale: Floats
    offset: Floats | None = None

    def from_words(self, words: addresses.Words) -> Floats:
        """float64, one for each word."""
        values: Floats = self.standard.from_words(words)
        values *= self.scale
        if self.offset is not None:
            values += self.offset
        return values


@dataclass(frozen=True)
class Exponentiated(draws.Distribution):
    """`scale` times the exponential of another distribution."""

    logarithm: draws.Distribution
    scale: Floats

    def from_words(self, words: addresses.Words) -> Floats:
        """float64, one for each word."""
        values = np.exp(self.logarithm.from_words(words))
        values *= self.scale
        return draws.stable(values)


@cache
def _standard_normal() -> draws.Distribution:
    return draws.normal()


@cache
def _standard_exponential() -> draws.Distribution:
    return draws.exponential()
