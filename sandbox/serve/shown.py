"""Lists that were shown, by the id that ties a click to them: how often each policy was seen and clicked."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from os import urandom

from sandbox.serve.incoming import Event
from sandbox.serve.learnt import Listed

MOST_LISTS = 100_000
"""Lists that are remembered, the latest: a click that comes later ties to nothing."""


def recommendation_id() -> str:
    """A new id of a list, as long as the service allows."""
    return f"RID-{urandom(18).hex()}"


@dataclass(eq=False)
class ShownLists:
    """The latest lists, and counts by policy over all of them."""

    lists: OrderedDict[str, tuple[str, str | None, tuple[str, ...]]] = field(default_factory=OrderedDict)
    """By id: the policy, for whom it was, and its items. Plain tuples, so that they are no work for the collector."""
    used: dict[str, set[str]] = field(default_factory=dict)
    """By id: the items that something was done with."""
    shown: Counter[str] = field(default_factory=Counter)
    """Lists by policy."""
    clicked: Counter[str] = field(default_factory=Counter)
    """Lists by policy of which at least one item was used."""

    def show(self, name: str, user: str | None, listed: Listed) -> None:
        """A list has been given."""
        self.lists[name] = (listed.policy, user, tuple(listed.items))
        self.shown[listed.policy] += 1
        if len(self.lists) > MOST_LISTS:
            gone, _ = self.lists.popitem(last=False)
            self.used.pop(gone, None)

    def heard(self, session: str, customer: str | None, event: Event) -> None:
        """Something was done; it counts for the list that it names, if the item stood in it."""
        name = event.recommendation
        found = self.lists.get(name) if name is not None else None
        if found is None or name is None or event.item is None or event.item not in found[2]:
            return
        if name not in self.used:
            self.clicked[found[0]] += 1
        self.used.setdefault(name, set()).add(event.item)
