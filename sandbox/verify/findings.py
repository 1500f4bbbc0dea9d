"""What verifying a source found: each rule's count, share, first offenders and beginning; volume by day; freshness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.verify.likely import Cause

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offender:
    """One of the first rows that break a rule."""

    where: str
    """The share that it lies in, and which of the broken rows there it is."""
    values: Row
    """The columns that the rule is about; personal data is masked."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that rows break."""

    name: str
    about: str
    rows: int
    share: float
    since: str | None
    """When the first of them arrived, ISO 8601 UTC; None where no row says when it arrived."""
    first: Sequence[Offender]


@dataclass(frozen=True, slots=True)
class Volume:
    """Rows by day of the scenario's zone, by their own time."""

    days: int
    """From the first day to the last, both included."""
    median: float
    lowest: tuple[str, int]
    highest: tuple[str, int]
    empty: Sequence[str]
    """Days between them without a row."""
    by_day: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one dataset."""

    dataset: str
    source: str
    """`simulated`, or the kind of the real source."""
    rows: int
    bad_rows: int
    """Rows that break at least one rule."""
    rules: int
    """How many rules were judged."""
    broken: Sequence[BrokenRule]
    unjudged: Sequence[str] = field(default=())
    """Rules that could not be judged, with the reason: keys into a dataset that was not looked at, keys of a stream."""
    newest: str | None = None
    """The latest time of a row, ISO 8601 UTC."""
    age_s: float | None = None
    """How long ago that was, by this machine's clock."""
    volume: Volume | None = None
    likely: Sequence[Cause] = field(default=())
    """What likely happened, of a real source: told by a sample of its rows beside the dummy's."""

    @property
    def holds(self) -> bool:
        """Whether every rule that was judged holds."""
        return not self.broken

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {**asdict(self), "holds": self.holds}
