"""What an analysis of an experiment says, as plain values that pages, terminals, gates and JSON have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sandbox.experiment.design import Design
from sandbox.experiment.guardrails import Standing
from sandbox.experiment.multiplicity import SampleRatio
from sandbox.models.base import Estimate


class Verdict(StrEnum):
    """What an experiment says of one arm."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "no effect shown"
    TOO_EARLY = "too early"
    STOPPED = "stopped"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric of one arm beside the control."""

    arm: str
    metric: str
    control: Estimate
    treatment: Estimate
    difference: Estimate
    lift: Estimate
    p_value: float
    p_adjusted: float
    """Of all metrics and arms together."""
    sequential: Estimate
    """The difference with ends that hold on every day at once."""
    sequential_p: float
    unadjusted: Estimate | None
    """The difference without CUPED, where there is CUPED."""
    saved: float | None
    """The share of its variance that CUPED took away."""
    undefined: str = ""
    """Why nothing can be said, where nothing can."""


@dataclass(frozen=True, slots=True)
class Looks:
    """A metric of an arm as it was seen day by day, of all that had come by then."""

    arm: str
    metric: str
    difference: list[float]
    low: list[float]
    high: list[float]
    """Of the fixed interval."""
    sequential_low: list[float]
    sequential_high: list[float]


@dataclass(frozen=True, slots=True)
class Daily:
    """A metric of an arm (the control too) on each day by itself."""

    arm: str
    metric: str
    units: list[int]
    value: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True, slots=True)
class Segment:
    """The primary metric among the units of one kind."""

    arm: str
    by: str
    value: str
    units: dict[str, int]
    difference: Estimate
    lift: Estimate
    p_adjusted: float
    """Of all segments of the arm together."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """What must not get worse, and whether it did."""

    arm: str
    metric: str
    loss: float
    margin: Estimate
    """How far the arm stands above what is put up with, on every day at once."""
    standing: Standing
    broken_on: int | None


@dataclass(frozen=True, slots=True)
class Growth:
    """Whether an effect faded or grew, by what units did in their first days and in as many after them."""

    arm: str
    metric: str
    days: int
    early: Estimate
    """The lift in the first days; `late` after them."""
    late: Estimate
    growth: Estimate
    """(1 + late) / (1 + early) - 1."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is said of an arm, and why."""

    arm: str
    verdict: Verdict
    because: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """All of it."""

    design: Design
    days: int
    units: dict[str, int]
    left_out: dict[str, int]
    """Units and rows that do not count, by reason."""
    ratio: SampleRatio
    decisions: Sequence[Decision]
    comparisons: Sequence[Comparison]
    looks: Sequence[Looks]
    daily: Sequence[Daily]
    segments: Sequence[Segment]
    guardrails: Sequence[Guardrail]
    growth: Sequence[Growth]
    deviations: Sequence[str] = ()
    """What was done otherwise than planned."""

    def comparison(self, arm: str, metric: str) -> Comparison:
        """One metric of one arm."""
        return next(each for each in self.comparisons if (each.arm, each.metric) == (arm, metric))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with the digest of the plan."""
        told = asdict(self)
        told["ratio"]["matches"] = self.ratio.matches
        return {"digest": self.design.digest, **told}
