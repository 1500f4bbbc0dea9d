"""A journey as a machine: states by number, where each leads, and how long each lasts, ready for arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Words
from sandbox.scenario.language import Journey, State
from sandbox.scenario.language.stream import LEAVE
from sandbox.scenario.parts import ColumnPart
from sandbox.world.draws import Distribution, Floats, QuantileTable, exponential
from sandbox.world.rowsets import Whole

States = NDArray[np.int8]

GONE = -1
"""The state of who has left."""
_GUIDE_BITS = 12
_UNSETTLED = -2
_SECOND_US = 1e6


@dataclass(frozen=True, slots=True)
class Weighed:
    """A state whose weights hang on the moment: a number or SQL for each way, in order; `GONE` for leaving."""

    state: int
    targets: States
    weights: tuple[float | str, ...]


@dataclass(frozen=True, eq=False)
class Machine:
    """The states of a journey. All arrays are indexed by the number of a state."""

    names: tuple[str, ...]
    states: tuple[State, ...]
    events: tuple[str, ...]
    """What may be emitted, clicks included."""
    emits: NDArray[np.int8]
    """Which event a state emits; -1 for none."""
    clicks: NDArray[np.int8]
    """Which event a click on what a state shows emits; -1 for none."""
    leads: States
    """Where such a click leads."""
    thresholds: Words
    """Where each next way begins among the words; shape (states, ways)."""
    targets: States
    """Shape (states, ways + 1)."""
    weighed: tuple[Weighed, ...]
    dwells: tuple[tuple[Distribution, Floats], ...]
    """Distributions of seconds, each with the factor for each state: 0 where another distribution counts."""
    entry: Words
    entries: States
    _kept: dict[str, NDArray[np.int8]] = field(default_factory=dict)

    @cached_property
    def logs_in(self) -> NDArray[np.bool_]:
        """Where a visitor becomes known."""
        return np.array([state.logs_in for state in self.states])

    @cached_property
    def shelves(self) -> tuple[int, ...]:
        """The states that show something."""
        return tuple(number for number, state in enumerate(self.states) if state.shows is not None)

    @cached_property
    def picks(self) -> tuple[int, ...]:
        """The states in which an item is chosen."""
        return tuple(n for n, state in enumerate(self.states) if state.item is not None and state.item != "same")

    @cached_property
    def keeps(self) -> NDArray[np.bool_]:
        """The states that are about the same item as the one before."""
        return np.array([state.item == "same" for state in self.states])

    @cached_property
    def is_weighed(self) -> NDArray[np.bool_]:
        """The states whose weights hang on the moment."""
        found = np.zeros(len(self.states), np.bool_)
        found[[each.state for each in self.weighed]] = True
        return found

    @cached_property
    def _guide(self) -> NDArray[np.int8]:
        """The next state for each state and cell of the words, or `_UNSETTLED` where a cell is shared."""
        cells = np.arange(1 << _GUIDE_BITS, dtype=np.uint64) << np.uint64(64 - _GUIDE_BITS)
        last = cells | np.uint64((1 << (64 - _GUIDE_BITS)) - 1)
        guide = np.empty((len(self.states), len(cells)), np.int8)
        for state in range(len(self.states)):
            low = np.searchsorted(self.thresholds[state], cells, side="right")
            high = np.searchsorted(self.thresholds[state], last, side="right")
            guide[state] = np.where(low == high, self.targets[state][low], _UNSETTLED)
        return guide.ravel()

    def next_states(self, states: States, words: Words) -> States:
        """Where each visit goes next, by weights that are numbers; int8, shape (n,)."""
        cells = (words >> np.uint64(64 - _GUIDE_BITS)).view(np.int64)
        cells += states.astype(np.int64) << _GUIDE_BITS
        following = self._guide.take(cells)
        shared = np.flatnonzero(following == _UNSETTLED)
        if len(shared):
            ways = (words[shared, None] >= self.thresholds[states[shared]]).sum(axis=1)
            following[shared] = self.targets[states[shared], ways]
        return following

    def first_states(self, words: Words) -> States:
        """Where each visit begins."""
        if len(self.entries) == 1:
            return np.full(len(words), self.entries[0])
        return self.entries[np.searchsorted(self.entry, words, side="right")]

    def dwell_us(self, states: States, words: Words) -> Whole:
        """How long each stays, in microseconds; int64, shape (n,)."""
        total: Floats | None = None
        for distribution, factors in self.dwells:
            drawn = distribution.from_words(words)
            with np.errstate(over="ignore"):  # what is too long for a number is longer than the longest all the same
                drawn *= factors.take(states)
            total = drawn if total is None else total + drawn
        if total is None:
            return np.zeros(len(states), np.int64)
        np.clip(total, 0.0, 1e15, out=total)
        return total.astype(np.int64)


def machine_of(journey: Journey) -> Machine:
    """Number the states of a journey that was judged, and lay out its weights."""
    names = tuple(journey.states)
    number = {name: place for place, name in enumerate(names)} | {LEAVE: GONE}
    states = tuple(journey.states.values())
    emits, shelves = [state.emits for state in states], [state.shows for state in states]
    clicks = [shelf.emits if shelf is not None else None for shelf in shelves]
    events = tuple(dict.fromkeys(event for event in [*emits, *clicks] if event is not None))
    ways = max((len(state.then) for state in states), default=1) or 1
    thresholds = np.full((len(states), ways), np.iinfo(np.uint64).max, np.uint64)
    targets = np.full((len(states), ways + 1), GONE, np.int8)
    weighed = []
    for place, state in enumerate(states):
        leads = np.array([number[name] for name in state.then] or [GONE], np.int8)
        weights = tuple(state.then.values()) or (1.0,)
        targets[place, : len(leads)] = leads
        targets[place, len(leads) :] = leads[-1]
        if all(isinstance(weight, float) for weight in weights):
            bounds = _thresholds([float(weight) for weight in weights])
            thresholds[place, : len(bounds)] = bounds
        else:
            weighed.append(Weighed(place, leads, weights))
    enter = journey.enter or {names[0]: 1.0}
    return Machine(
        names,
        states,
        events,
        _places(emits, events),
        _places(clicks, events),
        np.array([number[shelf.to] if shelf is not None else GONE for shelf in shelves], np.int8),
        thresholds,
        targets,
        tuple(weighed),
        _dwells(states),
        _thresholds(list(enter.values())),
        np.array([number[name] for name in enter], np.int8),
    )


def _places(emitted: Sequence[str | None], events: tuple[str, ...]) -> NDArray[np.int8]:
    return np.array([-1 if event is None else events.index(event) for event in emitted], np.int8)


def _thresholds(weights: Sequence[float]) -> Words:
    shares = np.cumsum(np.asarray(weights, np.float64))
    found: Words = np.minimum(shares[:-1] / shares[-1] * 2.0**64, 2.0**64 - 2.0**11).astype(np.uint64)
    return found


def _dwells(states: Sequence[State]) -> tuple[tuple[Distribution, Floats], ...]:
    """The distributions of the time between states; exponential ones share a table and differ by a factor."""
    tables: dict[object, tuple[Distribution, Floats]] = {}
    for place, state in enumerate(states):
        if state.after is None:
            continue
        mean = getattr(state.after, "mean", None) if type(state.after).__name__ == "Exponential" else None
        key: object = "exponential" if isinstance(mean, float) else repr(state.after)
        if key not in tables:
            made = exponential() if key == "exponential" else seconds_of(state.after)
            tables[key] = made, np.zeros(len(states))
        tables[key][1][place] = _SECOND_US * (mean if isinstance(mean, float) else 1.0)
    return tuple(tables.values())


def seconds_of(generator: ColumnPart) -> Distribution:
    """The distribution of a generator whose parameters are numbers; what is constant is a table of one value."""
    value = getattr(generator, "value", None)
    if isinstance(value, int | float):
        return QuantileTable(lambda levels: np.full(len(levels), float(value)))
    drawn: Distribution = generator.drawing(None)  # type: ignore[attr-defined]
    return drawn
