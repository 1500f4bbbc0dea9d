"""The lane of a shard: one thread that puts its records, call after call, and each key's in their order.

Kinesis promises no order within a call, and takes or refuses each record of it alone. So a call holds no two records
of one key, and what was not taken comes first in the next.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.clients.kinesis import THROTTLED, passes, told
from sandbox.clients.patience import Patience
from sandbox.errors import OutsideError
from sandbox.scenario.outlets import Books

CALL_RECORDS, CALL_BYTES = 500, 5 << 20
"""Of one call. AWS now takes 10 MiB; streams that others play take 5, and so does AWS where it is behind."""
SHARD_RECORDS_PER_S, SHARD_BYTES_PER_S = 1000, 1 << 20
WAITING_RECORDS, WAITING_BYTES = 20_000, 32 << 20
"""What waits in a lane at most before who sends has to wait."""
_LOOKED_AT = 4 * CALL_RECORDS


class Record(NamedTuple):
    """One record on its way."""

    key: str
    data: bytes
    size: int
    chunk: list[int]
    """Of the books: its first number counts rows whose fate is unknown."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Records that came together."""

    keys: Sequence[str]
    payloads: Sequence[bytes]
    sizes: NDArray[np.int64]
    chunk: list[int]


@dataclass(slots=True, eq=False)
class Lane:
    """Puts records of a shard (or of several) in the order of each key; `put` and `drain` are another thread's."""

    kinesis: Any
    stream: str
    name: str
    patience_s: float
    books: Books
    lock: threading.RLock
    """Guards the books, which all lanes write."""
    shards: float
    """How many shards it writes to, and so how fast it may."""
    _waiting: deque[Record] = field(default_factory=deque)
    _bytes: int = 0
    _busy: bool = False
    _stopped: bool = False
    _failure: Exception | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def put(self, parcel: Parcel) -> None:
        """Take records; waits while too many wait already. Raises OutsideError when the lane has given up."""
        sizes = parcel.sizes.tolist()
        records = map(Record, parcel.keys, parcel.payloads, sizes, [parcel.chunk] * len(sizes))
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"kinesis {self.name}", daemon=True)
                self._thread.start()
            self._wait_until(lambda: len(self._waiting) < WAITING_RECORDS and self._bytes < WAITING_BYTES)
            self._waiting.extend(records)
            self._bytes += sum(sizes)
            self._changed.notify_all()

    def drain(self) -> None:
        """Wait until nothing waits and nothing is under way. Raises OutsideError when the lane has given up."""
        with self._changed:
            self._wait_until(lambda: not self._waiting and not self._busy)

    def stop(self) -> None:
        """Ask it to end after the call that is under way."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for its end."""
        if self._thread is not None:
            self._thread.join()

    def _wait_until(self, condition: Any) -> None:
        # Waiting goes on in short turns, so that Ctrl-C is heard.
        while self._failure is None and not condition():
            self._changed.wait(0.2)
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        pace = _Pace(self.shards)
        patience = Patience(self.name, self.patience_s)
        while True:
            with self._changed:
                while not self._waiting and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                self._busy = True
                call = self._next_call()
            try:
                self._pause(pace.wait_s(len(call), sum(record.size for record in call)))
                missing, reason = self._put(call)
                pause = self._settle(call, missing, reason, patience)
            except Exception as error:  # told to whoever sends next; a thread that just ended would be waited for
                with self._changed:
                    self._failure = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._waiting.extendleft(reversed(missing))
                self._bytes += sum(record.size for record in missing)
                self._busy = False
                self._changed.notify_all()
            self._pause(pause)

    def _next_call(self) -> list[Record]:
        """The first records, no two of one key; those passed over stay where they were."""
        call: list[Record] = []
        passed: list[Record] = []
        keys: set[str] = set()
        room = CALL_BYTES
        for _ in range(min(_LOOKED_AT, len(self._waiting))):
            record = self._waiting.popleft()
            if record.key in keys:
                passed.append(record)
                continue
            if call and record.size > room:
                self._waiting.appendleft(record)
                break
            call.append(record)
            keys.add(record.key)
            room -= record.size
            if len(call) == CALL_RECORDS:
                break
        self._waiting.extendleft(reversed(passed))
        self._bytes -= sum(record.size for record in call)
        return call

    def _put(self, call: Sequence[Record]) -> tuple[list[Record], str]:
        """Put the records; which were not taken, and why the first of them was not."""
        from botocore.exceptions import BotoCoreError, ClientError

        entries = [{"Data": record.data, "PartitionKey": record.key} for record in call]
        try:
            answers = self.kinesis.put_records(StreamName=self.stream, Records=entries)["Records"]
        except (ClientError, BotoCoreError) as error:
            if passes(error):
                return list(call), told(error)
            raise OutsideError(f"kinesis://{self.stream}: {told(error)}.") from error
        missing = [record for record, answer in zip(call, answers, strict=True) if answer.get("ErrorCode")]
        codes = [answer["ErrorCode"] for answer in answers if answer.get("ErrorCode")]
        return missing, codes[0] if codes else ""

    def _settle(self, call: Sequence[Record], missing: Sequence[Record], reason: str, patience: Patience) -> float:
        """Book what was taken; how long to wait before what was not is put again."""
        left = set(map(id, missing))
        with self.lock:
            for record in call:
                if id(record) not in left:
                    record.chunk[0] -= 1
            self.books.acknowledged += len(call) - len(missing)
        if len(missing) < len(call):
            patience.reset()
        if not missing:
            return 0.0
        pause = patience.pause_s()
        if pause is None:
            slow = "; give the stream more shards, or send more slowly" if reason in THROTTLED else ""
            raise OutsideError(
                f"kinesis://{self.stream}: {reason}, after {patience.attempts} attempts{slow}. Start it again, and it "
                "goes on with what was not put."
            )
        with self.lock:
            self.books.retried += len(missing)
        return pause

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with self._changed:
                end = time.monotonic() + seconds
                while not self._stopped and (left := end - time.monotonic()) > 0:
                    self._changed.wait(left)


class _Pace:
    """A bucket for records and one for bytes; each holds a second's worth, and a large record may overdraw it."""

    def __init__(self, shards: float) -> None:
        self._rates = (shards * SHARD_RECORDS_PER_S, shards * SHARD_BYTES_PER_S)
        self._left = [float(rate) for rate in self._rates]
        self._at = time.monotonic()

    def wait_s(self, records: int, octets: int) -> float:
        """Take so much out; how long to wait until it was there."""
        if self._rates[0] == float("inf"):
            return 0.0
        now = time.monotonic()
        waits = [0.0]
        for at, (rate, asked) in enumerate(zip(self._rates, (records, octets), strict=True)):
            self._left[at] = min(rate, self._left[at] + rate * (now - self._at)) - asked
            waits.append(-self._left[at] / rate)
        self._at = now
        return max(waits)
