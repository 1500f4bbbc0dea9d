"""Count what people did with items, in a database that spills: memory is bounded whatever the number of events.

A person is a customer, or a visitor who never logged in; what a visitor did before logging in counts for the customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.mart.database import Limits, opened
from sandbox.models.recommend.base import SCORE_DECIMALS, roles

if TYPE_CHECKING:
    import duckdb

MOST_SEEN = 50
"""Items a person is known by, the latest: pairs grow with the square of it."""
MOST_ALIKE = 50
"""Neighbours that are kept of an item."""
SHRINK = 10.0
"""So many people are added to each pair's denominator: two that met once by chance are not alike.

Source: Bell and Koren, Improved neighborhood-based collaborative filtering (2007).
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted, as Arrow tables.

    `items`: item, sold (events that were the goal), people (who looked at it); the best sellers first.
    `alike`: item, other, score; by item, the most alike first, at most `MOST_ALIKE` each.
    `seen`: customer, items (latest first, at most `MOST_SEEN`), bought; by customer.
    """

    items: pa.Table
    alike: pa.Table
    seen: pa.Table


def count(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    goal: str | None = None,
    *,
    shrink: float = SHRINK,
    limits: Limits | None = None,
) -> Counts:
    """Count interactions, batch by batch.

    Args:
        schema: with `item`, `happened_at` (timestamp), `customer` or `visitor` or both, and `event` (text) where there
            are kinds.
        batches: of that schema; rows without an item, or without anybody, count for nothing.
        goal: the `event` that is a sale; None counts every row as one.
        shrink: people added to each pair's denominator, >= 0.
        limits: memory of the database, beyond which it spills.
    Raises:
        ValueError: a column is missing.
    """
    names = roles(schema)
    with opened(limits or Limits()) as connection:
        load(connection, schema, batches, names)
        connection.execute(
            _PEOPLE.format(sold="true" if goal is None else "event = $goal"), None if goal is None else {"goal": goal}
        )
        connection.execute(_RECENT, {"most": MOST_SEEN})
        return Counts(
            _table(connection, _ITEMS),
            _table(connection, _ALIKE, decimals=SCORE_DECIMALS, shrink=shrink, most=MOST_ALIKE),
            _table(connection, _SEEN),
        )


def load(
    connection: duckdb.DuckDBPyConnection, schema: pa.Schema, batches: Iterable[pa.RecordBatch], names: list[str]
) -> None:
    """Fill the table `told`: every role is a column, null where the interactions do not have it. No item, no row."""
    missing = {"customer": "BIGINT", "visitor": "BIGINT", "event": "VARCHAR"}
    columns = [*names, *(f"NULL::{kind} AS {name}" for name, kind in missing.items() if name not in names)]
    wanted = pa.schema([schema.field(name) for name in names])
    rows = (batch.select(names) for batch in batches)
    connection.register("arriving", pa.RecordBatchReader.from_batches(wanted, rows))
    connection.execute(f"CREATE TABLE told AS SELECT {', '.join(columns)} FROM arriving WHERE item IS NOT NULL")
    connection.unregister("arriving")


def _table(connection: duckdb.DuckDBPyConnection, sql: str, **values: float) -> pa.Table:
    """The rows of a query; text as plain text."""
    table: pa.Table = connection.sql(sql, params=values or None).to_arrow_table()
    return table


# Who is behind each event. A visitor is the customer who last logged in with that device.
WHOSE = """
WITH devices AS (
    SELECT visitor, max(struct_pack(seen_at := happened_at, customer := customer)).customer AS customer
    FROM told WHERE visitor IS NOT NULL AND customer IS NOT NULL GROUP BY visitor
), whose AS (
    SELECT coalesce(told.customer, devices.customer) AS customer, told.visitor, item, happened_at, {sold} AS sold
    FROM told LEFT JOIN devices USING (visitor)
)
"""
_PEOPLE = f"""
CREATE TABLE met AS
{WHOSE}
SELECT customer, CASE WHEN customer IS NULL THEN visitor END AS visitor, item,
    max(happened_at) AS last, count(*) FILTER (WHERE sold) AS sold
FROM whose WHERE customer IS NOT NULL OR visitor IS NOT NULL GROUP BY ALL
"""
_RECENT = """
CREATE TABLE recent AS SELECT customer, item, last, sold,
    dense_rank() OVER (ORDER BY customer, visitor) AS person
FROM met QUALIFY row_number() OVER (PARTITION BY customer, visitor ORDER BY last DESC, item) <= $most
"""
_ITEMS = """
SELECT item, sum(sold)::BIGINT AS sold, count(*) AS people FROM met GROUP BY item ORDER BY sold DESC, people DESC, item
"""
_ALIKE = """
WITH people AS (SELECT item, count(*) AS people FROM recent GROUP BY item),
pairs AS (
    SELECT one.item AS item, two.item AS other, count(*) AS together
    FROM recent AS one JOIN recent AS two ON one.person = two.person AND one.item <> two.item GROUP BY ALL
)
SELECT pairs.item, other, round(together / (sqrt(mine.people * theirs.people) + $shrink), $decimals::INTEGER) AS score
FROM pairs JOIN people AS mine ON mine.item = pairs.item JOIN people AS theirs ON theirs.item = other
QUALIFY row_number() OVER (PARTITION BY pairs.item ORDER BY score DESC, other) <= $most
ORDER BY pairs.item, score DESC, other
"""
_SEEN = """
SELECT customer, list(item ORDER BY last DESC, item) AS items,
    list(item ORDER BY item) FILTER (WHERE sold > 0) AS bought
FROM recent WHERE customer IS NOT NULL GROUP BY customer ORDER BY customer
"""
