"""Visits under way: all take their next step at once, as arrays, and wait where something is to be shown to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Words, hash_columns
from sandbox.world.draws import Floats
from sandbox.world.rowsets import Whole
from sandbox.world.streams.arrivals import Arrivals
from sandbox.world.streams.catalogue import NONE
from sandbox.world.streams.choosing import Chooser
from sandbox.world.streams.events import Events
from sandbox.world.streams.identities import MOST_STEPS, shuffled
from sandbox.world.streams.machine import GONE, States
from sandbox.world.streams.moment import Moment
from sandbox.world.streams.story import Story

MOST_ROUNDS = MOST_STEPS // 2
"""Steps of a visit; a click takes the place of its step in the other half."""


@dataclass(frozen=True, slots=True)
class Requests:
    """Visits that wait for what is shown to them.

    `places` are where they stand in the walk; `rows` are rows of people, `identities` the visits' own, `times`
    microseconds UTC, `states` say which shelf it is, `items` what they look at (-1: nothing). All of shape (n,).
    """

    places: Whole
    rows: Whole
    identities: Whole
    times: Whole
    states: States
    items: NDArray[np.int32]
    slots: int

    def __len__(self) -> int:
        return len(self.places)


Chances = NDArray[np.float32]

Shown = NDArray[np.int64]
"""Rows of the catalogue, -1 for an empty slot; shape (requests, slots), the first slot on top."""


@dataclass(eq=False)
class Walk:
    """Visits that began together. What is here of shape (n,) is of those that have not left yet."""

    story: Story
    visits: Arrivals
    identities: Whole
    limits: Whole
    """Of each visit: what would come then or later does not come any more."""
    at: Whole
    """Which visit each is."""
    times: Whole
    states: States
    items: NDArray[np.int32]
    brought: NDArray[np.int32]
    """The item that a click brings to the next state; -1 for none."""
    appeals: Floats
    known: NDArray[np.bool_]
    seen: Mapping[int, NDArray[np.int16]]
    """How often each has been in the states that expressions ask for."""
    round: int = 0
    chances: Chances = field(default_factory=lambda: np.zeros(0, np.float32))
    """How likely the items were that have just been chosen; NaN where none was."""
    waiting: Requests | None = None
    events: list[Events] = field(default_factory=list)

    def take(self, kept: Whole) -> None:
        """Keep only these."""
        self.at, self.times, self.states = self.at[kept], self.times[kept], self.states[kept]
        self.items, self.brought, self.appeals = self.items[kept], self.brought[kept], self.appeals[kept]
        self.known, self.seen = self.known[kept], {state: counts[kept] for state, counts in self.seen.items()}

    def moment(self) -> Moment:
        """What expressions see of those under way."""
        return Moment(
            self.story,
            self.visits.rows[self.at],
            self.times,
            self.times - self.visits.starts[self.at],
            self.items,
            self.appeals,
            self.known,
            self.seen,
            self.round,
        )

    def words(self, purpose: str) -> Words:
        """One word each, for a purpose in this step."""
        return hash_columns(self.story.address(purpose, self.round), self.identities[self.at])


def begin(story: Story, visits: Arrivals) -> Walk:
    """Let visits begin: each stands in its first state."""
    identities = shuffled(visits.packed, story.address("visit"))
    count = len(visits)
    limits = np.minimum(visits.starts + story.longest_us, story.people.leaves_at[visits.rows])
    limits = np.minimum(limits, story.recipe.clock.end_us)
    known = story.known(visits.rows, identities)
    nothing = np.full(count, NONE, np.int32)
    return Walk(
        story,
        visits,
        identities,
        limits,
        np.arange(count, dtype=np.int64),
        visits.starts.copy(),
        story.machine.first_states(hash_columns(story.address("enter"), identities)),
        nothing,
        nothing.copy(),
        np.zeros(count),
        known,
        {state: np.zeros(count, np.int16) for state in story.counted},
    )


def respond(walk: Walk, shown: Shown | None = None) -> Requests | None:
    """Let a walk go on until somebody waits for what is shown, or all have left.

    Args:
        walk: is changed; its events grow.
        shown: what those that wait are shown.
    Returns:
        Who waits now; None where all have left.
    """
    chooser = walk.story.chooser
    if walk.waiting is not None:
        assert shown is not None
        clicks = _clicks(walk, chooser, walk.waiting, shown)
        _tell_states(walk, clicks)
        _leave_states(walk, clicks)
    while len(walk.at):
        _enter_states(walk, chooser)
        walk.waiting = _requests(walk)
        if walk.waiting is not None:
            return walk.waiting
        _tell_states(walk, None)
        _leave_states(walk, None)
    walk.waiting = None
    return None


def _enter_states(walk: Walk, chooser: Chooser | None) -> None:
    """Take up the item that the state is about, become known, be counted."""
    machine = walk.story.machine
    walk.chances = _none(len(walk.at)) if chooser is None else _take_items(walk, chooser)
    if machine.logs_in.any():
        walk.known |= machine.logs_in[walk.states]
    for state, counts in walk.seen.items():
        counts += walk.states == state


def _tell_states(walk: Walk, clicks: Clicks | None) -> None:
    """Tell the events of the states; of those that were shown something, how likely a click was."""
    events, likely = walk.story.machine.emits[walk.states], _none(len(walk.at))
    if clicks is not None:
        likely[clicks.waited] = clicks.any_click
    _tell(walk, np.flatnonzero(events >= 0), events, walk.times, walk.chances, likely)


def _take_items(walk: Walk, chooser: Chooser) -> Chances:
    machine = walk.story.machine
    chances = _none(len(walk.at))
    before = np.where(walk.brought >= 0, walk.brought, walk.items)
    keeps = machine.keeps[walk.states] | (walk.brought >= 0)
    walk.items = np.where(keeps, before, np.int32(NONE))
    walk.appeals = np.where(keeps, walk.appeals, 0.0)
    for state in machine.picks:
        places = np.flatnonzero((walk.states == state) & (walk.brought < 0))
        if len(places):
            chosen = chooser.pick(walk, state, places, before[places])
            walk.items[places], walk.appeals[places] = chosen.items, chosen.appeals
            chances[places] = chosen.chances
    walk.brought = np.full(len(walk.at), NONE, np.int32)
    return chances


def _requests(walk: Walk) -> Requests | None:
    machine = walk.story.machine
    if not machine.shelves:
        return None
    places = np.flatnonzero(np.isin(walk.states, machine.shelves))
    if not len(places):
        return None
    at = walk.at[places]
    slots = max(shelf.slots for state in machine.states if (shelf := state.shows) is not None)
    return Requests(
        places, walk.visits.rows[at], walk.identities[at], walk.times[places], walk.states[places],
        walk.items[places], slots,
    )  # fmt: skip


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


def _clicks(walk: Walk, chooser: Chooser | None, requests: Requests, shown: Shown) -> Clicks:
    assert chooser is not None
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


def _leave_states(walk: Walk, clicks: Clicks | None) -> None:
    """Stay a while, then take one of the ways on, or leave."""
    machine = walk.story.machine
    following = machine.next_states(walk.states, walk.words("next"))
    for weighed in machine.weighed:
        places = np.flatnonzero(walk.states == weighed.state)
        if len(places):
            following[places] = walk.story.weigh(weighed, walk.moment(), places, walk.words("next")[places])
    times = walk.times + machine.dwell_us(walk.states, walk.words("after"))
    if clicks is not None and len(clicks.places):
        _click(walk, clicks, times, following)
    kept = np.flatnonzero((following != GONE) & (times < walk.limits[walk.at]))
    walk.states, walk.times = following, times
    walk.round += 1
    if walk.round >= MOST_ROUNDS:
        kept = kept[:0]
    walk.take(kept)


def _click(walk: Walk, clicks: Clicks, times: Whole, following: States) -> None:
    machine = walk.story.machine
    leads = np.array([machine.names.index(s.shows.to) if s.shows else GONE for s in machine.states], np.int8)
    emits = np.array([machine.events.index(s.shows.emits) if s.shows and s.shows.emits else -1 for s in machine.states])
    states = walk.states[clicks.places]
    items, walk.items = walk.items, walk.items.copy()
    walk.items[clicks.places] = clicks.items
    chances = _none(len(walk.at))
    chances[clicks.places] = clicks.chances
    events = np.full(len(walk.at), -1, np.int8)
    events[clicks.places] = emits[states]
    before = np.maximum(times - 1, walk.times)  # just before what the click leads to
    told = clicks.places[(events[clicks.places] >= 0) & (before[clicks.places] < walk.limits[walk.at[clicks.places]])]
    _tell(walk, told, events, before, chances, _none(len(walk.at)), place=MOST_ROUNDS)
    walk.items = items
    following[clicks.places] = leads[states]
    walk.brought[clicks.places] = clicks.items
    walk.appeals[clicks.places] = clicks.appeals


def _tell(
    walk: Walk,
    places: Whole,
    events: NDArray[np.int8],
    times: Whole,
    chances: Chances,
    click_chances: Chances,
    place: int = 0,
) -> None:
    """Let some of those under way tell an event."""
    if not len(places):
        return
    at = walk.at[places]
    walk.events.append(
        Events(
            times[places],
            walk.visits.packed[at] + np.uint64(walk.round + place),
            walk.visits.rows[at].astype(np.int32),
            walk.visits.starts[at],
            walk.states[places],
            events[places],
            np.full(len(places), walk.round, np.int16),
            walk.items[places],
            walk.known[places],
            chances[places],
            click_chances[places],
        )
    )


def _none(count: int) -> Chances:
    """No chances."""
    return np.full(count, np.nan, np.float32)
