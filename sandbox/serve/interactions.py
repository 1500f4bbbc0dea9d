"""Who met which item by which kind of event, for filters that ask for it; built from the events as they pass by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_NEEDED = ("customer", "item", "event")


@dataclass(frozen=True, eq=False)
class ByKind:
    """Each person's items and kinds, once each."""

    kinds: Mapping[str, int]
    """Codes by the event's name in lower case."""
    ends: NDArray[np.int64]
    """Where a person's begin and end, shape (people + 1,)."""
    item: NDArray[np.int64]
    kind: NDArray[np.int64]

    def of(self, person: int, kinds: frozenset[str] | None) -> NDArray[np.int64]:
        """Places of the items that somebody met by some kinds of events, or by any."""
        mine = slice(self.ends[person], self.ends[person + 1])
        if kinds is None:
            return np.unique(self.item[mine])
        codes = [code for name, code in self.kinds.items() if name in kinds]
        return np.unique(self.item[mine][np.isin(self.kind[mine], codes)])


@dataclass(eq=False)
class Noting:
    """Notes what passes by: customer, item and event of each row that has all three."""

    pieces: list[pa.RecordBatch] = field(default_factory=list)

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same batches."""
        for batch in batches:
            if set(_NEEDED) <= set(batch.schema.names):
                some = batch.select(_NEEDED)
                known = pc.and_(pc.is_valid(some.column("customer")), pc.is_valid(some.column("item")))
                self.pieces.append(some.filter(known))
            yield batch

    def by_kind(self, people: pa.Array, items: pa.Array) -> ByKind:
        """All of it, by the numbers of people (ids as text) and items."""
        none = np.zeros(0, np.int64)
        if not self.pieces:
            return ByKind({}, np.zeros(len(people) + 1, np.int64), none, none)
        rows = pa.Table.from_batches(self.pieces)
        person = _places(rows["customer"].combine_chunks().cast(pa.string()), people)
        item = _places(rows["item"].combine_chunks(), items)
        events = rows["event"].combine_chunks().dictionary_encode()
        names = [str(name).lower() for name in events.dictionary.to_pylist()]
        kind = pc.fill_null(events.indices, -1).to_numpy().astype(np.int64)
        whole = (person >= 0) & (item >= 0) & (kind >= 0)
        many = len(items) * max(len(names), 1)
        pairs = np.unique(person[whole] * many + item[whole] * len(names) + kind[whole])
        ends = np.searchsorted(pairs // many, np.arange(len(people) + 1))
        rest = pairs % many
        return ByKind({name: code for code, name in enumerate(names)}, ends, rest // len(names), rest % len(names))


def _places(ids: pa.Array, known: pa.Array) -> NDArray[np.int64]:
    found = pc.fill_null(pc.index_in(ids, known), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)
