"""What people did with items, in numbers: rows of (person, item, time), and the matrix of who has met what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from sandbox.mart.database import Limits, opened
from sandbox.models.recommend.base import roles
from sandbox.models.recommend.counting import WHOSE, load

Numbers = NDArray[np.int64]
Matrix = Any
"""A sparse array of SciPy, float32, shape (people, items); its rows are people, 1 where one has met an item."""


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events by person and time; people and items are numbers, which `people` and `items` have the ids of."""

    people: pa.Array
    """Of customers, as text; null for visitors that nobody knows."""
    items: pa.Array
    """Every item, sorted by id: those that were met, and those of the catalogue that nobody has met yet."""
    person: Numbers
    item: Numbers
    at: Numbers
    """Microseconds UTC."""
    sold: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.person)

    def of(self, people: NDArray[np.bool_]) -> Events:
        """The events of some of the people; numbers stay."""
        return self.where(people[self.person])

    def where(self, rows: NDArray[np.bool_]) -> Events:
        """Some of the events."""
        person, item, at = (part[rows] for part in (self.person, self.item, self.at))
        return Events(self.people, self.items, person, item, at, self.sold[rows])

    def matrix(self) -> Matrix:
        """Who has met what, once each."""
        shape = (len(self.people), len(self.items))
        ones = np.ones(len(self), np.float32)
        found = sparse.csr_array(sparse.coo_array((ones, (self.person, self.item)), shape=shape))
        found.data[:] = 1.0
        return found

    def counts(self) -> tuple[Numbers, Numbers]:
        """By item: how often it was sold, and how many people met it."""
        sold = np.bincount(self.item[self.sold], minlength=len(self.items)).astype(np.int64)
        pairs = np.unique(self.person * len(self.items) + self.item)
        met = np.bincount(pairs % len(self.items), minlength=len(self.items)).astype(np.int64)
        return sold, met


def events_of(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    goal: str | None = None,
    *,
    catalogue: pa.Array | None = None,
    limits: Limits | None = None,
) -> Events:
    """Number what people did.

    Args:
        schema, batches: as those of `counting.count`.
        goal: the `event` that is a sale; None counts every row as one.
        catalogue: ids of items that are there whether or not anybody has met them.
        limits: memory of the database that joins devices to customers.
    Raises:
        ValueError: a column is missing.
    """
    names = roles(schema)
    sold = "true" if goal is None else "coalesce(event = $goal, false)"
    with opened(limits or Limits()) as connection:
        load(connection, schema, batches, names)
        table = connection.sql(
            f"{WHOSE.format(sold=sold)} SELECT dense_rank() OVER (ORDER BY customer, CASE WHEN customer IS NULL THEN "
            "visitor END) - 1 AS person, customer::VARCHAR AS customer, item, epoch_us(happened_at) AS "
            "happened_us, sold FROM whose WHERE customer IS NOT NULL OR visitor IS NOT NULL "
            "ORDER BY person, happened_us, item, sold",
            params={} if goal is None else {"goal": goal},
        ).to_arrow_table()
    item = table["item"].combine_chunks()
    known = item if catalogue is None else pa.concat_arrays([item, catalogue.cast(item.type)])
    items = pc.unique(known).take(pc.array_sort_indices(pc.unique(known)))
    person = table["person"].to_numpy().astype(np.int64)
    firsts = np.flatnonzero(np.diff(person, prepend=-1))
    return Events(
        people=table["customer"].combine_chunks().take(pa.array(firsts)),
        items=items,
        person=person,
        item=pc.index_in(item, items).to_numpy(zero_copy_only=False).astype(np.int64),
        at=table["happened_us"].to_numpy().astype(np.int64),
        sold=table["sold"].to_numpy(zero_copy_only=False).astype(np.bool_),
    )
