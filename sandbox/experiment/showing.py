"""The policy that the world asks: each request is answered by the champion of its customer's arm at its moment.

What is shown follows from the request and the timeline of champions alone, so whoever makes the events of a span again
shows the same lists again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import hash_columns
from sandbox.experiment.assignment import CONTROL, HELD_OUT, Codes
from sandbox.experiment.champions import BEFORE_US, Champions
from sandbox.experiment.tally import NEVER_US
from sandbox.models.recommend.showing import NOBODY

if TYPE_CHECKING:
    from sandbox.world.streams.shelves import Requests, Shown
    from sandbox.world.streams.story import Story

_SCHEMA = pa.schema(
    [
        ("shown_at", pa.timestamp("us", "UTC")),
        ("visit", pa.int64()),
        ("person", pa.int32()),
        ("known", pa.bool_()),
        ("item", pa.int32()),
        ("arm", pa.int16()),
        ("version", pa.int32()),
        ("items", pa.list_(pa.int32())),
        ("propensities", pa.list_(pa.float32())),
    ]
)


@dataclass(frozen=True, eq=False)
class Arms:
    """The arm of each customer, by their place, from a moment on: shares may ramp up."""

    stages: tuple[tuple[int, Codes], ...]
    """Where each begins, microseconds UTC, in order; and the arms from there on."""

    def at(self, people: NDArray[np.int32], times_us: NDArray[np.int64]) -> Codes:
        """The arms of some customers at some moments; `HELD_OUT` before the first stage."""
        stage = np.searchsorted([since_us for since_us, _ in self.stages], times_us, side="right") - 1
        whole = np.stack([codes for _, codes in self.stages])
        return np.where(stage >= 0, whole[np.maximum(stage, 0), people], HELD_OUT).astype(np.int16)

    @property
    def last(self) -> Codes:
        """Those of the last stage, by which an experiment is judged."""
        return self.stages[-1][1]

    def at_moment(self, at_us: int) -> Codes:
        """Those of everybody at a moment, which is not before the first stage."""
        return next(codes for since_us, codes in reversed(self.stages) if since_us <= at_us)

    def from_on(self, since_us: int, codes: Codes) -> Arms:
        """The same until a moment, and other arms from there on."""
        return Arms((*(stage for stage in self.stages if stage[0] < since_us), (since_us, codes)))

    def without(self, arm: int, since_us: int) -> Arms:
        """The same, but that an arm's customers see the control from a moment on."""

        def closed(codes: Codes) -> Codes:
            return np.where(codes == arm, CONTROL, codes).astype(np.int16)

        before = tuple(stage for stage in self.stages if stage[0] < since_us)
        now = [(since_us, closed(before[-1][1]))] if before else []
        later = [(at, closed(codes)) for at, codes in self.stages if at > since_us]
        return Arms((*before, *now, *later))


@dataclass(eq=False)
class Showing:
    """Decides what is shown, and keeps what it has shown."""

    arms: Arms
    champions: Champions
    forced: int | None = None
    """An arm that everybody sees, where the world is asked what would have been."""
    log: list[pa.RecordBatch] | None = field(default_factory=list)
    """Lists that were shown; None where nobody wants to know."""
    closed: dict[int, int] = field(default_factory=dict)
    """By arm that was stopped, since when its customers see the control, microseconds UTC: also where it is forced."""
    layouts: Mapping[int, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    """By arm and state: the slot in which its lists begin there, and how many they have."""

    def __call__(self, story: Story, requests: Requests) -> Shown:
        """Rows of the catalogue for each request, shape (n, slots)."""
        people = story.people.customer[requests.rows].astype(np.int32)
        arms = np.where(requests.known, self.arms.at(people, requests.times), HELD_OUT).astype(np.int16)
        if self.forced is not None:
            is_closed = requests.times >= self.closed.get(self.forced, NEVER_US)
            arms[arms != HELD_OUT] = np.where(is_closed, CONTROL, self.forced)[arms != HELD_OUT]
        request = hash_columns(story.address("shown"), requests.identities, requests.times).view(np.int64)
        asks = np.where(requests.known, people, NOBODY).astype(np.int32)
        shown = np.full((len(requests), requests.slots), NOBODY, np.int64)
        propensities = np.zeros(shown.shape, np.float32)
        versions = np.zeros(len(requests), np.int32)
        served = np.maximum(arms, CONTROL)  # whoever is unknown or held out sees what the control sees
        for arm in np.flatnonzero(np.bincount(served)).tolist():  # few arms, many requests
            of_arm = np.flatnonzero(served == arm)
            for which, reign in self.champions.serving(arm, requests.times[of_arm]):
                places = of_arm[which]
                lists = reign.served.lists(asks[places], requests.items[places], request[places], requests.slots)
                shown[places], propensities[places] = lists.item, lists.propensity
                if reign.since_us != BEFORE_US:
                    self._lay_out(story, arm, requests, places, shown, propensities)
                versions[places] = reign.version
        if self.log is not None:
            self.log.append(_logged(requests, people, arms, versions, shown, propensities))
        return shown

    def _lay_out(
        self,
        story: Story,
        arm: int,
        requests: Requests,
        places: NDArray[np.intp],
        shown: Shown,
        propensities: NDArray[np.float32],
    ) -> None:
        """Move the lists of an arm to where they stand on its pages, and cut them to their length."""
        for state, (first, slots) in self.layouts.get(arm, {}).items():
            here = places[requests.states[places] == story.machine.names.index(state)]
            for whole, empty in ((shown, NOBODY), (propensities, np.nan)):
                lists = whole[here, :slots]
                whole[here] = empty
                whole[here, first : first + slots] = lists


def _logged(
    requests: Requests,
    people: NDArray[np.int32],
    arms: Codes,
    versions: NDArray[np.int32],
    shown: Shown,
    propensities: NDArray[np.float32],
) -> pa.RecordBatch:
    ends = pa.array(np.arange(len(requests) + 1, dtype=np.int32) * requests.slots)
    columns = [
        pa.array(requests.times).cast(_SCHEMA.field("shown_at").type),
        pa.array(requests.identities),
        pa.array(people),
        pa.array(requests.known),
        pa.array(requests.items.astype(np.int32)),
        pa.array(arms.astype(np.int16)),
        pa.array(versions),
        pa.ListArray.from_arrays(ends, pa.array(shown.astype(np.int32).ravel())),
        pa.ListArray.from_arrays(ends, pa.array(propensities.ravel())),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_SCHEMA)


def shown_between(log: Sequence[pa.RecordBatch], since_us: int, until_us: int) -> pa.Table:
    """The lists of [since, until), microseconds UTC, by time and visit; each once, however often it was made."""
    table = pa.Table.from_batches(log, _SCHEMA)
    times = np.asarray(table["shown_at"].cast(pa.int64()))
    visits, items = np.asarray(table["visit"]), np.asarray(table["item"])
    inside = np.flatnonzero((times >= since_us) & (times < until_us))
    order = inside[np.lexsort((items[inside], visits[inside], times[inside]))]
    again = np.zeros(len(order), np.bool_)
    again[1:] = np.logical_and.reduce([np.diff(each[order]) == 0 for each in (times, visits, items)])
    return table.take(pa.array(order[~again])).combine_chunks()
