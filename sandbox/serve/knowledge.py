"""What policies learn from: the events of a landed run or of a simulation, and the items' columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from sandbox.contract.envelope import ENVELOPE
from sandbox.errors import InputError, did_you_mean
from sandbox.landing import accepted_batches
from sandbox.models.recommend.events import Events, events_of
from sandbox.runs.basis import SOURCES, Basis
from sandbox.runs.recommending import MOST_EVENTS, Interactions
from sandbox.scenario.plan import Plan
from sandbox.serve.interactions import ByKind, Noting

if TYPE_CHECKING:
    from sandbox.world.world import World


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Events by number, and the items in the order of those numbers."""

    events: Events
    catalogue: pa.Table
    """The items' columns, a row for each of `events.items`; nulls where an item is only known from events."""
    by_kind: ByKind
    """Who met what by which kind of event."""


@dataclass(frozen=True, eq=False)
class Origin:
    """Where events and items come from: a run's landing, or the scenario's sources."""

    plan: Plan
    source: Interactions
    world: World | None = None
    basis: Basis = SOURCES

    def batches(self, dataset: str, *, envelope: bool = False) -> Iterator[pa.RecordBatch]:
        """Rows of a dataset that keep its contract, with the envelope if asked. Raises InputError: the run lacks it."""
        run = self.basis.folder
        if run is None:
            yield from accepted_batches(self.plan, dataset, self.world, envelope=envelope)
            return
        folder = run.landing / dataset
        if not folder.is_dir():
            known = sorted(path.name for path in run.landing.glob("*"))
            raise InputError(f"the run {run.name} has no '{dataset}'.{did_you_mean(dataset, known)}")
        names = [*self.plan.datasets[dataset].contract.names, *([ENVELOPE] if envelope else [])]
        yield from ds.dataset(folder, format="parquet", partitioning="hive").to_batches(columns=names)

    def table(self, dataset: str) -> pa.Table:
        """A whole dataset, texts plain."""
        schema = self.plan.datasets[dataset].contract.schema
        whole = pa.Table.from_batches([batch.select(schema.names) for batch in self.batches(dataset)], schema)
        return pa.table({name: plain(whole[name].combine_chunks()) for name in whole.column_names})

    def knowledge(self, goal: str | None, more: pa.Table | None = None, items_put: pa.Table | None = None) -> Knowledge:
        """Everything that can be learnt from now.

        Args:
            goal: the event that is a sale.
            more: events that came in since, with the stream's columns.
            items_put: items that came in since, which take the place of those of the same key.
        """
        schema = self.source.schema(self.plan.datasets[self.source.dataset].contract.schema)
        items = self.table(self.source.items)
        key = self.plan.datasets[self.source.items].contract.primary_key[0]
        if items_put is not None:
            items = updated(items, items_put, key)
        noting = Noting()
        events = events_of(
            schema, noting(self.source.renamed(self._some(more), schema)), goal, catalogue=items[key].combine_chunks()
        )
        places = pc.index_in(events.items, items[key].combine_chunks())
        catalogue = items.take(places)
        at = catalogue.column_names.index(key)
        by_kind = noting.by_kind(events.people, events.items)
        return Knowledge(events, catalogue.set_column(at, key, events.items), by_kind)

    def _some(self, more: pa.Table | None) -> Iterator[pa.RecordBatch]:
        left = MOST_EVENTS
        for batch in self.batches(self.source.dataset):
            yield batch.slice(0, left)
            left -= len(batch)
            if left <= 0:
                break
        if more is not None:
            yield from more.to_batches()


def plain(values: pa.Array) -> pa.Array:
    """An array that is no dictionary."""
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def updated(rows: pa.Table, came: pa.Table, key: str) -> pa.Table:
    """Rows with those that came in the place of others with the same key; of one key the last one counts."""
    last = {each: place for place, each in enumerate(came[key].to_pylist())}
    came = came.take(pa.array(sorted(last.values()), pa.int64()))
    return pa.concat_tables([rows.filter(pc.invert(pc.is_in(rows[key], came[key].combine_chunks()))), came])
