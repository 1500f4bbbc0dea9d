"""Match what landed with what was sent, row by row, by id or key and digest: who is lost, double, altered, unknown."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.reconcile.sides import LANDED, SENT, Sides

ENOUGH = 0.5
"""Of the rows that landed, how many must bear an id that was sent for ids to be what rows are matched by."""


def matched_by(sides: Sides) -> tuple[str, str]:
    """By what rows are matched: the column of `sides`, and the same in words."""
    landed = sides.number(f"SELECT count(*) FROM {LANDED}")
    known = sides.number(f"SELECT count(*) FROM {LANDED} WHERE _event IN (SELECT _event FROM {SENT})")
    if known and known >= ENOUGH * landed:
        return "_event", "event id"
    return "_key", ", ".join(sides.key) or "whole rows"


def match(sides: Sides, by: str) -> Mapping[str, int]:
    """Fill the table `faults` and count it by kind.

    `faults` has a row for each id with which something is wrong: `kind`, how many `rows`, and of the row that was
    sent (of an unknown one: that landed) `_position`, `_moment` and `_id`. A row that was sent twice, as a delivery
    does, may land twice or once.
    """
    run = sides.database.execute
    run(
        f"CREATE TABLE once AS SELECT {by} AS _id, count(*) AS n, min(_position) AS _position, "
        f"arg_min(_moment, _position) AS _moment, arg_min(_arrived::TIMESTAMP, _position) AS _arrived "
        f"FROM {SENT} GROUP BY 1"
    )
    run(
        f"CREATE TABLE there AS SELECT {by} AS _id, count(*) AS n, min(_position) AS _position, "
        f"arg_min(_moment, _position) AS _moment FROM {LANDED} GROUP BY 1"
    )
    run(
        "CREATE TABLE faults AS "
        "SELECT 'lost' AS kind, 1::BIGINT AS rows, _position, _moment, _id FROM once ANTI JOIN there USING (_id) "
        "UNION ALL SELECT 'duplicated', there.n - once.n, once._position, once._moment, _id "
        "FROM once JOIN there USING (_id) WHERE there.n > once.n "
        "UNION ALL SELECT 'unknown', n, _position, _moment, _id FROM there ANTI JOIN once USING (_id)"
    )
    if by == "_key" and not sides.key:
        return counted(sides)
    # Landed rows of a known id, none of whose rows was sent with these values.
    run(
        f"CREATE TABLE changed AS SELECT landed._position AS _landed, {by} AS _id "
        f"FROM {LANDED} AS landed SEMI JOIN once ON once._id = landed.{by} "
        f"ANTI JOIN {SENT} AS sent ON sent.{by} = landed.{by} AND sent._row = landed._row"
    )
    run(
        "INSERT INTO faults SELECT 'altered', count(*), any_value(once._position), any_value(once._moment), _id "
        "FROM changed JOIN once USING (_id) GROUP BY _id"
    )
    return counted(sides)


def counted(sides: Sides) -> dict[str, int]:
    """Rows by kind of fault."""
    found = sides.database.execute("SELECT kind, sum(rows)::BIGINT FROM faults GROUP BY kind").fetchall()
    return {str(kind): int(rows) for kind, rows in found}


def reordered(sides: Sides, by: str) -> int:
    """Rows that landed after one that was sent later: what a reader in the landed order would notice."""
    return sides.number(
        "SELECT count(*) FROM (SELECT once._position AS sent, max(once._position) OVER (ORDER BY landed._position "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS highest FROM {LANDED} AS landed "
        f"JOIN once ON once._id = landed.{by} WHERE once.n = 1) WHERE sent < highest"
    )
