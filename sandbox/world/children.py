"""Children: rows that belong to rows of another dataset, so many each, or as they come over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS, blocks
from sandbox.world.block import Block
from sandbox.world.broods import Brood, broods_of
from sandbox.world.cache import Cache
from sandbox.world.finish import joined
from sandbox.world.history import Versions
from sandbox.world.recipe import INSTANT, PARENT, Recipe
from sandbox.world.rowsets import Identified, Whole, identities_of
from sandbox.world.schedule import needed
from sandbox.world.views import Maker, Slice, View, moments


@dataclass(frozen=True, eq=False)
class Children:
    """Makes the children of a dataset's rows, parent after parent.

    Which child is whose follows from how many the parents before have. A prepass counts these by block of parents,
    as far as is asked for, and keeps one number a block; it makes only what the counts depend on.
    """

    recipe: Recipe
    parents: Maker
    cache: Cache
    counted: dict[str, Whole]

    @property
    def units(self) -> int:
        """Rows."""
        return self.rows

    @property
    def rows(self) -> int:
        """Rows, after a prepass over all parents."""
        return int(self._totals(None).sum())

    def rows_of(self, start: int, stop: int) -> int:
        """As many as the range has."""
        return stop - start

    def block(self, number: int) -> Block:
        """Rows [number * 65,536, …), kept for a while."""
        start = number * BLOCK_ROWS
        made: Block = self.cache.get(
            (self.recipe.plan.name, "rows", number), lambda: self.some(start, start + BLOCK_ROWS)
        )
        return made

    def slices(self, start: int, stop: int) -> Iterator[Slice]:
        """Block by block; nothing is kept of the children."""
        for _, first, last in blocks(start, stop):
            block = self.some(first, last)
            yield Slice(block, 0, len(block))

    def some(self, start: int, stop: int) -> Block:
        """The rows [start, stop), as far as there are any, whatever parents they have."""
        families = list(self._families(start, stop))
        columns = ParentColumns(self.recipe, families)
        address = self.recipe.process_address("row")
        parents = [family.parents.identities[family.owners] for family in families]
        numbers = [family.numbers for family in families]
        identities = identities_of(address, _all(parents), _all(numbers))
        rows = Identified(identities, start)
        spec = self.recipe.plan.spec
        if spec.fan_out is None and spec.time is not None:
            times = [family.times for family in families if family.times is not None]
            return Block(self.recipe, rows, {spec.time: pa.array(_all(times)).cast(INSTANT)}, columns)
        if spec.time is None or not columns.have_versions:
            return Block(self.recipe, rows, outer=columns)
        block = Block(self.recipe, rows, outer=columns)
        # The time is made first, from the parent's first version; all else then sees the version of that time.
        times_us = moments(block.column(spec.time), self.recipe)
        made = {column.name: block.made[column.name] for column in needed(self.recipe.plan.columns, [spec.time])}
        return Block(self.recipe, rows, made, columns.as_of(times_us))

    def _families(self, start: int, stop: int) -> Iterator[Family]:
        """The children [start, stop), by block of parents."""
        ends = np.cumsum(self._totals(stop))
        first, last = np.searchsorted(ends, [start, stop - 1], side="right") if stop > start else (0, -1)
        for number in range(int(first), min(int(last), len(ends) - 1) + 1):
            before = int(ends[number - 1]) if number else 0
            brood = self._brood(number)
            low, high = max(start - before, 0), min(stop - before, brood.children)
            if low < high:
                owners, numbers, times = brood.some(low, high)
                yield Family(self.parents.block(number), owners, numbers, times)

    def _totals(self, upto: int | None) -> Whole:
        """Children of each block of parents, at least as far as row `upto`; all of them for None."""
        name = self.recipe.plan.name
        totals = self.counted.get(name, np.zeros(0, np.int64))
        parent_blocks = -(-self.parents.units // BLOCK_ROWS)
        more: list[int] = []
        reached = int(totals.sum())
        while len(totals) + len(more) < parent_blocks and (upto is None or reached < upto):
            more.append(self._brood(len(totals) + len(more)).children)
            reached += more[-1]
        if more:
            totals = self.counted[name] = np.concatenate([totals, np.array(more, np.int64)])
        return totals

    def _brood(self, number: int) -> Brood:
        """The counts of one block of parents."""
        made: Brood = self.cache.get(
            (self.recipe.plan.name, "broods", number), lambda: broods_of(self.recipe, self.parents.block(number))
        )
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Children of one block of parents: parent's row, number with it, and time where that follows."""

    parents: View
    owners: Whole
    numbers: Whole
    times: Whole | None


@dataclass(frozen=True, eq=False)
class ParentColumns:
    """The columns of each child's parent."""

    recipe: Recipe
    families: Sequence[Family]

    def __call__(self, name: str) -> pa.Array:
        """A column of the parents, by its full name, one value a child."""
        name = name.removeprefix(PARENT)
        pieces = [family.parents.column(name).take(pa.array(family.owners)) for family in self.families]
        parent = self.recipe.parent
        return joined(pieces, parent.types[name] if parent is not None else pa.null())

    @property
    def have_versions(self) -> bool:
        """Whether the parents are a history's."""
        return any(isinstance(family.parents, Versions) for family in self.families)

    def as_of(self, times_us: Whole) -> ParentColumns:
        """The same with the version in force at each child's time; before its first an entity has its first."""
        moved, done = [], 0
        for family in self.families:
            times = times_us[done : done + len(family.owners)]
            done += len(family.owners)
            assert isinstance(family.parents, Versions)
            moved.append(replace(family, owners=_in_force(family.parents, family.owners, times)))
        return ParentColumns(self.recipe, moved)


def _in_force(versions: Versions, rows: Whole, times_us: Whole) -> Whole:
    """From the row of an entity's first version to that of the one in force at a time, version by version."""
    rows = rows.copy()
    later = np.arange(len(rows))
    while len(later):
        following = rows[later] + 1
        inside = following < len(versions)
        later, following = later[inside], following[inside]
        goes_on = (versions.number[following] > 0) & (versions.since[following] <= times_us[later])
        later = later[goes_on]
        rows[later] += 1
    return rows


def _all(pieces: Sequence[Whole]) -> Whole:
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int64)
