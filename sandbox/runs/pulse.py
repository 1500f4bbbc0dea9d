"""What following a source tells of each batch: what came, how fresh it is, what was made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.mart import Put


@dataclass(frozen=True, slots=True)
class Beat:
    """What one batch brought to one dataset, and where it stands."""

    dataset: str
    accepted: int
    rejected: int
    late: int
    put: Put
    newest: str | None
    """The time of the latest event, ISO 8601 UTC."""
    age_s: float | None
    """How long ago that was, by the clock of this machine."""
    lag: int | None
    """Rows that still wait at the source; None where it cannot tell."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One batch: what came, and the features made of it."""

    batch: int
    seconds: float
    """How long it took from the last row to the last feature."""
    beats: Sequence[Beat]
    features: Mapping[str, int] = field(default_factory=dict)
    """Rows of each model's features."""
    moment: str | None = None
    """The moment that the features are of: the time of the newest event."""
