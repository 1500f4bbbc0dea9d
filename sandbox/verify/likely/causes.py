"""Every likely cause for a dataset: columns first, then values, then times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.contract.model import Contract
from sandbox.verify.likely.cause import Cause, Evidence
from sandbox.verify.likely.columns import lacking, versions
from sandbox.verify.likely.times import drift, late_days, zone_slip
from sandbox.verify.likely.values import categories, decimal_marks, units
from sandbox.verify.noticed import Noticed
from sandbox.verify.promised import Promised


def causes_of(
    contract: Contract,
    zone: str,
    noticed: Noticed,
    dummy: Promised,
    *,
    missing: Sequence[str] = (),
    days: Mapping[int, int] | None = None,
    repeated: Sequence[tuple[str, str]] = (),
    show_pii: bool = False,
) -> list[Cause]:
    """What likely happened to the rows of a real source.

    Args:
        contract: all that is promised.
        zone: the scenario's.
        noticed: of the real rows.
        dummy: the same dataset as the dummy has it.
        missing: columns that the source lacks.
        days: real rows by day, counted from 1970 in the zone.
        repeated: files with the rows of another one, and that one.
        show_pii: let personal data be said.
    """
    evidence = Evidence(contract, zone, noticed, noticed.table(), dummy, tuple(missing), dict(days or {}), show_pii)
    found = [
        Cause("repeated", file, f"{file} holds the very rows of {other}", "Leave it out; somebody loaded it twice.")
        for file, other in repeated
    ]
    found += lacking(evidence)
    if evidence.real.num_rows and dummy.table.num_rows:
        for search in (versions, units, decimal_marks, categories, zone_slip, late_days, drift):
            found += search(evidence)
    return found
