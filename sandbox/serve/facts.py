"""What is known of items and customers beside what they met: columns for filters, and for whoever shows a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.serve.knowledge import updated
from sandbox.serve.recommending import Recommendations


@dataclass(eq=False)
class Facts:
    """Items and customers as they are now: what was put in stands in the place of what was there."""

    recommendations: Recommendations
    _of: tuple[Any, ...] = ()
    """What the catalogue below was made from."""
    _items: pa.Table | None = None
    _users: tuple[pa.Table, dict[str, int]] | None = None
    """All that the scenario has, and the row of each."""
    _users_put: tuple[pa.Table, dict[str, int]] | None = None
    """Those that came in."""

    @property
    def items(self) -> pa.Table:
        """Of the catalogue, a row for each item by its place."""
        there = self.recommendations
        put = there.put_in.get(there.origin.source.items)
        made_from = (there.now.knowledge, put)
        if self._items is None or any(old is not new for old, new in zip(self._of, made_from, strict=True)):
            self._of, self._items = made_from, _with(there.now.knowledge.catalogue, put, self.key)
        return self._items

    @property
    def key(self) -> str:
        """The column of the items that names them."""
        origin = self.recommendations.origin
        return origin.plan.datasets[origin.source.items].contract.primary_key[0]

    @property
    def told(self) -> Mapping[str, str]:
        """Columns of the items that a caller may see, by their names in capitals: none that is personal."""
        origin = self.recommendations.origin
        personal = origin.plan.datasets[origin.source.items].contract.pii
        return {name.upper(): name for name in self.items.column_names if name not in personal}

    @property
    def users(self) -> Sequence[str]:
        """Names of the users' columns."""
        origin = self.recommendations.origin
        return origin.plan.datasets[origin.source.customers].contract.names

    def user(self, who: str | None) -> Mapping[str, Any]:
        """The columns of a user, as they are now; empty for whoever is unknown."""
        if who is None:
            return {}
        self.read_users()
        for table, rows in filter(None, (self._came_in(), self._users)):
            if who in rows:
                found: Mapping[str, Any] = table.slice(rows[who], 1).to_pylist()[0]
                return found
        return {}

    def read_users(self) -> None:
        """Read all users once, which takes as long as making them; before anybody waits for it."""
        if self._users is None:
            origin = self.recommendations.origin
            self._users = self._by_key(origin.table(origin.source.customers))

    def interacted(self, who: str | None, kinds: frozenset[str] | None) -> NDArray[np.int64]:
        """Places of the items that somebody met by events of some kinds, in lower case; None: of any."""
        there = self.recommendations.now
        row = there.met.people.get(who) if who is not None else None
        before = np.zeros(0, np.int64) if row is None else there.knowledge.by_kind.of(row, kinds)
        return np.union1d(before, there.met.places_since(who, kinds)).astype(np.int64)

    def metadata(self, places: NDArray[np.int32], columns: Sequence[str]) -> list[dict[str, str]]:
        """Some columns of some items, as texts; what is null is left out."""
        chosen = self.items.select(columns).take(pa.array(places))
        return [{name: _text(value) for name, value in row.items() if value is not None} for row in chosen.to_pylist()]

    def _came_in(self) -> tuple[pa.Table, dict[str, int]] | None:
        put = self.recommendations.put_in.get(self.recommendations.origin.source.customers)
        if put is not None and (self._users_put is None or self._users_put[0] is not put):
            self._users_put = self._by_key(put)
        return self._users_put

    def _by_key(self, users: pa.Table) -> tuple[pa.Table, dict[str, int]]:
        """Rows by id as text. Of a history, versions come in the order of time: the last one counts."""
        origin = self.recommendations.origin
        key = origin.plan.datasets[origin.source.customers].contract.primary_key[0]
        return users, {str(name): row for row, name in enumerate(users[key].to_pylist())}


def _with(catalogue: pa.Table, put: pa.Table | None, key: str) -> pa.Table:
    if put is None:
        return catalogue
    rows = updated(catalogue, put, key)
    return rows.take(pc.index_in(catalogue[key].combine_chunks(), rows[key].combine_chunks()))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
