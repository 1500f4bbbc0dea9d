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
from sandbox.world.streams.events import Chances, Events
from sandbox.world.streams.identities import CLICK, shuffled
from sandbox.world.streams.machine import GONE, States
from sandbox.world.streams.moment import Moment
from sandbox.world.streams.shelves import Clicks, Requests, Shown, clicks_of, requests_of
from sandbox.world.streams.story import Story

MOST_ROUNDS = CLICK
"""Steps of a visit."""


@dataclass(eq=False)
class Walk:
    """Visits that began together. What is here of shape (n,) is of those that have not left yet."""

    story: Story
    visits: Arrivals
    limits: Whole
    """Of each visit: what would come then or later does not come any more."""
    at: Whole
    """Which visit each is."""
    identities: Whole
    times: Whole
    states: States
    items: NDArray[np.int32]
    appeals: Floats | None
    """What the items were worth when they were chosen; None where no expression asks for it."""
    known: NDArray[np.bool_]
    seen: Mapping[int, NDArray[np.int16]]
    """How often each has been in the states that expressions ask for."""
    brought: NDArray[np.int32] | None = None
    """The item that a click brings to the next state, -1 for none; None where nobody has just clicked."""
    round: int = 0
    chances: Chances | None = None
    """How likely the items were that have just been chosen; NaN where none was."""
    waiting: Requests | None = None
    events: list[Events] = field(default_factory=list)

    def take(self, kept: Whole) -> None:
        """Keep only these."""
        self.at, self.identities, self.times = self.at[kept], self.identities[kept], self.times[kept]
        self.states, self.items, self.known = self.states[kept], self.items[kept], self.known[kept]
        self.appeals = None if self.appeals is None else self.appeals[kept]
        self.brought = None if self.brought is None else self.brought[kept]
        self.seen = {state: counts[kept] for state, counts in self.seen.items()}

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
        return hash_columns(self.story.address(purpose, self.round), self.identities)


def begin(story: Story, visits: Arrivals, again: int = 0) -> Walk:
    """Let visits begin: each stands in its first state.

    `again` above 0 gives what the same visits, by the same people, might have come to: all is drawn anew but who is
    known from the start.
    """
    identities = shuffled(visits.packed, story.address("visit"))
    known = story.known(visits.rows, identities)
    if again:
        identities = shuffled(visits.packed, story.address("visit", again))
    count = len(visits)
    limits = np.minimum(visits.starts + story.longest_us, story.people.leaves_at[visits.rows])
    return Walk(
        story,
        visits,
        np.minimum(limits, story.recipe.clock.end_us),
        np.arange(count, dtype=np.int64),
        identities,
        visits.starts,
        story.machine.first_states(hash_columns(story.address("enter"), identities)),
        np.full(count, NONE, np.int32),
        np.zeros(count) if story.asks_appeal else None,
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
        assert chooser is not None
        clicks = clicks_of(walk, chooser, walk.waiting, shown)
        _tell_states(walk, clicks)
        _leave_states(walk, clicks)
    while len(walk.at):
        _enter_states(walk, chooser)
        walk.waiting = requests_of(walk)
        if walk.waiting is not None:
            return walk.waiting
        _tell_states(walk, None)
        _leave_states(walk, None)
    walk.waiting = None
    return None


def _enter_states(walk: Walk, chooser: Chooser | None) -> None:
    """Take up the item that the state is about, become known, be counted."""
    machine = walk.story.machine
    if chooser is not None:
        _take_items(walk, chooser)
    if machine.logs_in.any():
        walk.known |= machine.logs_in[walk.states]
    for state, counts in walk.seen.items():
        counts += walk.states == state


def _take_items(walk: Walk, chooser: Chooser) -> None:
    """Keep the item of the state before, take the one that was clicked, or choose another."""
    machine = walk.story.machine
    walk.chances = unlikely(len(walk.at))
    before, keeps, clicked = walk.items, machine.keeps.take(walk.states), None
    if walk.brought is not None:
        clicked = walk.brought >= 0
        before, keeps = np.where(clicked, walk.brought, before), keeps | clicked
    walk.items = np.where(keeps, before, np.int32(NONE))
    if walk.appeals is not None:
        walk.appeals = np.where(keeps, walk.appeals, 0.0)
    for state in machine.picks:
        here = walk.states == state
        places = np.flatnonzero(here if clicked is None else here & ~clicked)
        if len(places):
            chosen = chooser.pick(walk, state, places, before[places])
            walk.items[places], walk.chances[places] = chosen.items, chosen.chances
            if walk.appeals is not None:
                walk.appeals[places] = chosen.appeals
    walk.brought = None


def _tell_states(walk: Walk, clicks: Clicks | None) -> None:
    """Tell the events of the states; of those that were shown something, how likely a click was."""
    machine, likely = walk.story.machine, None
    if machine.shelves:
        likely = unlikely(len(walk.at))
        if clicks is not None:
            likely[clicks.waited] = clicks.any_click
    silent = machine.emits.take(walk.states) < 0
    places = np.flatnonzero(~silent) if silent.any() else slice(None)
    _tell(walk, places, walk.times, walk.items, walk.chances, likely)


def _leave_states(walk: Walk, clicks: Clicks | None) -> None:
    """Stay a while, then take one of the ways on, or leave."""
    machine = walk.story.machine
    words = walk.words("next")
    following = machine.next_states(walk.states, words)
    for weighed in machine.weighed:
        places = np.flatnonzero(walk.states == weighed.state)
        if len(places):
            following[places] = walk.story.weigh(weighed, walk.moment(), places, words[places])
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
    """Tell of clicks, just before what they lead to, and let them lead there."""
    machine, places = walk.story.machine, clicks.places
    states = walk.states[places]
    before = np.maximum(times - 1, walk.times)
    items, chances = walk.items.copy(), unlikely(len(walk.at))
    items[places], chances[places] = clicks.items, clicks.chances
    told = (machine.clicks.take(states) >= 0) & (before[places] < walk.limits[walk.at[places]])
    _tell(walk, places[told], before, items, chances, unlikely(len(walk.at)), place=CLICK)
    following[places] = machine.leads.take(states)
    walk.brought = np.full(len(walk.at), NONE, np.int32)
    walk.brought[places] = clicks.items
    if walk.appeals is not None:
        walk.appeals[places] = clicks.appeals


def _tell(
    walk: Walk,
    places: Whole | slice,
    times: Whole,
    items: NDArray[np.int32],
    chances: Chances | None,
    click_chances: Chances | None,
    place: int = 0,
) -> None:
    """Let some of those under way tell an event."""
    at = walk.at[places]
    walk.events.append(
        Events(
            times[places],
            walk.visits.packed[at] + np.uint64(walk.round + place),
            walk.visits.rows[at].astype(np.int32),
            walk.visits.starts[at],
            walk.states[places],
            items[places],
            walk.known[places],
            None if chances is None else chances[places],
            None if click_chances is None else click_chances[places],
        )
    )


def unlikely(count: int) -> Chances:
    """No chances."""
    return np.full(count, np.nan, np.float32)
