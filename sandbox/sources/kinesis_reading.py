"""Read one shard of a Kinesis stream, call after call, within its limits; and its records as messages."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from sandbox.addresses import Address, words_at
from sandbox.clients.kinesis import code_of, passes, told
from sandbox.clients.patience import Patience
from sandbox.contract.envelope import envelope
from sandbox.errors import OutsideError
from sandbox.sources.message_streams import BEGINNING
from sandbox.sources.messages import Messages

Record: TypeAlias = Mapping[str, Any]
CALL_EVERY_S = 0.2
"""A shard answers five calls a second, to all who read it."""
CALL_RECORDS = 10_000
PATIENCE_S = 60.0
_THROTTLED_S = 1.0
_AT = "at "
_LARGE_PRIME = 2**61 - 1


@dataclass(slots=True)
class ShardReader:
    """Where in a shard reading stands."""

    kinesis: Any
    stream: str
    shard: str
    position: str
    """`beginning`, `at MOMENT`, or the sequence number of the last record that was read."""
    behind_ms: int = -1
    """How far the last call's records lie behind the shard's tip; -1 before the first call."""
    ended: bool = False
    """Whether the shard is closed, and nothing of it left."""
    read_so_far: int = 0
    _iterator: str | None = None
    _next_call: float = field(default=0.0)

    def wait_s(self) -> float:
        """How long until the shard may be asked again."""
        return max(0.0, self._next_call - time.monotonic())

    def read(self) -> Sequence[Record]:
        """The records of one call, perhaps none; waits until the shard may be asked.

        Raises:
            OutsideError: it does not answer any more.
        """
        patience = Patience(f"{self.stream} {self.shard}", PATIENCE_S)
        while True:
            time.sleep(self.wait_s())
            try:
                answer = self._asked()
            except Exception as error:
                pause = self._excused(error, patience)
                self._next_call = time.monotonic() + pause
                continue
            self._iterator = answer.get("NextShardIterator")
            self.behind_ms = answer.get("MillisBehindLatest", 0)
            self.ended = self._iterator is None
            records: Sequence[Record] = answer["Records"]
            if records:
                self.position = records[-1]["SequenceNumber"]
            return records

    def _asked(self) -> Mapping[str, Any]:
        if self._iterator is None:
            start = {"StreamName": self.stream, "ShardId": self.shard, **_iterator_from(self.position)}
            self._iterator = self.kinesis.get_shard_iterator(**start)["ShardIterator"]
        self._next_call = time.monotonic() + CALL_EVERY_S
        answer: Mapping[str, Any] = self.kinesis.get_records(ShardIterator=self._iterator, Limit=CALL_RECORDS)
        return answer

    def _excused(self, error: Exception, patience: Patience) -> float:
        """How long to wait before the same is asked again. Raises OutsideError where that would be of no use."""
        from botocore.exceptions import BotoCoreError, ClientError

        if not isinstance(error, ClientError | BotoCoreError):
            raise error
        expired = code_of(error) == "ExpiredIteratorException"
        if expired:
            self._iterator = None
        pause = patience.pause_s(_THROTTLED_S if "Throughput" in code_of(error) else 0.0)
        if pause is None or not (expired or passes(error)):
            raise OutsideError(f"kinesis://{self.stream}: {self.shard}: {told(error)}.") from error
        return pause

    def messages(self, records: Sequence[Record]) -> Messages:
        """Records that were just read, with what Kinesis knows of each; `offset` counts those that were read."""
        numbers = [record["SequenceNumber"] for record in records]
        arrived = [round(record["ApproximateArrivalTimestamp"].timestamp() * 1000) * 1000 for record in records]
        # Sequence numbers have up to 186 bits; folded by a prime, all of them count.
        places = np.array([int(number) % _LARGE_PRIME for number in numbers], np.int64)
        ids = words_at(Address(("event", "kinesis", self.stream, self.shard)), places)
        first, self.read_so_far = self.read_so_far, self.read_so_far + len(records)
        told_by_stream = envelope(
            ids,
            np.array(arrived, np.int64),
            partition=int(self.shard.rpartition("-")[2]),
            offset=first,
            contract_version=0,
        )
        payloads = [record["Data"] for record in records]
        return Messages(payloads, told_by_stream, lambda at: f"{self.shard} {numbers[at]}")


def position_at(moment: dt.datetime) -> str:
    """A position at a moment."""
    return f"{_AT}{moment.isoformat()}"


def position_of(start: str) -> str:
    """The position that `start` of a source asks for, but its end."""
    return BEGINNING if start == BEGINNING else f"{_AT}{start}"


def _iterator_from(position: str) -> dict[str, Any]:
    if position == BEGINNING:
        return {"ShardIteratorType": "TRIM_HORIZON"}
    if position.startswith(_AT):
        moment = dt.datetime.fromisoformat(position.removeprefix(_AT))
        return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": moment}
    return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": position}
