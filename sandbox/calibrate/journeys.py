"""Which way visits take: where each state of a journey leads, where visits begin, and how long each state lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sandbox.calibrate.durations import distance, drawn, dwelling_of, unrounded
from sandbox.calibrate.families import FEW, Floats, nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.numbers import Numbers, by_chance
from sandbox.calibrate.visits import NOBODY, SeenSteps, steps_seen
from sandbox.scenario.document import Path
from sandbox.scenario.language import Journey, State
from sandbox.scenario.language.stream import LEAVE
from sandbox.world.rowsets import Whole
from sandbox.world.streams.machine import seconds_of

_RARE = 0.002
"""Of a state's ways: what the scenario does not say is added from this share on."""


@dataclass(frozen=True, eq=False)
class Stays:
    """Stays in states by number, in the order of visits and time; all of shape (n,).

    `follows` is the state after it, -1 for leaving, -2 where that cannot be told: a click took the visit elsewhere, or
    more of it may lie beyond what was seen.
    """

    names: tuple[str, ...]
    state: Whole
    follows: Whole
    seconds: Floats
    """Until the next; no number where there is none."""
    begins: Whole
    """1 for a visit's first."""
    people: Whole


def fit_journey(evidence: Evidence) -> Iterator[Fitted]:
    """Weights of ways that are numbers, and lengths of stays, of each state that tells of itself by its event."""
    journey, seen = evidence.planned.spec.journey, steps_seen(evidence)
    if journey is None or seen is None or not len(seen.at_us):
        return
    stays = stays_of(journey, seen, evidence)
    if stays is None:
        return
    path: Path = (*evidence.path, "journey")
    if journey.enter:
        counts = np.bincount(stays.state[stays.begins == 1], minlength=len(stays.names))
        yield from _ways((*path, "enter"), journey.enter, dict(zip(stays.names, counts, strict=True)), "visits")
    for place, (name, state) in enumerate(journey.states.items()):
        here = stays.state == place
        if len(np.unique(stays.people[here])) < FEW:
            continue
        told = stays.follows[here & (stays.follows > -2)]
        counts = np.bincount(told + 1, minlength=len(stays.names) + 1)
        if state.then and not any(isinstance(weight, str) for weight in state.then.values()):
            found = dict(zip((LEAVE, *stays.names), counts, strict=True))
            yield from _ways((*path, name, "then"), state.then, found, "stays")
        yield from _stay((*path, name, "after"), state, stays, here)


def stays_of(journey: Journey, seen: SeenSteps, evidence: Evidence) -> Stays | None:
    """What was seen as stays; None where an event does not tell which state it is of."""
    names = tuple(journey.states)
    emitted = [state.emits for state in journey.states.values()]
    clicks = {state.shows.emits for state in journey.states.values() if state.shows is not None}
    if None in emitted or len(set(emitted)) < len(emitted) or clicks & {None, *emitted}:
        return None
    if len(names) == 1 and not seen.events:
        code = np.zeros(len(seen.at_us), np.int64)
    else:
        place = {event: number for number, event in enumerate(emitted)}
        code = np.array([place.get(event, -1) for event in seen.events] or [-1], np.int64)[seen.event]
    clicked = np.isin(seen.event, [seen.events.index(click) for click in clicks if click in seen.events])
    told = np.flatnonzero(((code >= 0) | clicked) & ~(seen.by_pauses & (seen.people == NOBODY)))
    if not len(told):
        return None
    visit, at_us, code = seen.visit[told], seen.at_us[told], code[told]
    last = np.append(visit[1:] != visit[:-1], True)
    follows = np.where(last, -1, np.where(np.append(code[1:], -1) < 0, -2, np.append(code[1:], -1)))
    spec = evidence.planned.spec.visits
    assert spec is not None
    open_us = int(seen.at_us.max()) - int(spec.longest.total_seconds() * 1e6)
    follows = np.where(last & (at_us > open_us), -2, follows)
    seconds = np.where(follows >= 0, np.append(np.diff(at_us), 0) / 1e6, np.nan)
    begins = np.append(True, visit[1:] != visit[:-1]).astype(np.int64)
    state = code >= 0
    people = np.where(seen.people < 0, seen.people.max(initial=0) + 1 + seen.visit, seen.people)[told]
    return Stays(names, code[state], follows[state], seconds[state], begins[state], people[state])


def _ways(path: Path, said: Any, counts: dict[str, Any], of: str) -> Iterator[Fitted]:
    """Shares of the ways that were gone, in the order of the scenario, and then those that it does not say."""
    total = int(sum(counts.values()))
    if total < FEW:
        return
    kept = [way for way in said if way in counts]
    kept += [way for way, count in counts.items() if way not in said and count >= max(FEW, _RARE * total)]
    gone = np.array([counts[way] for way in kept], np.float64)
    if gone.sum() <= 0:
        return
    shares = gone / gone.sum()
    before = np.array([float(said.get(way, 0.0)) for way in kept])
    before = before / before.sum() if before.sum() else np.full(len(kept), 1 / len(kept))
    deviation = float(np.sqrt((shares * (1 - shares)).max() / gone.sum()))
    expected = before * gone.sum()
    chi = float(((gone - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
    agrees = chi <= len(kept) - 1 + 2 * np.sqrt(2 * max(len(kept) - 1, 1)) or len(kept) == 1
    off = float(np.abs(shares - before).sum() / 2)
    new = {way: nice(share, 3) for way, share in zip(kept, shares, strict=True)}
    yield Fitted(path, new, f"{total:,} {of}", f"each ± {1.96 * deviation:.2g} at most", round(off, 4), bool(agrees))


def _stay(path: Path, state: State, stays: Stays, here: Any) -> Iterator[Fitted]:
    """How long a state lasts, where the scenario says it without SQL."""
    if state.after is None or state.after.expressions():
        return
    lasting = here & np.isfinite(stays.seconds)
    numbers = Numbers(unrounded(stays.seconds[lasting]), stays.people[lasting].astype(np.int32))
    found = dwelling_of(numbers)
    if found is None:
        return
    off = distance(drawn(seconds_of(state.after)), numbers.values)
    told = f"{len(numbers.values):,} stays"
    yield Fitted(path, found.written, told, found.interval, off, off <= by_chance(numbers.people))
