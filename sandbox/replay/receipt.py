"""The receipt of a replay: what was asked for, what became of it, and how well it kept to its pace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.whole import write_whole

FILE = "receipt.json"


@dataclass(frozen=True, slots=True)
class StreamReceipt:
    """What became of one stream's rows, over all times that the replay was at work."""

    to: str
    """Where they went."""
    guarantee: str
    """`exactly-once` or `at-least-once`."""
    asked: int
    """Rows that were to be sent: all of the stream, or those up to where it stopped."""
    sent: int
    """Rows handed to the sink, those that were sent once more included."""
    acknowledged: int
    """Rows that the sink said it has."""
    refused: int
    """Rows that it will never take; asked = acknowledged + refused + unknown."""
    unknown: int
    """Rows handed over whose fate nobody knows; none once a replay is done."""
    retried: int
    """Rows that the sink's client sent again by itself."""
    may_be_double: Sequence[tuple[int, int]] = ()
    """Spans [first, after) of rows, counted from 0, that were sent again after a stop: no others can be there twice."""
    refused_in: str | None = None
    """The file that holds the refused rows, with reasons."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why rows were refused, and how many for each reason."""
    set_aside: Mapping[str, int] = field(default_factory=dict)
    """Rows that broke the contract, and so were never asked for, by rule."""
    set_aside_in: str | None = None

    @property
    def double_at_most(self) -> int:
        """How many rows can be there twice."""
        return sum(after - first for first, after in self.may_be_double)


@dataclass(frozen=True, slots=True)
class PaceReceipt:
    """How the last sitting kept its pace."""

    asked: str
    rows: int
    seconds: float
    rows_per_second: float
    asked_per_second: float | None
    """What the pace comes to over these rows; None where it is as fast as possible."""
    error: float | None
    """How much longer they took than they should have, as a share: 0.01 is 1 %."""
    lag_s: float
    """How late the last row was sent."""
    most_lag_s: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """A replay that is done, or that stopped."""

    scenario: str
    done: bool
    streams: Mapping[str, StreamReceipt]
    pace: PaceReceipt
    sittings: int
    """How often it was at work: 1 unless it was stopped and went on."""
    order: str
    moved_by_s: float = 0.0
    """By how much times were moved."""
    folder: str = ""
    """Where it is kept."""
    stopped: str = ""
    """Why it stopped; empty when it is done."""

    @property
    def refused(self) -> int:
        """Rows that sinks will never take."""
        return sum(stream.refused for stream in self.streams.values())

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        record = asdict(self)
        for name, stream in self.streams.items():
            record["streams"][name]["double_at_most"] = stream.double_at_most
        return record

    def write(self, folder: Path) -> None:
        """Put it in its folder. Raises OutsideError."""
        write_whole(folder / FILE, json.dumps(self.record(), indent=1, ensure_ascii=False))
