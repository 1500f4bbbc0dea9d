"""What a visit brings to its events: ids, the event, the item, the visitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa

from sandbox.scenario.parts import ColumnPart, Rows, Scope

_TYPES = {
    "id": pa.int64(),
    "event": pa.string(),
    "state": pa.string(),
    "step": pa.int64(),
    "seconds": pa.float64(),
    "visitor": pa.int64(),
    "known": pa.bool_(),
}


class Visit(ColumnPart):
    """What a visit brings to its events, in a dataset with `visits`."""

    what: Literal["id", "event_id", "event", "state", "step", "seconds", "item", "visitor", "customer", "known"]
    """Which of them; an id, the `event` that was emitted, the `item` (its key), the `customer` (once known) …"""

    @classmethod
    def shorthand(cls) -> str:
        """`visit: id`."""
        return "what"

    def reads(self) -> Sequence[str]:
        """Nothing: the visit is there from the start."""
        return ()

    def yields(self, scope: Scope) -> pa.DataType:
        """int64 for ids, text for events and states; item and customer have the type of the key."""
        if f"visit.{self.what}" not in scope.process:
            raise ValueError(_missing(self.what, bool(scope.process)))
        return scope.process[f"visit.{self.what}"]

    def generate(self, rows: Rows) -> pa.Array:
        """The visit's value, for each event."""
        return rows.column(f"visit.{self.what}")

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """Events and states are listed; items and customers lead to their datasets."""
        return scope.process_facts.get(self.what, {})

    def proves(self, scope: Scope) -> frozenset[str]:
        """Ids never repeat, and keys are those of the datasets."""
        if self.what == "event_id":
            return frozenset({"not_null", "unique"})
        if self.what in ("item", "customer"):
            return frozenset({"foreign_key"})
        return frozenset({"values"} if self.what == "event" else {"not_null", "values"})


def _missing(what: str, has_visits: bool) -> str:
    if not has_visits:
        return "only a dataset with `visits` has them."
    return f"no state of the journey has {'an item' if what == 'item' else 'any'}; take the column out."
