"""What features can say of a customer at a moment: from what they did before, and from what of today has arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sandbox.serve.learnt import Learnt

_DAY_US = 86_400_000_000
RECENT_DAYS = 28


@dataclass(frozen=True, slots=True, eq=False)
class Did:
    """What somebody did with items, in the order of time."""

    items: Sequence[str]
    at_us: NDArray[np.int64]
    sold: NDArray[np.bool_]

    def and_then(self, items: Sequence[str], at_us: Sequence[int], sold: Sequence[bool]) -> Did:
        """The same and more."""
        return Did(
            [*self.items, *items],
            np.concatenate([self.at_us, np.array(at_us, np.int64)]),
            np.concatenate([self.sold, np.array(sold, np.bool_)]),
        )


def history_of(learnt: Learnt | None, customer: str | None) -> Did:
    """What was known of a customer when policies learnt; nothing of nobody."""
    nothing = Did([], np.zeros(0, np.int64), np.zeros(0, np.bool_))
    row = None if learnt is None or customer is None else learnt.met.people.get(customer)
    if learnt is None or row is None:
        return nothing
    events, ids = learnt.knowledge.events, learnt.ids
    some = slice(*np.searchsorted(events.person, [row, row + 1]))
    return Did([ids[place] for place in events.item[some]], events.at[some], events.sold[some])


def features_of(did: Did, categories: Mapping[str, str], now_us: int) -> dict[str, int | float | str | None]:
    """Features by name.

    Args:
        did: what has arrived.
        categories: of the items, as far as they have one.
        now_us: the moment at which they are asked for.
    """
    recent = did.at_us >= now_us - RECENT_DAYS * _DAY_US
    liked = Counter(categories[item] for item in did.items if categories.get(item))
    last_us = int(did.at_us.max()) if len(did.at_us) else None
    return {
        "products looked at": len(set(did.items)),
        f"events in {RECENT_DAYS} days": int(recent.sum()),
        "bought": int(did.sold.sum()),
        "likes most": liked.most_common(1)[0][0] if liked else None,
        "days since last event": None if last_us is None else round((now_us - last_us) / _DAY_US, 1),
    }
