"""What may be shown to whom: in stock, not owned, eligible; worked out once, and had by rows for those who ask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.mart.database import Limits, name, opened
from sandbox.models.recommend.events import Matrix
from sandbox.models.recommend.policies import membership
from sandbox.models.recommend.showing import Filters
from sandbox.scenario.expressions import compile_expression
from sandbox.scenario.plan import OfferPlan

_ITEM, _PARENT = "item.", "parent."


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """What the business allows, whatever a policy likes."""

    in_stock: NDArray[np.bool_] | None = None
    """Shape (items,)."""
    allowed: NDArray[np.bool_] | None = None
    """What each kind of customer may be shown, shape (kinds + 1, items); the last is for somebody unknown."""
    kind: NDArray[np.int64] | None = None
    """Of each customer, shape (customers,)."""
    not_owned: bool = False
    like: Matrix | None = None
    """Which group each item is in, by which new items are taken to be like others."""

    @property
    def is_personal(self) -> bool:
        """Whether it hangs on who asks."""
        return self.allowed is not None or self.not_owned

    def filters(self, people: NDArray[np.int32], owned: Matrix | None) -> Filters | None:
        """For some who ask, -1 for somebody unknown; None where everything goes.

        Args:
            people: shape (n,).
            owned: what each of them has, sparse, a row for each.
        """
        if self.in_stock is None and not self.is_personal:
            return None
        eligible = None
        if self.allowed is not None and self.kind is not None:
            kinds = np.where(people >= 0, self.kind[np.maximum(people, 0)], len(self.allowed) - 1)
            eligible = self.allowed[kinds]
        return Filters(self.in_stock, owned if self.not_owned else None, eligible)


def offer_of(written: OfferPlan, catalogue: pa.Table, people: pa.Table) -> Offer:
    """Evaluate what a scenario says of what may be shown.

    Args:
        written: judged already.
        catalogue: the items' columns, by their places.
        people: the customers' columns, by theirs.
    """
    in_stock = None if written.in_stock is None else _in_stock(written.in_stock, catalogue)
    like = None if written.alike is None else membership(catalogue, written.alike)
    if written.eligible is None:
        return Offer(in_stock, not_owned=written.not_owned, like=like)
    kind, allowed = _eligible(written.eligible, catalogue, people)
    return Offer(in_stock, allowed, kind, written.not_owned, like)


def _in_stock(text: str, catalogue: pa.Table) -> NDArray[np.bool_]:
    sql = compile_expression(text, {field.name: field.type for field in catalogue.schema}).sql
    with opened(Limits()) as connection:
        connection.register("catalogue", catalogue)
        found = connection.sql(f"SELECT coalesce(({sql}), false) AS there FROM catalogue").to_arrow_table()
    return np.asarray(found["there"], np.bool_)


def _eligible(text: str, catalogue: pa.Table, people: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The kind of each customer, and what each kind may be shown.

    Customers are of one kind who agree in all columns that the condition reads: plans are few, customers many.
    """
    columns = {f"{_ITEM}{field.name}": field.type for field in catalogue.schema}
    columns |= {f"{_PARENT}{field.name}": field.type for field in people.schema}
    made = compile_expression(text, columns)
    read = [column.removeprefix(_PARENT) for column in made.columns_used if column.startswith(_PARENT)]
    items = catalogue.rename_columns([f"{_ITEM}{column}" for column in catalogue.column_names])
    items = items.append_column("_place", pa.array(np.arange(items.num_rows)))
    kind, kinds = _kinds(people.select(read))
    kinds = kinds.rename_columns([f"{_PARENT}{column}" for column in read])
    kinds = kinds.append_column("_kind", pa.array(np.arange(len(kinds) or 1)))
    with opened(Limits()) as connection:
        connection.register("items", items)
        connection.register("kinds", kinds)
        may = f"coalesce(({made.sql}), false)"
        query = f"SELECT {name('_kind')}, {name('_place')}, {may} AS may FROM kinds, items ORDER BY ALL"
        may_be = connection.sql(query).to_arrow_table()["may"]
    allowed = np.asarray(may_be, np.bool_).reshape(-1, items.num_rows)
    return kind, np.vstack([allowed, np.ones((1, items.num_rows), np.bool_)])


def _kinds(people: pa.Table) -> tuple[NDArray[np.int64], pa.Table]:
    """Rows that are alike get one number; and a row of each."""
    number = np.zeros(people.num_rows, np.int64)
    for column in people.column_names:
        codes = pc.fill_null(people[column].combine_chunks().dictionary_encode().indices, -1)
        here = np.asarray(codes, np.int64) + 1
        _, number = np.unique(number * (int(here.max(initial=0)) + 1) + here, return_inverse=True)
    _, first = np.unique(number, return_index=True)
    if not people.num_columns:
        return number, pa.table({})
    return number, people.take(pa.array(first))
