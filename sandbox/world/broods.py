"""How many children each parent has, and when: by a fan-out, once a period, or as a Poisson process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, hash_columns
from sandbox.errors import InputError, Problem
from sandbox.world.block import Block
from sandbox.world.columns.base import floats
from sandbox.world.draws import Floats, poisson_each, stable
from sandbox.world.evaluation import evaluated
from sandbox.world.history import Versions
from sandbox.world.periods import DAY_US, period_starts
from sandbox.world.recipe import PARENT, Recipe
from sandbox.world.rows import ColumnRows
from sandbox.world.rowsets import Whole
from sandbox.world.views import View, moments

MOST_CHILDREN = 1 << 22
"""Of one parent."""
# Twice 40 bits order the children of one block: the parent's row above, the place in its span below.
_PLACE_BITS = 40


@dataclass(frozen=True, eq=False)
class Brood:
    """The children of one block of parents, in the parents' order; `ends` are their counts, summed up."""

    ends: Whole

    @property
    def nbytes(self) -> int:
        """What is kept."""
        return self.ends.nbytes

    @property
    def children(self) -> int:
        """How many there are."""
        return int(self.ends[-1]) if len(self.ends) else 0

    def some(self, low: int, high: int) -> tuple[Whole, Whole, Whole | None]:
        """Children [low, high) of the block: parent's row, number with it, time (microseconds UTC) if that follows."""
        first, last = np.searchsorted(self.ends, [low, high - 1], side="right")
        begins = np.concatenate([[0], self.ends[first:last]]) if first == 0 else self.ends[first - 1 : last]
        stops = np.minimum(self.ends[first : last + 1], high)
        counts = stops - np.maximum(begins, low)
        owners = np.repeat(np.arange(first, last + 1), counts)
        numbers = np.arange(low, high) - np.repeat(begins, counts)
        return owners, numbers, self._times(owners, numbers)

    def _times(self, owners: Whole, numbers: Whole) -> Whole | None:
        return None


@dataclass(frozen=True, eq=False)
class Periods(Brood):
    """One child at each of `starts` from the parent's `first` on."""

    starts: Whole
    first: Whole

    def _times(self, owners: Whole, numbers: Whole) -> Whole:
        times: Whole = self.starts[self.first[owners] + numbers]
        return times


@dataclass(frozen=True, eq=False)
class Arrivals(Brood):
    """Children at even chances over each parent's span, in order of time."""

    identities: Whole
    since: Whole
    until: Whole
    address: Address

    @property
    def nbytes(self) -> int:
        """What is kept."""
        return 4 * self.ends.nbytes

    def _times(self, owners: Whole, numbers: Whole) -> Whole:
        if not len(owners):
            return owners
        # Times are sorted within a parent, so that the first and the last parent are drawn whole.
        first, last = int(owners[0]), int(owners[-1])
        counts = np.diff(self.ends[first : last + 1], prepend=self.ends[first - 1] if first else 0)
        every = np.repeat(np.arange(first, last + 1), counts)
        number = np.arange(len(every)) - np.repeat(np.cumsum(counts) - counts, counts)
        words = hash_columns(self.address, self.identities[every], number)
        order = (every.astype(np.uint64) << np.uint64(_PLACE_BITS)) | (words >> np.uint64(64 - _PLACE_BITS))
        order.sort()
        places = (order & np.uint64((1 << _PLACE_BITS) - 1)).astype(np.float64) * 2.0**-_PLACE_BITS
        times = self.since[every] + (places * (self.until - self.since)[every]).astype(np.int64)
        own: Whole = times[int(numbers[0]) :][: len(owners)]
        return own


def broods_of(recipe: Recipe, parents: View) -> Brood:
    """The children of one block of parents, by whichever way the dataset declares."""
    spec, clock = recipe.plan.spec, recipe.clock
    if spec.fan_out is not None:
        return Brood(np.cumsum(fanned(recipe, parents)))
    since, until = _spans(recipe, parents)
    if spec.every is not None:
        every = spec.every
        starts = recipe.once("periods", lambda: period_starts(every, clock.start_us, clock.end_us, clock.zone))
        first, last = np.searchsorted(starts, since), np.searchsorted(starts, until)
        return Periods(np.cumsum(np.maximum(last - first, 0)), starts, first)
    means = stable(_rates(recipe, parents) * (np.maximum(until - since, 0) / DAY_US))
    if len(means) and means.max() > MOST_CHILDREN / 2:
        raise _too_many(recipe, "rate", means.max(), MOST_CHILDREN // 2)
    counts = poisson_each(hash_columns(recipe.process_address("rate"), parents.identities), means)
    return Arrivals(np.cumsum(counts), parents.identities, since, until, recipe.process_address("time"))


def fanned(recipe: Recipe, parents: View) -> Whole:
    """How many children each row of the parents has; of a history the first version of an entity has them all."""
    assert recipe.plan.spec.fan_out is not None
    owners = parents.entities if isinstance(parents, Versions) else parents
    assert isinstance(owners, Block)
    block = Block(recipe, owners.rows, outer=lambda name: owners.column(name.removeprefix(PARENT)))
    rows = ColumnRows(block, owners.rows, recipe.process_address("fan_out"))
    try:
        drawn: pa.Array = recipe.plan.spec.fan_out.generate(rows)
    except InputError as error:
        path = f"{recipe.path}.fan_out"
        raise InputError([replace(each, path=each.path or path) for each in error.problems]) from None
    counts = np.maximum(np.rint(np.nan_to_num(floats(drawn), nan=0.0)), 0.0)
    if len(counts) and counts.max() > MOST_CHILDREN:
        raise _too_many(recipe, "fan_out", counts.max(), MOST_CHILDREN)
    if not isinstance(parents, Versions):
        return counts.astype(np.int64)
    by_version = np.zeros(len(parents), np.int64)
    by_version[parents.first_rows] = counts
    return by_version


def _spans(recipe: Recipe, parents: View) -> tuple[Whole, Whole]:
    """From when till when each row of the parents is there within the clock, microseconds UTC."""
    clock, parent = recipe.clock, recipe.parent
    if isinstance(parents, Versions):
        since, until = parents.since, parents.until
    else:
        time = parent.plan.contract.time if parent is not None else None
        since = np.full(len(parents), clock.start_us) if time is None else moments(parents.column(time), recipe)
        until = np.full(len(parents), clock.end_us)
    return np.maximum(since, clock.start_us), np.minimum(until, clock.end_us)


def _rates(recipe: Recipe, parents: View) -> Floats:
    """Children per day of each row of the parents."""
    rate: Any = recipe.plan.spec.rate
    if not isinstance(rate, str):
        rates = np.full(len(parents), float(rate))
    else:
        formulas = {"rate": recipe.compiled(rate)}
        values = evaluated(formulas, lambda name: parents.column(name.removeprefix(PARENT)), len(parents), recipe.path)
        rates = floats(values[rate])
        rates = np.where(np.isnan(rates), 0.0, rates)
    if len(rates) and not (rates.min() >= 0 and np.isfinite(rates.max())):
        worst = rates[(rates < 0) | ~np.isfinite(rates)][0]
        raise _problem(
            recipe,
            "rate",
            f"gives {worst:g} for a parent, must be >= 0 and finite; bound it with greatest() and least().",
        )
    return rates


def _too_many(recipe: Recipe, key: str, count: float, most: int) -> InputError:
    written = f"{count:,.0f}" if count < 1e15 else f"{count:.1e}"
    return _problem(recipe, key, f"gives a parent {written} children, at most {most:,}.")


def _problem(recipe: Recipe, key: str, message: str) -> InputError:
    return InputError(Problem(message, f"{recipe.path}.{key}"))
