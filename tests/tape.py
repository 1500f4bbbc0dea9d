"""A source that goes on, for tests: messages from a list, a few at each poll."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pyarrow as pa
from pydantic import Field

from sandbox.errors import OutsideError
from sandbox.scenario.parts import RawSource, SourcePart, Unread

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Tape(SourcePart):
    """A source that has so many messages, and gives a few at each poll."""

    messages: list[list[object]]
    at_once: int = 2
    breaks_after: int | None = None
    called: dict[str, str] = Field(default_factory=dict)
    """What columns are called instead."""

    def touches(self) -> Mapping[str, Sequence[str]]:
        return {}

    def open(self, folder: str) -> RawSource:
        raise AssertionError("it is followed, not opened")

    def follow(self, folder: str, position: Mapping[str, str] | None) -> Play:
        return Play(self, int(position["0"]) if position else 0)


class Play:
    """The tape from a position on. A message is [customer, minutes, item], or a text that cannot be taken apart."""

    def __init__(self, tape: Tape, start: int) -> None:
        self.tape, self.start, self.at = tape, start, start

    def schema(self) -> pa.Schema:
        return pa.schema([])

    def poll(self, wait_s: float) -> Sequence[pa.RecordBatch | Unread]:
        if self.tape.breaks_after is not None and self.at - self.start >= self.tape.breaks_after:
            raise OutsideError("the tape broke")
        found = self.tape.messages[self.at : self.at + self.tape.at_once]
        self.at += len(found)
        return [self._read(message) for message in found]

    def _read(self, message: list[object]) -> pa.RecordBatch | Unread:
        if len(message) == 1:
            return Unread([str(message[0])], "torn")
        customer, minutes, item = message
        columns = {"customer_id": [customer], "at": [START + dt.timedelta(minutes=minutes)]}  # type: ignore[arg-type]
        columns |= {} if item is None else {"item": [item]}
        return pa.RecordBatch.from_pydict(
            {self.tape.called.get(name, name): values for name, values in columns.items()}
        )

    def position(self) -> Mapping[str, str]:
        return {"0": str(self.at)}

    def lag(self) -> int:
        return len(self.tape.messages) - self.at

    def close(self) -> None: ...
