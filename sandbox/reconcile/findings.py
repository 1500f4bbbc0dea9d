"""What came of holding a landed copy against what was sent: counts, windows, first offenders, what lateness costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

KINDS = ("lost", "late", "refused", "duplicated", "altered", "unknown", "unreadable", "reordered")
"""`late`: lost because it was late, as far as can be told. `refused`: never taken by the sink of the replay, as its
receipt says, so that no pipeline lost it. `unknown`: landed, and never sent. `unreadable`: landed as something that is
no row. `reordered`: landed after a row that was sent later; not asked where rows lie in no order, as in a table.

What is refused or reordered nobody has to tolerate unless told to."""
UNORDERED = "a table's rows lie in no order; give the address a `query` with ORDER BY in the place of `table`"
BEHIND = "the pipeline"
"""Where rows were lost that no stage of the scenario's own delivery lost."""


@dataclass(frozen=True, slots=True)
class Offender:
    """One of the first rows with which something is wrong."""

    values: Mapping[str, Any]
    """Its key, or else its first columns; personal data is masked."""
    sent_as: int | None
    """Its place among the rows sent, from 0."""
    moment: str | None
    """Its own time, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """A column whose values are not those that were sent."""

    column: str
    rows: int
    how: str
    """What was done to all of them, as far as they have it in common: `cut to 20 characters`, `moved by -1:00:00`."""
    first: Mapping[str, Any]
    """The first of them: `sent` and `landed`; personal data is masked."""


@dataclass(frozen=True, slots=True)
class Window:
    """Faults among the rows of an hour or a day, by their own time."""

    begins: str
    sent: int
    faults: Mapping[str, int]
    lost_at: Mapping[str, int]
    """Missing rows by where they were lost."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows that are missing, `lost` and `late`, by where they were lost."""

    where: str
    """A stage of the scenario's delivery, what else became of them on it, or `BEHIND` it."""
    rows: int


@dataclass(frozen=True, slots=True)
class PartitionLoss:
    """Rows that are missing, by the partition in which they were sent."""

    partition: int
    sent: int
    lost: int


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late rows were, by a measure, and what an allowed lateness would cost."""

    measure: str
    """`behind`: by how much a row's time lay below the highest one that had been sent before it, as a watermark sees
    it. `delay`: how long after its own time it was sent."""
    lost_by_allowed: Mapping[str, float]
    """The share of rows that each allowed lateness would lose."""
    looks_allowed: str | None
    """Beyond which lateness the pipeline seems to drop rows; None where it does not."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A landed copy of a dataset held against what was sent."""

    dataset: str
    against: str
    matched_by: str
    """`event id`, the key's columns, or `whole rows` where there is no key."""
    sent: int
    landed: int
    has_order: bool
    """Whether the copy's rows lie in an order, so that some can be `reordered`."""
    counts: Mapping[str, int]
    """Rows, by kind; a row that is lost as late is not counted as lost."""
    altered: Sequence[Alteration]
    first: Mapping[str, Sequence[Offender]]
    window: str
    windows: Sequence[Window]
    losses: Sequence[Loss]
    partitions: Sequence[PartitionLoss]
    """Where rows were sent in several, and some are missing."""
    lost_before: Mapping[str, int]
    """Events that the scenario's delivery lost before they were sent, by its stage: nobody misses them."""
    lateness: Sequence[Lateness]
    beyond: Sequence[str]
    """What goes beyond the tolerance, in words; none: it is good."""

    @property
    def holds(self) -> bool:
        """Whether everything is within the tolerance."""
        return not self.beyond

    def share(self, kind: str) -> float:
        """Rows of a kind per row sent."""
        return self.counts.get(kind, 0) / self.sent if self.sent else float(bool(self.counts.get(kind, 0)))

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {**asdict(self), "shares": {kind: self.share(kind) for kind in self.counts}, "holds": self.holds}
