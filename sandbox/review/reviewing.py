"""A review as a story: who goes to people, who is reached in time, what is decided, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import Address
from sandbox.models.base import flags
from sandbox.models.split import entity_numbers
from sandbox.review.desk import Desk, decided
from sandbox.review.outcome import Reviewed, Waiting, saved, side
from sandbox.scenario.language.review import Review

_HOUR_US = 3_600_000_000
_POINTS = 300
_DECIMALS = 6

Mask = NDArray[np.bool_]


def review(test: pa.Table, terms: Review, zone: str, address: Address) -> tuple[Reviewed, Mask]:
    """Let people decide what a model is in doubt of.

    Each cut's decisions have the reviewers for themselves.

    Args:
        test: a row a decision: entity, moment, label (bool), score, predicted (bool).
        terms: who reviews what.
        zone: whose clock the reviewers go by.
        address: of the randomness: when each decision comes, how long its review takes, whether it errs.
    Returns:
        What came of it, and the answers after review.
    """
    # 1. Who is in doubt, and comes before people.
    before, label, score = flags(test["predicted"]), flags(test["label"]), test["score"].to_numpy()
    in_band = (score >= terms.band[0]) & (score <= terms.band[1])

    # 2. They wait, and are looked at in turn, or given up.
    desks = list(_desks(test, in_band, terms, zone, address))

    # 3. Whoever was looked at is decided by what the reviewer sees: what will come, but for errors.
    after, worked_h = before.copy(), np.zeros(len(test))
    for desk in desks:
        rows = desk.rows[desk.is_reviewed]
        after[rows] = label[rows] ^ desk.is_wrong[desk.is_reviewed]
        worked_h[rows] = desk.takes_s[desk.is_reviewed] / 3600

    # 4. What that changed, and cost.
    changed, numbers = after != before, entity_numbers(test["entity"].combine_chunks())
    found = Reviewed(
        decisions=len(test),
        in_band=int(in_band.sum()),
        reviewed=sum(int(desk.is_reviewed.sum()) for desk in desks),
        changed=int(changed.sum()),
        mended=int((changed & (after == label)).sum()),
        before=side(before, label, np.zeros(len(test)), terms.costs),
        after=side(after, label, worked_h, terms.costs),
        saved=saved(before, after, label, worked_h, numbers, terms.costs),
        waiting=_waiting(desks),
    )
    return found, after


def _desks(test: pa.Table, in_band: Mask, terms: Review, zone: str, address: Address) -> Iterator[Desk]:
    moments, ids = test["moment"].cast(pa.int64()).to_numpy(), test["entity"].combine_chunks()
    for moment_us in np.unique(moments[in_band]).tolist():
        rows = np.flatnonzero(in_band & (moments == moment_us)).astype(np.int64)
        yield decided(ids.take(pa.array(rows)), rows, moment_us, terms, zone, address.of(moment_us))


def _waiting(desks: Sequence[Desk]) -> Waiting:
    nothing = float("nan")
    if not desks:
        return Waiting(nothing, nothing, nothing, 0.0, [], [])
    reached = np.concatenate([desk.is_reviewed for desk in desks])
    waits = np.concatenate([(desk.left_us - desk.comes_us)[desk.is_reviewed] for desk in desks]) / _HOUR_US
    worked_s = sum(float(desk.takes_s[desk.is_reviewed].sum()) for desk in desks)
    longest_us = max(int((desk.left_us - desk.begins_us).max()) for desk in desks)
    at_us = np.linspace(0, longest_us, _POINTS)
    waiting = np.zeros(_POINTS, dtype=np.int64)
    for desk in desks:
        here = desk.begins_us + at_us
        waiting += np.searchsorted(desk.comes_us, here) - np.searchsorted(np.sort(desk.left_us), here)
    return Waiting(
        reached=round(float(reached.mean()), _DECIMALS),
        mean_hours=round(float(waits.mean()), _DECIMALS) if len(waits) else nothing,
        most_hours=round(float(np.quantile(waits, 0.95)), _DECIMALS) if len(waits) else nothing,
        busy=round(worked_s / max(sum(desk.there_s for desk in desks), 1e-9), _DECIMALS),
        at_h=[round(float(each) / _HOUR_US, 3) for each in at_us],
        waiting=waiting.tolist(),
    )
