"""What was planned before the first day, sealed by its digest; and what was done otherwise, by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sandbox.experiment.multiplicity import Correction
from sandbox.experiment.panel import Metric

Stopping = Literal["fixed", "sequential"]


@dataclass(frozen=True, slots=True)
class Design:
    """The plan of an experiment: everything that could be bent once results are seen."""

    name: str
    unit: str
    """What is given an arm."""
    trigger: str
    """Which units count: those for which this held, as SQL, or that were in the log at all."""
    shares: Mapping[str, float]
    """Of all arms; the control first."""
    metrics: tuple[Metric, ...]
    primary: str
    guardrails: Mapping[str, float] = field(default_factory=dict)
    """The share of the control's value that may be lost, by metric."""
    effect: float | None = None
    """The lift that is sought."""
    horizon: int = 14
    """Days."""
    stopping: Stopping = "fixed"
    """`fixed`: judged once, at the horizon; `sequential`: looked at daily, and stopped when it is clear."""
    alpha: float = 0.05
    power: float = 0.8
    correction: Correction = "holm"
    segments: tuple[str, ...] = ()
    definitions: Mapping[str, str] = field(default_factory=dict)
    """How each column of the panel is counted, in words that do not change with the data."""

    @property
    def control(self) -> str:
        """The arm that the others are held against."""
        return next(iter(self.shares))

    def metric(self, name: str) -> Metric:
        """A metric by name."""
        return next(metric for metric in self.metrics if metric.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    @property
    def digest(self) -> str:
        """SHA-256 of all of it; the same plan, the same digest."""
        return digest_of(self.to_dict())


def digest_of(plan: Mapping[str, Any]) -> str:
    """The digest of a plan as plain values."""
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def deviations(sealed: Mapping[str, Any], design: Design) -> list[str]:
    """How a plan differs from the one that was sealed, a sentence a key."""
    now = design.to_dict()
    found = []
    for key in sorted({*sealed, *now}):
        before, after = sealed.get(key), now.get(key)
        if before != after:
            found.append(f"{key}: sealed as {_said(before)}, now {_said(after)}.")
    return found


def _said(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"
