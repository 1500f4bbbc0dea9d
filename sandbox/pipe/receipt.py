"""How a pipe goes, and the receipt of what it did."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.whole import write_whole

FILE = "receipt.json"


@dataclass(frozen=True, slots=True)
class Pulse:
    """How things stand, told again and again."""

    rows: int
    """Rows sent on since the pipe's beginning."""
    per_second: float
    """Since this was last told."""
    under_way: int
    """Rows sent of which it is not known yet whether the sink has them."""
    lag: int | None
    """Rows that wait at the source; None where it cannot tell."""
    behind_s: float | None
    """By how long it is behind the source's newest row, where the source can tell."""
    set_aside: int
    refused: int
    retried: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of everything that came, over all times that the pipe was at work."""

    from_: str
    to: str
    guarantee: str
    """`exactly-once` or `at-least-once`."""
    taken: int
    """What came: rows sent on and those set aside."""
    sent: int
    """Rows handed to the sink, those that were sent once more included."""
    acknowledged: int
    refused: int
    """Rows that the sink will never take."""
    unknown: int
    """Rows handed over whose fate nobody knows; none after an orderly stop."""
    retried: int
    """Rows that the sink's client sent again by itself."""
    set_aside: int
    """What nobody can read, or the contract does not allow."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why it was set aside, and how much."""
    set_aside_in: str | None = None
    refused_in: str | None = None
    may_be_double: Sequence[tuple[int, int]] = ()
    """Spans [first, after) of rows that were sent again after a stop: no others can be there twice."""
    lag: int | None = None
    seconds: float = 0.0
    """How long this time at work lasted."""
    sittings: int = 1
    folder: str = ""
    stopped: str = ""
    """Why it stopped, where it was not asked to."""

    @property
    def double_at_most(self) -> int:
        """How many rows can be there twice."""
        return sum(after - first for first, after in self.may_be_double)

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        record = asdict(self)
        return {"from": record.pop("from_"), **record, "double_at_most": self.double_at_most}

    def write(self, folder: Path) -> None:
        """Put it in its folder. Raises OutsideError."""
        write_whole(folder / FILE, json.dumps(self.record(), indent=1, ensure_ascii=False))
