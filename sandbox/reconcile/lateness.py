"""Late rows: what each allowed lateness would lose, and whether a pipeline that lost rows lost those that were late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sandbox.reconcile.findings import Lateness
from sandbox.reconcile.sides import Sides

ALLOWED = {"0s": 0, "1min": 60, "5min": 300, "15min": 900, "1h": 3_600, "6h": 21_600, "1d": 86_400}
MEASURES = ("behind", "delay")
_WITHIN = (
    "_position BETWEEN (SELECT min(once._position) FROM once JOIN there USING (_id)) "
    "AND (SELECT max(once._position) FROM once JOIN there USING (_id))"
)
"""Sent between the first row that landed and the last: before and after, the copy had not begun, or had ended."""
_BY_CHANCE = 1e-6
"""How unlikely it must be that rows which were lost at random are all the latest ones."""


def lateness(sides: Sides) -> list[Lateness]:
    """Measure how late rows were sent, and move those that were lost for it from `lost` to `late`, in `faults`.

    Rows that a pipeline drops for their lateness are those above some bound, and all of them: no row that landed was as
    late as they were. That is taken for the reason only where chance would hardly have picked just those.
    """
    if sides.contract.time is None or not sides.number("SELECT count(*) FROM once WHERE _arrived > _moment"):
        return []
    run = sides.database.execute
    run(
        "CREATE TABLE lateness AS SELECT _id, epoch_us(_arrived) - epoch_us(_moment) AS delay, greatest(0, "
        "max(epoch_us(_moment)) OVER (ORDER BY _arrived, _position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) "
        "- epoch_us(_moment)) AS behind FROM once"
    )
    bounds = {measure: _bound(sides, measure) for measure in MEASURES}
    told = max(MEASURES, key=lambda measure: bounds[measure][1])
    bound_us, rows = bounds[told]
    if rows:
        run(
            "UPDATE faults SET kind = 'late' WHERE kind = 'lost' AND _id IN "
            f"(SELECT _id FROM lateness WHERE {told} > ?) AND {_WITHIN}",
            [bound_us],
        )
    return [
        Lateness(measure, _shares(sides, measure), _words(bound_us) if rows and measure == told else None)
        for measure in MEASURES
    ]


def _bound(sides: Sides, measure: str) -> tuple[int, int]:
    """The lateness of the latest row that landed, and how many lost rows were later; none if chance explains it."""
    bound = sides.number(f"SELECT max({measure}) FROM lateness JOIN there USING (_id)")
    later = sides.number(f"SELECT count(*) FROM lateness JOIN once USING (_id) WHERE {measure} > {bound} AND {_WITHIN}")
    rows = sides.number(f"SELECT count(*) FROM once WHERE {_WITHIN}")
    lost = sides.number(f"SELECT count(*) FROM faults WHERE kind = 'lost' AND {_WITHIN}")
    share = (lost - later + 1) / max(rows - later, 1)
    """Of the other rows, how many were lost: by chance, all of the latest would have been with that share's power."""
    return (bound, later) if later and min(share, 1.0) ** later < _BY_CHANCE else (bound, 0)


def _shares(sides: Sides, measure: str) -> dict[str, float]:
    asked: Sequence[str] = [f"avg(({measure} > {seconds * 1_000_000})::INT)" for seconds in ALLOWED.values()]
    found = sides.database.execute(f"SELECT {', '.join(asked)} FROM lateness").fetchone()
    return dict(zip(ALLOWED, (float(share or 0.0) for share in found or ()), strict=True))


def _words(bound_us: int) -> str:
    return str(dt.timedelta(seconds=round(bound_us / 1e6)))
