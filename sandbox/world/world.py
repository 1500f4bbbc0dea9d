"""The world: every dataset of a plan, any rows of it, the same whatever is asked for before and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import RLock
from typing import Any

import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.parts import Table
from sandbox.scenario.plan import Plan
from sandbox.scenario.span import ALL, Span
from sandbox.world.block import Block
from sandbox.world.cache import Cache
from sandbox.world.children import Children
from sandbox.world.draws import keep_freed_memory
from sandbox.world.feed import batch_of
from sandbox.world.history import History, Versions
from sandbox.world.listening import Alive, alive, lived
from sandbox.world.plain import PlainTable
from sandbox.world.recent import Happenings
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.streams.lines import Lines
from sandbox.world.streams.stream import Policy, Stream, best_sellers
from sandbox.world.tables import DatasetTable
from sandbox.world.views import Maker, Slice, View

CACHE_BYTES = 256 << 20
MOST_BLOCKS, FEWEST_BLOCKS, PARTS_OF_SMALL = 16, 4, 4
"""Blocks of a share: 16, fewer of a table that would else leave workers idle. The table's size alone decides it."""


class World:
    """The datasets of a plan, made on demand.

    A unit is what a dataset is cut into for sharing the work: a row, or an entity of a history. What prepasses have
    counted goes along when a world is pickled; what was made does not.
    """

    def __init__(
        self,
        plan: Plan,
        cache_bytes: int = CACHE_BYTES,
        most_people: int | None = None,
        policies: Mapping[str, Policy] | None = None,
    ) -> None:
        """Take a plan; nothing is made yet.

        `cache_bytes` bounds what is kept for being asked for again; `most_people`, how many rows of its parent take
        part in a stream; `policies` decide what is shown, by stream, where it is not the rules of history.
        """
        self.plan = plan
        self._most_people = most_people
        self._policies = policies or {}
        self._cache = Cache(cache_bytes)
        self._makers: dict[str, Maker] = {}
        self._recipes: dict[str, Recipe] = {}
        self._counted: dict[str, Whole] = {}
        self._lock = RLock()

    def __getstate__(self) -> dict[str, Any]:
        return {
            "plan": self.plan,
            "cache_bytes": self._cache.most_bytes,
            "most_people": self._most_people,
            "policies": self._policies,
            "counted": self._counted,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["plan"], state["cache_bytes"], state["most_people"], state["policies"])  # type: ignore[misc]
        self._counted.update(state["counted"])

    def at_a_glance(self) -> World:
        """The same world, whose streams are those of a few thousand customers alone: quick, whatever the scale."""
        return World(self.plan, self._cache.most_bytes, BLOCK_ROWS, self._policies)

    def showing(self, policies: Mapping[str, Policy]) -> World:
        """The same world in which others decide what is shown; what does not hang on that is shared, and made once."""
        world = World(self.plan, self._cache.most_bytes, self._most_people, policies)
        shown = {*policies, *self._policies}
        datasets = self.plan.datasets
        if shown.isdisjoint(each.count for found in datasets.values() for each in found.spec.recent.values()):
            others = [name for name, found in datasets.items() if shown.isdisjoint((name, found.parent))]
            world._recipes = {name: self.recipe(name) for name in others}
            world._cache, world._counted = self._cache, self._counted
        return world

    def units(self, dataset: str) -> int:
        """How many units a dataset has; of children only after a prepass over their parents."""
        return self._maker(dataset).units

    def rows(self, dataset: str) -> int:
        """How many rows a dataset has, exactly; of a history only after its versions were made once."""
        return self._maker(dataset).rows

    def ranges(self, dataset: str, span: Span = ALL) -> list[tuple[int, int]]:
        """A dataset's units in shares of a fair size, which hang on the plan alone; of a stream, those of a span."""
        maker = self._maker(dataset)
        if isinstance(maker, Stream | Lines):
            found = maker.ranges()
            touched = [each for each in found if maker.touches(*each, span.since_us, span.until_us)]
            return touched or found[:1]
        size = share_units(maker.units)
        return [(start, min(start + size, maker.units)) for start in range(0, max(maker.units, 1), size)]

    def rows_of(self, dataset: str, start: int, stop: int) -> int:
        """Rows in a range of units, for progress; -1 for a history, which must be made to be known."""
        return self._maker(dataset).rows_of(start, stop)

    def batches(
        self, dataset: str, start: int, stop: int, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a range of units, in order; at most 65,536 a batch, equal for any slicing.

        Args:
            start: first unit, >= 0.
            stop: one past the last, <= `units(dataset)`.
            columns: which, hidden ones too; those of the contract, in its order, by default.
        Yields:
            The columns in the contract's types, text perhaps dictionary-encoded, then the envelope `_sandbox`.
        Raises:
            InputError: a value cannot be made: an expression fails on a row, a parameter is out of bounds.
        """
        keep_freed_memory()
        recipe = self.recipe(dataset)
        names = list(recipe.plan.contract.names if columns is None else columns)
        schema: pa.Schema | None = None
        for whole in self._maker(dataset).slices(start, stop):
            for piece in whole.pieces():
                batch = batch_of(recipe, piece, names, schema)
                schema = batch.schema if schema is None else schema
                yield batch

    def comes_by_time(self, dataset: str) -> bool:
        """Whether a dataset's units are hours of the clock: a stream, or the lines of one."""
        return isinstance(self._maker(dataset), Stream | Lines)

    def first_units(self, dataset: str, rows: int) -> int:
        """About how many units hold the first rows; a few more, where that is an estimate."""
        maker = self._maker(dataset)
        stop = min(rows, maker.units)
        stream = maker.stream if isinstance(maker, Lines) else maker
        while isinstance(stream, Stream) and stop < stream.units and stream.rows_of(0, stop) < 2 * rows + 10:
            stop = min(2 * stop + 24, maker.units)
        return stop

    def slices(self, dataset: str, start: int, stop: int) -> Iterator[Slice]:
        """The rows of a range of units as views, whose columns are made when asked for."""
        return self._maker(dataset).slices(start, stop)

    def block(self, dataset: str, number: int) -> View:
        """The rows of units [number * 65,536, …), kept for a while; any column, hidden ones and `parent.x` too."""
        return self._maker(dataset).block(number)

    def table(self, dataset: str) -> Table:
        """A dataset as others refer to it; of a history the entities as they are at first."""
        return DatasetTable(self.recipe(dataset), self.entities(dataset), self._cache)

    def entities(self, dataset: str) -> Maker:
        """What makes a dataset's rows, of a history its entities as they are at first."""
        maker = self._maker(dataset)
        return maker.entities if isinstance(maker, History) else maker

    def recipe(self, dataset: str) -> Recipe:
        """A dataset's plan with what it takes to make it."""
        with self._lock:
            if dataset in self._recipes:
                return self._recipes[dataset]
            if dataset not in self.plan.datasets:
                raise InputError(f"there is no dataset '{dataset}'.{did_you_mean(dataset, self.plan.datasets)}")
            plan = self.plan.datasets[dataset]
            parent = self.recipe(plan.parent) if plan.parent is not None else None
            recipe = self._recipes[dataset] = Recipe(self.plan, plan, parent, self.table)
            return recipe

    def _listening(self, entities: Block, first: int) -> Versions:
        """Lives of entities, from row `first` on, that listen to events of theirs."""
        return lived(entities, self.happenings(entities.recipe.plan.name, first, len(entities)))

    def alive(self, history: str, number: int, at_us: int) -> Alive:
        """Those of a block of entities who are there at a moment, where they listen to events; kept for a while."""
        entities = self.entities(history).block(number)
        assert isinstance(entities, Block)
        happenings = self.happenings(history, number * BLOCK_ROWS, len(entities))
        return self._cache.get((history, "alive", number, at_us), lambda: alive(entities, happenings, at_us))

    def stream(self, dataset: str) -> Stream:
        """What makes the events of a stream."""
        maker = self._maker(dataset)
        assert isinstance(maker, Stream)
        return maker

    def happenings(self, history: str, first: int, entities: int) -> Happenings:
        """The events that a history listens to, of some of its entities from row `first` on."""
        recipe = self.recipe(history)
        names = dict.fromkeys(written.count for written in recipe.plan.spec.recent.values())
        makers = {name: self._maker(name) for name in names}
        streams = {name: maker for name, maker in makers.items() if isinstance(maker, Stream)}
        return Happenings(recipe, streams, first, entities)

    def _maker(self, dataset: str) -> Maker:
        with self._lock:
            if dataset in self._makers:
                return self._makers[dataset]
            recipe = self.recipe(dataset)
            if recipe.parent is not None and recipe.plan.spec.visits is not None:
                parents = self._maker(recipe.parent.plan.name)
                policy = self._policies.get(dataset, best_sellers)
                self._makers[dataset] = Stream(recipe, parents, self.entities, policy, self._most_people)
            elif recipe.parent is not None and isinstance(events := self._maker(recipe.parent.plan.name), Stream):
                self._makers[dataset] = Lines(recipe, events)
            elif recipe.parent is not None:
                parents = self._maker(recipe.parent.plan.name)
                self._makers[dataset] = Children(recipe, parents, self._cache, self._counted)
            elif recipe.plan.spec.history:
                live = self._listening if recipe.plan.spec.recent else None
                self._makers[dataset] = History(recipe, self._cache, self._counted, live)
            else:
                self._makers[dataset] = PlainTable(recipe, self._cache)
            return self._makers[dataset]


def share_units(units: int) -> int:
    """How many units a share of a dataset with so many units has."""
    blocks = -(-units // BLOCK_ROWS)
    return BLOCK_ROWS * min(MOST_BLOCKS, max(FEWEST_BLOCKS, -(-blocks // PARTS_OF_SMALL)))
