"""What is shown to visitors: who waits for a list, and who clicked on what of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sandbox.world.draws import Floats
from sandbox.world.rowsets import Whole
from sandbox.world.streams.events import Chances
from sandbox.world.streams.machine import States

if TYPE_CHECKING:
    from sandbox.world.streams.choosing import Chooser
    from sandbox.world.streams.walk import Walk

Shown = NDArray[np.int64]
"""Rows of the catalogue, -1 for an empty slot; shape (requests, slots), the first slot on top."""


@dataclass(frozen=True, slots=True)
class Requests:
    """Visits that wait for what is shown to them.

    `places` are where they stand in the walk; `rows` are rows of people, `identities` the visits' own, `times`
    microseconds UTC, `states` say which shelf it is, `items` what they look at (-1: nothing), `known` who has logged
    in. All of shape (n,).
    """

    places: Whole
    rows: Whole
    identities: Whole
    times: Whole
    states: States
    items: NDArray[np.int32]
    known: NDArray[np.bool_]
    slots: int

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True)
class Clicks:
    """Who clicked what: places in the walk, and the item, its appeal and how likely the click was.

    `waited` are all that could click, and `any_click` is how likely they were to.
    """

    places: Whole
    items: NDArray[np.int32]
    appeals: Floats
    chances: Chances
    waited: Whole
    any_click: Chances


def requests_of(walk: Walk) -> Requests | None:
    """Those of a walk that have come to a shelf; None where nobody has."""
    machine = walk.story.machine
    if not machine.shelves:
        return None
    places = np.flatnonzero(np.isin(walk.states, machine.shelves))
    if not len(places):
        return None
    slots = max(shelf.slots for state in machine.states if (shelf := state.shows) is not None)
    return Requests(
        places,
        walk.visits.rows[walk.at[places]],
        walk.identities[places],
        walk.times[places],
        walk.states[places],
        walk.items[places],
        walk.known[places],
        slots,
    )


def clicks_of(walk: Walk, chooser: Chooser, requests: Requests, shown: Shown) -> Clicks:
    """Who clicks on one of the items that they are shown."""
    chosen, any_click = chooser.click(walk, requests, shown)
    clicked = np.flatnonzero(chosen.items >= 0)
    return Clicks(
        requests.places[clicked],
        chosen.items[clicked],
        chosen.appeals[clicked],
        chosen.chances[clicked],
        requests.places,
        any_click,
    )
