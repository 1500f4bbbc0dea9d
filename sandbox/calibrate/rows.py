"""How many rows a table has, or, of a history, how many entities."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.calibrate.families import nice
from sandbox.calibrate.fitted import Evidence, Fitted


def fit_rows(evidence: Evidence) -> Iterator[Fitted]:
    """The number of rows, where the scenario says it; of a history, of its entities."""
    spec, seen = evidence.planned.spec, evidence.observed
    if spec.rows is None or _may_leave_no_trace(evidence):
        return
    count = seen.rows if not spec.history else round(seen.people * seen.rows / max(seen.table.num_rows, 1))
    off = abs(spec.rows - count) / max(count, spec.rows, 1)
    yield Fitted((*evidence.path, "rows"), count if seen.is_whole else int(nice(count)), seen.told(), off=off)


def _may_leave_no_trace(evidence: Evidence) -> bool:
    """Whether rows are seen by what they do, so that those who did nothing are not; see the fitters of streams."""
    children = [each.spec for each in evidence.plan.datasets.values() if each.parent == evidence.dataset]
    return evidence.planned.spec.hidden and any(spec.fan_out is None for spec in children)
