"""The policy that shows what a journal says was shown: the same events come of it, and nothing is learnt for them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sandbox.addresses import Address, hash_columns
from sandbox.errors import InputError
from sandbox.experiment.journal import Kept, Part
from sandbox.world.streams.stream import best_sellers

if TYPE_CHECKING:
    from sandbox.world.streams.shelves import Requests, Shown
    from sandbox.world.streams.story import Story

_PARTS_AT_HAND = 4
_KEY = Address(("journal", "request"))


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Lists by the key of their request, rising."""

    keys: NDArray[np.uint64]
    items: NDArray[np.int32]
    """Shape (lists, slots)."""


@dataclass(eq=False)
class ShownAgain:
    """Answers each request with what was shown then; before a journal begins, with the rules of history."""

    starts_us: int
    parts: Sequence[Part]
    _at_hand: OrderedDict[int, Lists] = field(default_factory=OrderedDict)
    _lock: Any = field(default_factory=RLock)

    @classmethod
    def of(cls, kept: Kept, starts_us: int) -> ShownAgain:
        """By a journal; `starts_us` is when its experiment begins."""
        return cls(starts_us, kept.parts)

    def __call__(self, story: Story, requests: Requests) -> Shown:
        """Rows of the catalogue for each request, shape (n, slots)."""
        shown = np.array(best_sellers(story, requests))
        later = np.flatnonzero(requests.times >= self.starts_us)
        if not len(later):
            return shown
        part = np.searchsorted([each.until_us for each in self.parts], requests.times[later], side="right")
        keys = _keys(requests.identities[later], requests.times[later], requests.items[later])
        for number in np.unique(part):
            of_part = np.flatnonzero(part == number)
            if number == len(self.parts):
                raise _strange()
            lists = self._lists(int(number))
            row = np.minimum(np.searchsorted(lists.keys, keys[of_part]), max(len(lists.keys) - 1, 0))
            if not (lists.keys[row] == keys[of_part]).all():
                raise _strange()
            shown[later[of_part]] = lists.items[row]
        return shown

    def _lists(self, number: int) -> Lists:
        with self._lock:
            if number in self._at_hand:
                self._at_hand.move_to_end(number)
                return self._at_hand[number]
            lists = self._at_hand[number] = _read(self.parts[number])
            while len(self._at_hand) > _PARTS_AT_HAND:
                self._at_hand.popitem(last=False)
            return lists


def _read(part: Part) -> Lists:
    raw = part.path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != part.sha256:
        raise InputError(f"{part.path}: was changed after it was written: its digest is another one.")
    table = pq.read_table(pa.BufferReader(raw), columns=["shown_at", "visit", "item", "items"])
    times, visits = (table[name].cast(pa.int64()).to_numpy() for name in ("shown_at", "visit"))
    items = table["items"].combine_chunks()
    flat = np.asarray(items.flatten(), np.int32).reshape(len(table), -1)
    keys = _keys(visits, times, table["item"].to_numpy())
    order = np.argsort(keys, kind="stable")
    return Lists(keys[order], flat[order])


def _keys(visits: NDArray[np.int64], times: NDArray[np.int64], items: NDArray[np.int32]) -> NDArray[np.uint64]:
    """A number for each request: a visit asks once at a moment, about one item."""
    return hash_columns(_KEY, visits, times, items.astype(np.int64))


def _strange() -> InputError:
    return InputError("the journal has no list for a visit of this scenario: it is of another one, or was cut off.")
