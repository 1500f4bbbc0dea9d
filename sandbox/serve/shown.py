"""Lists that were shown, by the id that ties a click to them: how often each policy was seen and clicked."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from uuid import uuid4

from sandbox.serve.incoming import Event
from sandbox.serve.recommending import Listed

MOST_LISTS = 100_000
"""Lists that are remembered, the latest: a click that comes later ties to nothing."""


def recommendation_id() -> str:
    """A new id of a list, as long as the service allows."""
    return f"RID-{uuid4()}"


@dataclass(slots=True)
class Shown:
    """A list, for whom it was, and the items of it that something was done with."""

    user: str | None
    listed: Listed
    used: set[str] = field(default_factory=set)


@dataclass(eq=False)
class ShownLists:
    """The latest lists, and counts by policy over all of them."""

    lists: OrderedDict[str, Shown] = field(default_factory=OrderedDict)
    shown: Counter[str] = field(default_factory=Counter)
    """Lists by policy."""
    clicked: Counter[str] = field(default_factory=Counter)
    """Lists by policy of which at least one item was used."""

    def show(self, name: str, user: str | None, listed: Listed) -> None:
        """A list has been given."""
        self.lists[name] = Shown(user, listed)
        self.shown[listed.policy] += 1
        if len(self.lists) > MOST_LISTS:
            self.lists.popitem(last=False)

    def heard(self, session: str, customer: str | None, event: Event) -> None:
        """Something was done; it counts for the list that it names, if the item stood in it."""
        found = self.lists.get(event.recommendation) if event.recommendation is not None else None
        if found is None or event.item is None or event.item not in found.listed.items:
            return
        if not found.used:
            self.clicked[found.listed.policy] += 1
        found.used.add(event.item)
