"""Ask verify and gap about pretended real data, and judge what they say of a fault by what they say without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.errors import InputError
from sandbox.gap.figures import BANDS, DatasetGap
from sandbox.gap.gap import gaps
from sandbox.gap.mending import of_column
from sandbox.gap.sides import Dummy
from sandbox.rehearse.faults import Fault
from sandbox.scenario.plan import Plan
from sandbox.verify.findings import Finding
from sandbox.verify.likely import Cause
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


def listen(plan: Plan, dataset: str, dummy: Dummy) -> Heard:
    """Hold a source against contract and dummy. Raises OutsideError: it cannot be read."""
    (finding,) = verify(plan, [dataset], dummies={dataset: dummy.promised})
    try:
        (gap,) = gaps(plan, [dataset], whole_rows=False, dummies={dataset: dummy})
    except InputError as error:
        return Heard(finding, None, "; ".join(problem.message for problem in error.problems))
    return Heard(finding, gap)


def by_verify(fault: Fault, heard: Heard, before: Heard) -> Verdict:
    """What verify says that it did not say without the fault."""
    new = _new_causes(heard.finding.likely, before.finding.likely)
    named = _naming(fault, new)
    if named is not None:
        return named
    broken = {rule.name for rule in before.finding.broken}
    rules = [rule for rule in heard.finding.broken if rule.name not in broken]
    said = [f"{cause.what}: {cause.why}" for cause in new] + [f"{rule.name}: {rule.rows:,} rows" for rule in rules]
    return Verdict("found", "; ".join(said[:3])) if said else Verdict("missed", "")


def by_gap(fault: Fault, heard: Heard, before: Heard) -> Verdict:
    """What gap says that it did not say without the fault: likely causes, then figures that are off."""
    if heard.gap is None:
        return Verdict("found", heard.refused)
    new = _new_causes(heard.gap.likely, before.gap.likely if before.gap else ())
    named = _naming(fault, new)
    if named is not None:
        return named
    usual = _ratios(before.gap)
    off = [each for each in heard.gap.single if each.ratio > max(_OFF, 2 * usual.get(each.column, 0.0))]
    off.sort(key=lambda each: -each.ratio)
    said = [f"{cause.what}: {cause.why}" for cause in new]
    said += [f"{each.column} ({each.ratio:,.0f}): {of_column(each)}" for each in off[:1]]
    return Verdict("found", "; ".join(said[:3])) if said else Verdict("missed", "")


def _new_causes(likely: Sequence[Cause], before: Sequence[Cause]) -> list[Cause]:
    told = {(cause.kind, cause.what) for cause in before}
    return [cause for cause in likely if (cause.kind, cause.what) not in told]


def _naming(fault: Fault, causes: Sequence[Cause]) -> Verdict | None:
    """The cause that tells what the fault befell and of which kind it is, if one does."""
    for cause in causes:
        if cause.kind == fault.kind and _is_it(fault, cause.what, cause.why):
            return Verdict("named", f"{cause.what}: {cause.why}")
    return None


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
