"""The exponent of a Zipf law by which items come to mind, by maximum likelihood.

Nobody knows which item has which rank, so ranks are those that were seen, and chance among rare items makes them look
more different than they are. How much, drawing from the law itself tells; it is taken off.

Source: Clauset, Shalizi and Newman, Power-law distributions in empirical data (2009); Gouriéroux, Monfort and Renault,
Indirect inference (1993), for the correction.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, hash_columns, words
from sandbox.calibrate.families import Floats
from sandbox.world.draws import Choice
from sandbox.world.rowsets import Whole

MOST = 5.0
"""That the language can say."""
_ROUNDS = 60
_CORRECTIONS = 4
_GROUPS = 20
_MOST_DRAWN = 500_000


def exponent_of(item: Whole, people: npt.NDArray[np.int32], factors: Floats) -> tuple[float, float]:
    """The exponent that made these choices likeliest, and its standard error over people.

    Args:
        item: that was chosen, shape (choices,).
        people: who chose, shape (choices,).
        factors: how often each item is taken beside how easily it comes to mind, shape (items,); 1 where that is all.
    """
    counts = np.bincount(item, minlength=len(factors)).astype(np.float64)
    seen = _likeliest(counts, factors)
    value = seen
    order = np.argsort(-counts / factors, kind="stable")
    for turn in range(_CORRECTIONS):
        drawn = _drawn(value, factors[order], int(counts.sum()), turn)
        value = min(max(value + seen - _likeliest(drawn, factors[order]), 0.0), MOST)
    without = np.array([_likeliest(counts - some, factors) for some in _groups(item, people, len(factors))])
    jackknife = (len(without) - 1) / len(without) * float(((without - without.mean()) ** 2).sum())
    return value, float(np.sqrt(2 * jackknife))  # what was drawn for the correction is as much by chance


def _groups(item: Whole, people: npt.NDArray[np.int32], items: int) -> Iterator[Floats]:
    """How often each item was chosen by each group of people, who are told apart by their numbers alone."""
    group = hash_columns(Address(("calibrate", "group")), people) % np.uint64(_GROUPS)
    for each in range(_GROUPS):
        yield np.bincount(item[group == each], minlength=items).astype(np.float64)


def _likeliest(counts: Floats, factors: Floats) -> float:
    """Where the mean logarithm of the rank is that of the law: the likelihood has its one maximum there."""
    order = np.argsort(-counts / factors, kind="stable")
    logs = np.log(np.arange(1.0, len(counts) + 1))
    seen = float(counts[order] @ logs) / max(float(counts.sum()), 1.0)
    low, high = 0.0, MOST
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        weights = factors[order] * np.exp(-middle * logs)
        low, high = (middle, high) if weights @ logs / weights.sum() > seen else (low, middle)
    return (low + high) / 2


def _drawn(exponent: float, factors: Floats, choices: int, turn: int) -> Floats:
    """How often items, the likeliest first, are chosen by the law itself; scaled to as many choices."""
    ranks = np.arange(1.0, len(factors) + 1)
    law = Choice(factors * ranks**-exponent)
    count = min(choices, _MOST_DRAWN)
    drawn = law.from_words(words(Address(("calibrate", "popularity", turn)), 0, count))
    return np.bincount(drawn, minlength=len(factors)).astype(np.float64)
