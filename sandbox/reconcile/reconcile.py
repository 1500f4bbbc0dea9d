"""Hold what a pipeline landed against what was sent, as a story."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa

from sandbox.contract.masking import MASK
from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.reconcile.alterations import alterations
from sandbox.reconcile.findings import KINDS, UNORDERED, Offender, Reconciliation, Window
from sandbox.reconcile.landed import Landed
from sandbox.reconcile.lateness import lateness
from sandbox.reconcile.losses import by_partition, split_losses
from sandbox.reconcile.matching import counted, match, matched_by, reordered
from sandbox.reconcile.refusals import refused_rows, set_refused_apart
from sandbox.reconcile.sides import LANDED, SENT, Sides, quoted, sides
from sandbox.reconcile.tolerances import Tolerances

FIRST = 3
"""Offenders that are shown of each kind."""
_SHOWN_COLUMNS = 3


class Sent(Protocol):
    """What was sent: `sent.FromScenario` or `sent.FromRun`."""

    @property
    def contract(self) -> Contract: ...
    def batches(self) -> Iterator[pa.RecordBatch]: ...
    def fates(self) -> Iterator[pa.RecordBatch]:
        """What the scenario's delivery would have made of the events, where they were sent as they happened."""
        ...

    def lost_before(self) -> Mapping[str, int]:
        """Events that the delivery lost before they were sent, by its stage."""
        ...


def reconcile(
    sent: Sent,
    against: str,
    *,
    folder: str = ".",
    rename: Mapping[str, str] | None = None,
    tolerances: Tolerances | None = None,
    window: Literal["hour", "day"] = "day",
    zone: str = "UTC",
    receipt: Path | None = None,
    show_pii: bool = False,
) -> Reconciliation:
    """Compare, on disk and in bounded memory: both sides are copied into a temporary database.

    Args:
        sent: the rows and their contract.
        against: the address of the landed copy.
        folder: where its relative paths begin.
        rename: the copy's name of a column → the contract's.
        tolerances: what may be wrong.
        window: how faults are gathered over time.
        zone: in which hours and days are counted.
        receipt: of the replay that sent the rows, or its folder: what it calls refused, the pipeline did not lose.
        show_pii: show personal data of offenders.
    Raises:
        InputError: there is no such source, it lacks a column, or the receipt is of other rows.
        OutsideError: it cannot be read.
    """
    contract = sent.contract
    landed = Landed(against, contract, folder, rename or {})
    has_order = landed.keeps_order
    if tolerances is not None and "reordered" in tolerances.kinds and not has_order:
        raise InputError(f"--tolerance reordered: {UNORDERED}.")
    with tempfile.TemporaryDirectory(prefix="sandbox-reconcile-") as place, sides(Path(place), contract) as both:
        # 1. Both sides, as the contract reads them. What landed comes first: a wrong address is told at once.
        rows_landed = both.fill(LANDED, landed.batches())
        rows_sent = both.fill(SENT, sent.batches())
        both.number_by_arrival(SENT)
        # 2. Who is missing, double, altered, or was never sent.
        by, words = matched_by(both)
        match(both, by)
        # 3. Of the missing, who was never taken, who was late, and where each was lost; of the altered, how.
        if receipt is not None:
            set_refused_apart(both, refused_rows(receipt, contract.dataset, rows_sent))
        late = lateness(both)
        losses = split_losses(both, sent.fates())
        altered = alterations(both, by, show_pii)
        counts = {**counted(both), "unreadable": landed.unreadable}
        if has_order:
            counts["reordered"] = reordered(both, by)
        counts = {kind: counts.get(kind, 0) for kind in KINDS}
        return Reconciliation(
            dataset=contract.dataset,
            against=against,
            matched_by=words,
            sent=rows_sent,
            landed=rows_landed + landed.unreadable,
            has_order=has_order,
            counts=counts,
            altered=altered,
            first={kind: _first(both, kind, by, show_pii) for kind in KINDS if counts[kind] and kind != "reordered"},
            window=window,
            windows=_windows(both, window, zone),
            losses=losses,
            partitions=by_partition(both),
            lost_before=sent.lost_before(),
            lateness=late,
            beyond=(tolerances or Tolerances()).beyond(counts, rows_sent),
        )


def _first(both: Sides, kind: str, by: str, show_pii: bool) -> list[Offender]:
    names = list(both.key) or list(both.contract.names[:_SHOWN_COLUMNS])
    side = LANDED if kind == "unknown" else SENT
    found = both.database.execute(
        f"SELECT faults._position, faults._moment, {', '.join(f'rows.{quoted(name)}' for name in names)} FROM faults "
        f"JOIN {side} AS rows ON rows._position = faults._position WHERE kind = ? ORDER BY 1 LIMIT {FIRST}",
        [kind],
    ).fetchall()
    pii = set() if show_pii else both.contract.pii
    return [
        Offender(
            {name: MASK if name in pii else value for name, value in zip(names, values, strict=True)},
            None if kind == "unknown" else position,
            _iso(moment),
        )
        for position, moment, *values in found
    ]


def _windows(both: Sides, window: str, zone: str) -> list[Window]:
    """Windows in which something is wrong, in order."""
    begins = f"date_trunc('{window}', timezone('{zone}', _moment::TIMESTAMPTZ))"
    found = both.database.execute(
        f"SELECT b, any_value(sent.n), map_from_entries(list((kind, rows) ORDER BY kind)) FROM "
        f"(SELECT {begins} AS b, kind, sum(rows)::BIGINT AS rows FROM faults GROUP BY ALL) "
        f"LEFT JOIN (SELECT {begins} AS b, count(*) AS n FROM {SENT} GROUP BY 1) AS sent USING (b) "
        "GROUP BY b ORDER BY b"
    ).fetchall()
    lost: dict[Any, dict[str, int]] = {}
    for begin, where, rows in both.database.execute(
        f"SELECT {begins}, lost_at, sum(rows)::BIGINT FROM faults WHERE lost_at IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        lost.setdefault(begin, {})[where] = rows
    return [
        Window(str(_iso(begin)), int(rows or 0), dict(faults), lost.get(begin, {})) for begin, rows, faults in found
    ]


def _iso(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
