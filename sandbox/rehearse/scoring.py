"""Ask verify and gap about pretended real data, and judge what they say of a fault by what they say without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.errors import InputError
from sandbox.gap.figures import BANDS, DatasetGap
from sandbox.gap.gap import gaps
from sandbox.gap.mending import of_column
from sandbox.gap.sides import Side, dummy_side
from sandbox.rehearse.faults import Fault
from sandbox.scenario.plan import Plan
from sandbox.verify.findings import Finding
from sandbox.verify.promised import Promised, promised
from sandbox.verify.verify import verify

Seen = Literal["named", "found", "missed"]
_OFF = BANDS[1][0]
"""A ratio above it is off; and it must be twice what it was without the fault."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What both say of one source."""

    finding: Finding
    gap: DatasetGap | None
    refused: str = ""
    """What gap says where it cannot compare."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one of them sees a fault: `named` with what it befell and of which kind, `found` that something is so."""

    seen: Seen
    said: str


@dataclass(frozen=True, eq=False)
class Dummy:
    """What both hold a source against; made once, whatever is done to the source."""

    promised: Promised
    side: Side


def dummy_of(plan: Plan, dataset: str) -> Dummy:
    """Make the dummy of a dataset."""
    return Dummy(promised(plan, dataset), dummy_side(plan, dataset))


def listen(plan: Plan, dataset: str, dummy: Dummy) -> Heard:
    """Hold a source against contract and dummy. Raises OutsideError: it cannot be read."""
    (finding,) = verify(plan, [dataset], dummies={dataset: dummy.promised})
    try:
        (gap,) = gaps(plan, [dataset], whole_rows=False, dummies={dataset: dummy.side})
    except InputError as error:
        return Heard(finding, None, "; ".join(problem.message for problem in error.problems))
    return Heard(finding, gap)


def by_verify(fault: Fault, heard: Heard, before: Heard) -> Verdict:
    """What verify says that it did not say without the fault."""
    told = {(cause.kind, cause.what) for cause in before.finding.likely}
    new = [cause for cause in heard.finding.likely if (cause.kind, cause.what) not in told]
    for cause in new:
        if cause.kind == fault.kind and _is_it(fault, cause.what, cause.why):
            return Verdict("named", f"{cause.what}: {cause.why}")
    broken = {rule.name for rule in before.finding.broken}
    rules = [rule for rule in heard.finding.broken if rule.name not in broken]
    if new or rules:
        said = [f"{cause.what}: {cause.why}" for cause in new] + [f"{rule.name}: {rule.rows:,} rows" for rule in rules]
        return Verdict("found", "; ".join(said[:3]))
    return Verdict("missed", "")


def by_gap(fault: Fault, heard: Heard, before: Heard) -> Verdict:
    """What gap says that it did not say without the fault."""
    if heard.gap is None:
        is_named = fault.what in heard.refused or "no such column" in heard.refused
        return Verdict("named" if fault.kind == "missing" and is_named else "found", heard.refused)
    usual = _ratios(before.gap)
    off = [each for each in heard.gap.single if each.ratio > max(_OFF, 2 * usual.get(each.column, 0.0))]
    off.sort(key=lambda each: -each.ratio)
    for each in off:
        # A distance tells that a column is off, and by how much; only a category tells what it is.
        if fault.kind == "category" and each.column == fault.what and each.new:
            return Verdict("named", f"{each.column} ({each.ratio:,.0f}): {of_column(each)}")
    if off:
        worst = off[0]
        return Verdict("found", f"{worst.column} ({worst.ratio:,.0f}): {of_column(worst)}")
    return Verdict("missed", "")


def false_alarms(heard: Heard) -> Sequence[str]:
    """What verify says of data to which nothing was done."""
    finding = heard.finding
    return [*(f"{cause.what}: {cause.why}" for cause in finding.likely), *(rule.name for rule in finding.broken)]


def _is_it(fault: Fault, what: str, why: str) -> bool:
    if fault.kind == "repeated":
        return fault.what in (what, *why.split()) or what.startswith(fault.what.removesuffix(".csv"))
    if fault.kind == "renamed":
        return what == fault.what and fault.new_name in why
    return what == fault.what


def _ratios(gap: DatasetGap | None) -> Mapping[str, float]:
    return {} if gap is None else {each.column: each.ratio for each in gap.single}
