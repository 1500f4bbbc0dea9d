"""Where rows were lost: at a stage of the scenario's own delivery, by its ledger, or by the pipeline behind it."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from sandbox.reconcile.findings import BEHIND, Loss, PartitionLoss
from sandbox.reconcile.sides import SENT, Sides

_MISSING = "kind IN ('lost', 'late')"
UNDER_WAY = "still under way at the end"


def split_losses(sides: Sides, fates: Iterable[pa.RecordBatch]) -> list[Loss]:
    """Write into `faults` at which stage each missing row was lost, and sum that up, most rows first.

    Args:
        fates: what the scenario's delivery did to events, of which what was sent says nothing (see `Sent.fates`). It is
            believed only where nothing that it lost has landed: else what landed had not come through it.
    """
    run = sides.database.execute
    run("ALTER TABLE faults ADD COLUMN lost_at VARCHAR")
    missing = sides.number(f"SELECT count(*) FROM faults WHERE {_MISSING}")
    if not missing:
        return []
    run(f"UPDATE faults SET lost_at = '{BEHIND}' WHERE {_MISSING}")
    if _read(sides, fates):
        run(
            "CREATE TABLE astray AS SELECT sent._position, any_value(astray.lost_at) AS lost_at FROM "
            "(SELECT event_id, coalesce(min(lost_at), 'damaged, ' || min(fault), ?) AS lost_at FROM fates "
            "GROUP BY event_id HAVING NOT bool_or(arrived AND fault IS NULL)) AS astray "
            f"JOIN {SENT} AS sent ON sent._event = astray.event_id GROUP BY 1",
            [UNDER_WAY],
        )
        landed = sides.number(
            f"SELECT count(*) FROM astray ANTI JOIN (SELECT _position FROM faults WHERE {_MISSING}) USING (_position) "
            f"WHERE astray.lost_at <> '{UNDER_WAY}'"
        )
        if not landed:
            run(
                "UPDATE faults SET lost_at = astray.lost_at FROM astray "
                f"WHERE astray._position = faults._position AND {_MISSING}"
            )
    found = run(f"SELECT lost_at, sum(rows)::BIGINT FROM faults WHERE {_MISSING} GROUP BY 1 ORDER BY 2 DESC, 1")
    return [Loss(str(where), int(rows)) for where, rows in found.fetchall()]


def by_partition(sides: Sides) -> list[PartitionLoss]:
    """Missing rows by the partition in which they were sent; nothing where there is but one."""
    found = sides.database.execute(
        f"SELECT sent._partition, count(*), count(faults._position) FROM {SENT} AS sent "
        f"LEFT JOIN (SELECT _position FROM faults WHERE {_MISSING}) AS faults USING (_position) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if len(found) < 2 or not any(lost for *_, lost in found):
        return []
    return [PartitionLoss(int(partition), int(sent), int(lost)) for partition, sent, lost in found]


def _read(sides: Sides, fates: Iterable[pa.RecordBatch]) -> bool:
    """Put fates into a table; whether there are any."""
    run, is_there = sides.database.execute, False
    for batch in fates:
        sides.database.register("coming", pa.Table.from_batches([batch]))
        selected = "SELECT event_id, arrived_at IS NOT NULL AS arrived, fault, lost_at FROM coming"
        run(f"INSERT INTO fates {selected}" if is_there else f"CREATE TABLE fates AS {selected}")
        sides.database.unregister("coming")
        is_there = True
    return is_there
