"""Policies: every item has a score for whoever asks, the same thing twice, and what is given stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, words
from sandbox.checks.check import Broken, Suite, shown
from sandbox.errors import InputError
from sandbox.models.recommend.events import Events, Matrix
from sandbox.models.recommend.policies import PolicyPart
from sandbox.models.recommend.rankers import Ranker
from sandbox.models.recommend.showing import show

_PEOPLE, _ITEMS, _ROWS, _SEED, _SLOTS = 40, 12, 300, 42, 5


@dataclass(frozen=True, eq=False)
class PolicySubject:
    """A policy under check."""

    name: str
    policy: PolicyPart

    @cached_property
    def ranker(self) -> Ranker:
        """What it makes of the usual events."""
        return self.policy.learn(events(), catalogue(), _SEED)


def events(rows: int = _ROWS) -> Events:
    """People with a liking for every third item; always the same."""
    drawn = words(Address(("policies", "events")), 0, 3 * _ROWS).reshape(3, _ROWS)[:, :rows]
    person = np.sort((drawn[0] % np.uint64(_PEOPLE)).astype(np.int64))
    liked = (person % 3 + 3 * (drawn[1] % np.uint64(4)).astype(np.int64)) % _ITEMS
    other = (drawn[1] % np.uint64(_ITEMS)).astype(np.int64)
    item = np.where(drawn[2] % np.uint64(4) > 0, liked, other)
    people = pa.array([str(number) for number in range(_PEOPLE)])
    return Events(people, catalogue()["item"].combine_chunks(), person, item, np.arange(rows), item % 2 == 0)


def catalogue() -> pa.Table:
    """The items, with a column to group them by and a number."""
    numbers = range(_ITEMS)
    kinds = [f"kind {number % 3}" for number in numbers]
    return pa.table({"item": [f"i{number:02d}" for number in numbers], "kind": kinds, "price": [*map(float, numbers)]})


def scores_every_item(subject: PolicySubject) -> Broken | None:
    """Each who asks gets a number for each item; -inf means that it is never shown, NaN means nothing."""
    return _no_scores(subject.ranker, events().matrix())


def strangers_get_a_list(subject: PolicySubject) -> Broken | None:
    """Who has met nothing yet gets scores like anybody."""
    return _no_scores(subject.ranker, events(0).matrix()[:3])


def same_seed_same_scores(subject: PolicySubject) -> Broken | None:
    """Learning again from the same events gives the same lists."""
    seen, asked = events().matrix(), np.arange(_PEOPLE)
    again = subject.policy.learn(events(), catalogue(), _SEED)
    return _other_lists(show(again, seen, asked, _SLOTS).item, show(subject.ranker, seen, asked, _SLOTS).item)


def one_request_scores_as_in_a_batch(subject: PolicySubject) -> Broken | None:
    """Whoever asks gets the same list alone as among others."""
    seen, asked = events().matrix(), np.arange(_PEOPLE)
    whole = show(subject.ranker, seen, asked, _SLOTS).item
    alone = [show(subject.ranker, seen[[person]], asked[[person]], _SLOTS).item for person in asked]
    return _other_lists(np.concatenate(alone), whole)


def events_stay_as_they_are(subject: PolicySubject) -> Broken | None:
    """Neither learning nor scoring changes what it is given."""
    given, seen = events(), events().matrix()
    subject.policy.learn(given, catalogue(), _SEED).scores(seen, np.arange(_PEOPLE))
    fresh = events()
    same = all(np.array_equal(getattr(given, part), getattr(fresh, part)) for part in ("person", "item", "at", "sold"))
    unmoved = np.array_equal(seen.toarray(), fresh.matrix().toarray())
    return None if same and unmoved else Broken("events that changed", "the events as they were given")


def no_events_are_learnt_or_refused(subject: PolicySubject) -> Broken | None:
    """Before anybody has done anything it gives scores, or says why there are none."""
    try:
        ranker = subject.policy.learn(events(0), catalogue(), _SEED)
    except InputError:
        return None
    return _no_scores(ranker, events().matrix())


def _no_scores(ranker: Ranker, seen: Matrix) -> Broken | None:
    scores = np.asarray(ranker.scores(seen, np.arange(seen.shape[0])))
    if scores.shape != seen.shape:
        return Broken(f"scores of shape {scores.shape}", f"{seen.shape}")
    return Broken("NaN", "a number for every item") if np.isnan(scores).any() else None


def _other_lists(found: np.ndarray, expected: np.ndarray) -> Broken | None:
    if np.array_equal(found, expected):
        return None
    row = int(np.flatnonzero((found != expected).any(axis=1))[0])
    return Broken(f"{shown(found[row].tolist())} for person {row}", shown(expected[row].tolist()))


SUITE = Suite(
    "sandbox.policies",
    (
        scores_every_item,
        strangers_get_a_list,
        same_seed_same_scores,
        one_request_scores_as_in_a_batch,
        events_stay_as_they_are,
        no_events_are_learnt_or_refused,
    ),
)
