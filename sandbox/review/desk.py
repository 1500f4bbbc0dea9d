"""One cut's decisions before the reviewers: when each comes, whether and when somebody looks at it, and errs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from sandbox.addresses import Address
from sandbox.models.base import Floats, Rows
from sandbox.models.split import hash_entities
from sandbox.review.hours import working_hours
from sandbox.review.queue import serve
from sandbox.scenario.language.review import Review
from sandbox.world.draws import uniforms_of_words

_US = timedelta(microseconds=1)
_NS = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What became of the decisions of a cut, in the order in which they came; all of shape (n,)."""

    rows: Rows
    """Which decisions they are."""
    begins_us: int
    """The cut; all times are microseconds UTC."""
    comes_us: Rows
    left_us: Rows
    """When each was looked at, or was given up."""
    is_reviewed: NDArray[np.bool_]
    is_wrong: NDArray[np.bool_]
    """Whether whoever reviews it errs."""
    takes_s: Floats
    """How long its review takes."""
    there_s: float
    """How long the reviewers are at work until the last decision is out, over all of them."""


def decided(ids: pa.Array, rows: Rows, moment_us: int, terms: Review, zone: str, address: Address) -> Desk:
    """Let the decisions of a cut come, wait and be reviewed.

    Args:
        ids: of their entities, by which all is drawn: another decision changes none.
        rows: their numbers.
        moment_us: the cut.
        terms: who reviews, and how fast.
        zone: whose clock the reviewers go by.
        address: of the randomness of this cut.
    """
    within_us = terms.within // _US
    comes_us = coming_us(ids, moment_us, terms, address)
    order = np.argsort(comes_us, kind="stable")
    rows, comes_us, ids = rows[order], comes_us[order], ids.take(pa.array(order))
    takes_s = lengths_s(ids, terms, address)
    gone_us = comes_us + within_us
    hours = (terms.hours[0], terms.hours[1])
    line = working_hours(hours, terms.days == "every day", zone, moment_us, int(gone_us[-1]))
    comes_s, gone_s = (line.work_at(at_us) / _NS for at_us in (comes_us, gone_us))
    served = serve(comes_s, takes_s, gone_s, terms.reviewers)
    begun_us = line.time_of(np.round(np.nan_to_num(served.begun) * _NS).astype(np.int64))
    # Who comes while somebody is free is looked at once, whatever rounding says.
    left_us = np.where(served.is_reviewed, np.maximum(begun_us, comes_us), gone_us)
    done_s = np.where(served.is_reviewed, served.begun + takes_s, served.left)
    there_s = float(done_s.max()) * terms.reviewers
    is_wrong = _drawn(address, "errs", ids) < terms.wrong
    return Desk(rows, moment_us, comes_us, left_us, served.is_reviewed, is_wrong, takes_s, there_s)


def coming_us(ids: pa.Array, moment_us: int, terms: Review, address: Address) -> Rows:
    """When the decision on each entity comes: at any moment of the stretch that begins with a cut."""
    found: Rows = moment_us + np.floor(_drawn(address, "comes", ids) * (terms.over // _US)).astype(np.int64)
    return found


def lengths_s(ids: pa.Array, terms: Review, address: Address) -> Floats:
    """How long each review takes, in seconds: gamma, whole milliseconds."""
    uniforms, mean = _drawn(address, "takes", ids), terms.takes.total_seconds()
    if not terms.spread:
        return np.full(len(uniforms), mean)
    shape = terms.spread**-2.0
    lengths: Floats = np.round(special.gammaincinv(shape, uniforms) * mean / shape, 3)
    return lengths


def _drawn(address: Address, what: str, ids: pa.Array) -> Floats:
    return uniforms_of_words(hash_entities(address.of(what), ids))
