"""How good a policy is before anybody is shown anything: by the definitions of Amazon Personalize.

A tenth of the people is held out. What the others did is learnt from; of each who is held out the oldest nine tenths of
events go in, and the newest tenth is what a list of 25 should have. People with a single event tell nothing.

Source: Amazon Personalize, Developer Guide, Evaluating a solution version with metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from sandbox.addresses import Address, hash_columns
from sandbox.errors import InputError
from sandbox.models.base import Estimate
from sandbox.models.recommend.events import Events, Matrix
from sandbox.models.recommend.policies import PolicyPart
from sandbox.models.recommend.showing import NOBODY, Exploration, Fallback, Filters, show

HELD_OUT = 0.1
LONGEST = 25
DEPTHS = (5, 10, 25)
_AT_ONCE = 4_096
_SIDES = Address(("recommend", "offline"))


@dataclass(frozen=True, slots=True)
class Offline:
    """A policy's figures over the lists of those held out, with intervals of 95% over people."""

    people: int
    coverage: float
    """The share of all items that stands in at least one list."""
    mrr_25: Estimate
    """One over the place of the first item that came true, 0 where none of 25 did."""
    ndcg: dict[int, Estimate]
    """By depth."""
    precision: dict[int, Estimate]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Events to learn from, those that go in, and those that should come out."""

    learnt: Events
    given: Events
    wanted: Events


def parted(events: Events, held_out: float = HELD_OUT) -> Parts:
    """Hold some people out, and cut what they did by time.

    Args:
        events: by person and time.
        held_out: the share of people; who they are follows from their numbers alone.
    """
    word = hash_columns(_SIDES, np.arange(len(events.people)))
    chosen = word < np.uint64(held_out * 2.0**64)
    apart = events.of(chosen)
    size = np.bincount(apart.person, minlength=len(events.people))
    first = np.searchsorted(apart.person, apart.person, side="left")
    place = np.arange(len(apart)) - first
    kept = np.clip((0.9 * size[apart.person]).astype(np.int64), 1, None)
    enough = size[apart.person] >= 2
    return Parts(events.of(~chosen), apart.where(enough & (place < kept)), apart.where(enough & (place >= kept)))


def evaluate(
    policy: PolicyPart,
    events: Events,
    catalogue: pa.Table,
    seed: int = 0,
    *,
    filters: Filters | None = None,
    fallback: Fallback | None = None,
) -> Offline:
    """Learn a policy from most people, and ask it about the others.

    Raises:
        InputError: nobody held out did two things or more; or the policy cannot learn.
    """
    parts = parted(events)
    asked = np.unique(parts.wanted.person)
    if not len(asked):
        raise InputError("nobody who is held out did two things or more; there are too few people to measure a policy.")
    ranker = policy.learn(parts.learnt, catalogue, seed)
    given, wanted = parts.given.matrix(), parts.wanted.matrix()
    lists = [
        show(ranker, given[some], some, LONGEST, filters=filters, fallback=fallback, exploration=Exploration()).item
        for some in _pieces(asked)
    ]
    return measured(np.concatenate(lists), wanted[asked])


def measured(lists: NDArray[np.int32], wanted: Matrix) -> Offline:
    """The figures of lists.

    Args:
        lists: numbers of items by place, `NOBODY` where a list has ended; shape (n, at least 25 or all items).
        wanted: what came true, sparse, shape (n, items); a row has one or more.
    """
    people, items = wanted.shape
    hits = _hits(lists[:, :LONGEST], wanted)
    relevant = np.diff(wanted.indptr)
    place = np.argmax(hits, axis=1) + 1
    found = [int(item) for item in np.unique(lists) if item != NOBODY]
    return Offline(
        people=people,
        coverage=len(found) / items if items else 0.0,
        mrr_25=_mean(np.where(hits.any(axis=1), 1 / place, 0.0)),
        ndcg={depth: _mean(_ndcg(hits[:, :depth], relevant, depth)) for depth in DEPTHS},
        precision={depth: _mean(hits[:, :depth].sum(axis=1) / depth) for depth in DEPTHS},
    )


def _hits(lists: NDArray[np.int32], wanted: Matrix) -> NDArray[np.bool_]:
    """Which places of each list hold something that came true."""
    people, items = wanted.shape
    row = np.repeat(np.arange(people), lists.shape[1])
    keys = np.where(lists.ravel() == NOBODY, -1, row * items + lists.ravel())
    true = wanted.tocoo()
    return np.isin(keys, true.row.astype(np.int64) * items + true.col).reshape(lists.shape)


def _ndcg(hits: NDArray[np.bool_], relevant: NDArray[np.int32], depth: int) -> NDArray[np.float64]:
    """Gains weigh 1 / log(1 + place); the best list has all that came true at its top."""
    weight = 1 / np.log2(1 + np.arange(1, depth + 1))
    best = np.concatenate([[0.0], np.cumsum(weight)])[np.minimum(relevant, depth)]
    found: NDArray[np.float64] = (hits * weight[: hits.shape[1]]).sum(axis=1) / best
    return found


def _mean(values: NDArray[np.float64]) -> Estimate:
    value = float(values.mean())
    spread = float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    reach = float(special.ndtri(0.975) * spread)
    return Estimate(value, value - reach, value + reach)


def _pieces(people: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """People in groups whose scores fit into memory."""
    return (people[begin : begin + _AT_ONCE] for begin in range(0, len(people), _AT_ONCE))
