"""Where a replay stands, kept so that it can go on after anything: written aside, made to last, and put in place whole.

Of each stream it tells how many rows are settled, and up to which row others may have been sent: that is written before
they are, so that whoever goes on after a crash can say which rows may be there twice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.landing.claim import alone_in
from sandbox.replay.stream import Mark

VERSION = 1
FILE = "checkpoint.json"


@dataclass
class Position:
    """Where a stream stands; rows count from the replay's beginning, in the stream's order."""

    settled: int = 0
    """Leading rows whose fate is known."""
    reserved: int = 0
    """Rows that may have been sent: those between may be there, or not."""
    mark: Mark = field(default_factory=Mark)
    """Where to read on, at or before the first row that is not settled."""
    refused: int = 0
    retried: int = 0
    resent: list[tuple[int, int]] = field(default_factory=list)
    """Spans [first, after) of rows that were sent once more after a stop, and so may be there twice."""
    set_aside: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of the rows that break the contract, how many, by share."""


@dataclass
class Checkpoint:
    """A replay, as far as it has come."""

    identity: dict[str, Any]
    """What is replayed to where: another one does not go on from here."""
    streams: dict[str, Position]
    first_us: int | None = None
    """The moment of the first row, from which a pace counts."""
    shift_us: int = 0
    """By how much times are moved."""
    sittings: list[dict[str, Any]] = field(default_factory=list)
    """How it went, each time that it was at work."""
    done: bool = False

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was done yet."""
        return not self.sittings

    def write(self, folder: Path) -> None:
        """Put it in place, to stay there. Raises OSError."""
        text = json.dumps({"version": VERSION, **asdict(self)}, indent=1)
        aside = folder / f"{FILE}.new"
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(folder / FILE)
        _keep(folder)


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint in a folder; None where there is none that can be read."""
    try:
        record = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if record.pop("version") != VERSION:
            return None
        streams = {name: _position(position) for name, position in record.pop("streams").items()}
        return Checkpoint(streams=streams, **record)
    except (OSError, ValueError, TypeError, KeyError):
        return None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep another replay of the same to the same out. A killed one leaves no lock behind.

    Raises:
        OutsideError: another one is at work.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone_in(folder, "this replay is at work already; wait for it"):
        yield


def _position(record: dict[str, Any]) -> Position:
    mark, resent = Mark(**record.pop("mark")), [(first, after) for first, after in record.pop("resent")]
    return Position(mark=mark, resent=resent, **record)


def _keep(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
