"""Identities of visits and events: one-to-one in customer, day and place in the day, so that none comes twice.

An event's number packs customer (30 bits), local day of the clock (16) and place within the customer's day (18): the
visit's number times the most steps that a visit can have, plus the step. A keyed shuffle of 64 bits that can be undone
makes ids of it that look random and still never repeat.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words
from sandbox.errors import InputError
from sandbox.world.rowsets import Whole

CUSTOMER_BITS: Final = 30
DAY_BITS: Final = 16
PLACE_BITS: Final = 18
MOST_STEPS: Final = 256
"""Of a visit with a journey; visits of a customer and day are then at most 1,024."""
CLICK: Final = MOST_STEPS // 2
"""A click takes the place of its step in the other half."""


def pack(customers: Whole, day: int, places: Whole) -> Words:
    """Numbers of events; uint64, shape (n,).

    Raises:
        InputError: there are more customers than 2^30, or a customer has more than 2^18 places on one day.
    """
    if len(customers) and int(customers.max()) >> CUSTOMER_BITS:
        raise InputError(f"a stream has room for {1 << CUSTOMER_BITS:,} customers; there are more.")
    if len(places) and int(places.max()) >> PLACE_BITS:
        raise InputError("a customer comes more often on one day than there is room for; lower `per_day` or `spread`.")
    packed = customers.astype(np.uint64) << np.uint64(DAY_BITS + PLACE_BITS)
    packed |= np.uint64(day << PLACE_BITS)
    packed |= places.astype(np.uint64)
    return packed


def shuffled(packed: Words, address: Address) -> Whole:
    """Ids of packed numbers: another one for each; int64, shape (n,).

    Source: the finishing steps of SplitMix64 (Steele, Lea, Flood 2014), each of which can be undone.
    """
    key = address.key()
    mixed = packed + np.uint64(key.start)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= np.uint64(key.middle)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed.view(np.int64)


def visits_of(packed: Words) -> Words:
    """Numbers of the visits with a journey that events belong to."""
    return packed & ~np.uint64(MOST_STEPS - 1)


def steps_of(packed: Words) -> Whole:
    """At which step of a journey each event was told, from 0."""
    return (packed & np.uint64(CLICK - 1)).view(np.int64)


def are_clicks(packed: Words) -> NDArray[np.bool_]:
    """Which events of a journey are clicks."""
    return (packed & np.uint64(CLICK)).astype(np.bool_)
