"""The columns that a visit brings to its events: who, where, what and when; made when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import hash_columns
from sandbox.world.finish import with_nulls
from sandbox.world.recipe import AT, CHANGE, ITEM, PARENT
from sandbox.world.rowsets import Whole
from sandbox.world.streams.events import Chances, Told
from sandbox.world.streams.identities import are_clicks, shuffled, steps_of, visits_of
from sandbox.world.streams.moment import time_column
from sandbox.world.streams.story import Story


@dataclass(frozen=True, eq=False)
class EventColumns:
    """Columns of events by their full names: `parent.plan`, `item.price`, `visit.id`, `at.hour`."""

    story: Story
    events: Told

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
        return shuffled(visits_of(packed) if self._has_steps else packed, self.story.address("visit"))

    @cached_property
    def emitted(self) -> NDArray[np.int8]:
        """Which of the machine's events each is."""
        machine, states = self.story.machine, self.events.states
        if not machine.shelves:
            return machine.emits.take(states)
        return np.where(are_clicks(self.events.packed), machine.clicks.take(states), machine.emits.take(states))

    @property
    def _has_steps(self) -> bool:
        return self.story.recipe.plan.spec.journey is not None

    def _of_visit(self, name: str) -> pa.Array:
        events, machine = self.events, self.story.machine
        if name == "id":
            return pa.array(self.visits)
        if name == "event_id":
            return pa.array(self.identities)
        if name == "event":
            return _words(self.emitted, machine.events)
        if name == "state":
            return _words(events.states, machine.names)
        if name == "step":
            return pa.array((steps_of(events.packed) if self._has_steps else np.zeros(len(events), np.int64)) + 1)
        if name == "seconds":
            return pa.array((events.times - events.starts) / 1e6)
        if name == "item":
            assert self.story.catalogue is not None
            return self._of_item(self.story.catalogue.key)
        if name == "known":
            return pa.array(events.known)
        if name == "chance":
            return _chances(events.chances, len(events))
        if name == "click_chance":
            return _chances(events.click_chances, len(events))
        if name == "visitor":
            return pa.array(self._visitors())
        return self._customer()

    def _of_item(self, name: str) -> pa.Array:
        catalogue = self.story.catalogue
        assert catalogue is not None
        items, values = self.events.items, catalogue.column(name)
        missing = items < 0
        if missing.all():
            return pa.nulls(len(items), values.type)
        # Nulls among the places themselves would make Arrow look at each one: five times the time.
        found = values.take(pa.array(np.maximum(items, 0)))
        return with_nulls(found, missing) if missing.any() else found

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


def _words(codes: NDArray[np.int8], words: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words))


def _chances(values: Chances | None, count: int) -> pa.Array:
    return pa.nulls(count, pa.float32()) if values is None else pa.array(values, from_pandas=True)
