"""What is known of a stream's behaviour: plain figures, from which the terminal and the pages draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Stop:
    """A state of a journey, or an event where states are not told. Shares are between 0 and 1."""

    name: str
    times: int
    """How often visits were here."""
    reached: float
    """Share of the visits that were here at least once."""
    begins: float
    """Share of the visits that begin here."""
    leaves: float
    """Share of the stays here after which the visit ends."""
    stays_s: float | None
    """Median seconds until the next stop; None where none follows."""


@dataclass(frozen=True, slots=True)
class Way:
    """From one stop to the next: how often, and in what share of the stays at the first."""

    source: str
    target: str
    times: int
    share: float


@dataclass(frozen=True, slots=True)
class Span:
    """Customers in one period of the clock. None where nothing says who is there, has come or has left."""

    starts: str
    """Local date of the first day."""
    active: int
    """Who did something."""
    there: int | None
    """Who had come and not left by its end."""
    came: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers who came in the same period, and what share of them was active in that and each later one."""

    starts: str
    """Local date of the first day; empty for those who were there before."""
    customers: int
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A stream's behaviour, of all or of some of its customers."""

    dataset: str
    told: str
    """What the figures are drawn from, in words."""
    zone: str
    first: str
    last: str
    """Local dates of the first and the last event."""
    visits: int
    events: int
    customers: int
    """Who did something at all."""
    stops: tuple[Stop, ...]
    """The furthest reached first."""
    ways: tuple[Way, ...]
    """The most frequent first."""
    hours: tuple[float, ...]
    """Visits that begin in each hour of the week, on average; from Monday's midnight, local time; 168."""
    days_a_span: int
    spans: tuple[Span, ...]
    days_a_cohort: int
    cohorts: tuple[Cohort, ...]

    @property
    def events_a_visit(self) -> float:
        """Mean number of events of a visit."""
        return self.events / self.visits if self.visits else 0.0

    def ways_from(self, name: str) -> list[Way]:
        """Where a stop leads, the most frequent first."""
        return [way for way in self.ways if way.source == name]

    def to_dict(self) -> Mapping[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)
