"""The columns that a visit brings to its events: who, where, what and when; made when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from sandbox.addresses import hash_columns
from sandbox.world.finish import with_nulls
from sandbox.world.recipe import AT, CHANGE, ITEM, PARENT
from sandbox.world.rowsets import Whole
from sandbox.world.streams.events import Events
from sandbox.world.streams.identities import MOST_STEPS, shuffled
from sandbox.world.streams.moment import time_column
from sandbox.world.streams.story import Story

_VISIT_MASK = ~np.uint64(MOST_STEPS - 1)


@dataclass(frozen=True, eq=False)
class EventColumns:
    """Columns of events by their full names: `parent.plan`, `item.price`, `visit.id`, `at.hour`."""

    story: Story
    events: Events

    def __call__(self, name: str) -> pa.Array:
        """A column; shape (n,)."""
        prefix, _, rest = name.partition(".")
        prefix += "."
        if prefix == PARENT:
            return self.story.people.column(rest).take(pa.array(self.events.rows))
        if prefix == ITEM:
            return self._of_item(rest)
        if prefix == AT:
            return pa.array(time_column(rest, self.events.times, self.story.recipe.clock))
        if prefix == CHANGE:
            rows = self.events.rows.astype(np.int64)
            return pa.array(self.story.changes.strength(rest, rows, self.events.times))
        return self._of_visit(rest)

    @property
    def items(self) -> Whole:
        """Row of each event's item; -1 for none."""
        return self.events.items.astype(np.int64)

    @cached_property
    def identities(self) -> Whole:
        """Identity of each event; int64, one-to-one."""
        return shuffled(self.events.packed, self.story.address("event"))

    @cached_property
    def visits(self) -> Whole:
        """Identity of each event's visit; int64, one-to-one."""
        packed = self.events.packed
        if self.story.recipe.plan.spec.journey is not None:
            packed = packed & _VISIT_MASK
        return shuffled(packed, self.story.address("visit"))

    def _of_visit(self, name: str) -> pa.Array:
        events, machine = self.events, self.story.machine
        if name == "id":
            return pa.array(self.visits)
        if name == "event_id":
            return pa.array(self.identities)
        if name == "event":
            return _words(events.events, machine.events)
        if name == "state":
            return _words(events.states, machine.names)
        if name == "step":
            return pa.array(events.steps.astype(np.int64) + 1)
        if name == "seconds":
            return pa.array((events.times - events.starts) / 1e6)
        if name == "item":
            assert self.story.catalogue is not None
            return self._of_item(self.story.catalogue.key)
        if name == "known":
            return pa.array(events.known)
        if name == "chance":
            return pa.array(events.chances, from_pandas=True)
        if name == "click_chance":
            return pa.array(events.click_chances, from_pandas=True)
        if name == "visitor":
            return pa.array(self._visitors())
        return self._customer()

    def _of_item(self, name: str) -> pa.Array:
        catalogue = self.story.catalogue
        assert catalogue is not None
        missing = self.events.items < 0
        places = pa.array(np.maximum(self.events.items, 0), mask=missing if missing.any() else None)
        return catalogue.column(name).take(places)

    def _visitors(self) -> Whole:
        """A device of the customer, drawn once a visit; its id is a hash of both."""
        visits = self.story.recipe.plan.spec.visits
        assert visits is not None
        who = self.story.people.selves[self.events.rows]
        words = hash_columns(self.story.address("device"), self.visits)
        devices = (words >> np.uint64(32)) * np.uint64(visits.devices) >> np.uint64(32)
        return hash_columns(self.story.address("visitor"), who, devices.view(np.int64)).view(np.int64)

    def _customer(self) -> pa.Array:
        """The parent's key, once it is known who that is."""
        parent = self.story.recipe.parent
        assert parent is not None
        values = self(f"{PARENT}{parent.plan.contract.primary_key[0]}")
        unknown = ~self.events.known
        return with_nulls(values, unknown) if unknown.any() else values


def _words(codes: np.ndarray[tuple[int], np.dtype[np.int8]], words: tuple[str, ...]) -> pa.DictionaryArray:
    missing = codes < 0
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=missing if missing.any() else None), pa.array(words))
