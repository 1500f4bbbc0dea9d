"""An open Kinesis stream: rows become records, and each goes to the lane of its key's shard."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.clients.kinesis import Stream, client, look_at, make, missing
from sandbox.contract.duck import evaluate
from sandbox.contract.envelope import ENVELOPE
from sandbox.scenario.forms import entity_key
from sandbox.scenario.outlets import Account, Books, Errand, Refusal
from sandbox.sinks.damage import damaged
from sandbox.sinks.json_rows import json_rows
from sandbox.sinks.kinesis_lane import Lane, Parcel
from sandbox.sinks.pieces import joined, slices
from sandbox.sinks.texts import object_pieces, plain_text

if TYPE_CHECKING:
    from sandbox.sinks.kinesis import KinesisStream

LONGEST_KEY = 256
MOST_LANES = 64


def opened(config: KinesisStream, errand: Errand) -> KinesisPuts:
    """Find the stream, or make it where that is asked for. Raises InputError, OutsideError."""
    kinesis = client(config.region, config.stream, connections=MOST_LANES)
    stream = look_at(kinesis, config.stream, errand.patience_s)
    if stream is None and config.shards is not None:
        make(kinesis, config.stream, config.shards)
        stream = look_at(kinesis, config.stream)
    if stream is None:
        raise missing(kinesis, config.stream, ", or have it made: ?shards=2")
    starts = sorted(shard.first_hash for shard in stream.shards if shard.is_open)
    key_columns = entity_key(errand.contract) if config.key is None else (config.key,)
    lock = threading.RLock()
    books = Books()
    lanes = [
        Lane(kinesis, config.stream, f"{errand.name} {at}", errand.patience_s, books, lock, shards)
        for at, shards in enumerate(_shared_out(len(starts), config.paced))
    ]
    return KinesisPuts(
        config, stream, lanes, key_columns, np.array([f"{start:032x}" for start in starts], "S32"), books, lock
    )


def _shared_out(shards: int, paced: bool) -> list[float]:
    """How many shards each lane writes to; infinitely many where nothing is to be paced."""
    lanes = min(shards, MOST_LANES)
    return [shards // lanes + (at < shards % lanes) if paced else float("inf") for at in range(lanes)]


@dataclass(slots=True)
class KinesisPuts:
    """Sends rows to lanes, one for each shard (or for several, of very many), and asks them how it went."""

    config: KinesisStream
    stream: Stream
    lanes: Sequence[Lane]
    key_columns: Sequence[str]
    """What makes a record's key, if anything does."""
    shard_starts: NDArray[np.bytes_]
    """The least MD5 of each open shard's keys, as 32 hexadecimal digits, in order."""
    _books: Books
    _lock: threading.RLock
    _refusals: list[Refusal] = field(default_factory=list)

    def send(self, batch: pa.RecordBatch, faults: NDArray[np.int8] | None = None) -> None:
        """Hand the rows to their lanes; waits while one of them is full."""
        at = 0
        for part in slices(batch):
            wrong = None if faults is None else faults[at : at + part.num_rows]
            texts = json_rows(part, self.config.envelope)
            self._hand_over(self._keys(part), damaged(texts, wrong, self.stream.record_bytes))
            at += part.num_rows

    def account(self) -> Account:
        """What is known by now."""
        with self._lock:
            return self._books.account()

    def refusals(self) -> Sequence[Refusal]:
        """Rows refused since this was last asked."""
        told, self._refusals = self._refusals, []
        return told

    def flush(self) -> None:
        """Wait until every record is put."""
        for lane in self.lanes:
            lane.drain()

    def held(self) -> None:
        """Kinesis keeps no books for its producers."""
        return

    def close(self) -> None:
        """Stop the lanes; a call that is under way is waited for."""
        for lane in self.lanes:
            lane.stop()
        for lane in self.lanes:
            lane.join()

    def _keys(self, part: pa.RecordBatch) -> pa.StringArray:
        spread = part.column(ENVELOPE).field("event_id").cast(pa.string())
        names = self.key_columns
        if not names:
            return spread
        columns = [part.column(name) for name in names]
        keys = plain_text(columns[0]) if len(names) == 1 else joined(object_pieces(names, columns), part.num_rows)
        return pc.if_else(pc.fill_null(pc.equal(keys, ""), True), spread, keys)

    def _hand_over(self, keys: pa.StringArray, payloads: pa.Array) -> None:
        rows = len(keys)
        with self._lock:
            first = self._books.sent
            chunk = self._books.open(rows)
        sizes = pc.add(pc.binary_length(payloads).cast(pa.int64()), pc.binary_length(keys)).to_numpy()
        fits = self._fitting(keys, sizes, first, chunk)
        lanes = self._lanes_of(keys)
        for at, lane in enumerate(self.lanes):
            mine = np.flatnonzero(fits & (lanes == at))
            if len(mine):
                taken = pa.array(mine)
                lane.put(Parcel(keys.take(taken).to_pylist(), payloads.take(taken).to_pylist(), sizes[mine], chunk))

    def _fitting(
        self, keys: pa.StringArray, sizes: NDArray[np.int64], first: int, chunk: list[int]
    ) -> NDArray[np.bool_]:
        """Which rows Kinesis can take; the others are refused, each with its reason."""
        long_key = pc.greater(pc.utf8_length(keys), LONGEST_KEY).to_numpy(zero_copy_only=False)
        large = sizes > self.stream.record_bytes
        wrong = np.flatnonzero(long_key | large).tolist()
        for row in wrong:
            reason = (
                f"its key ({', '.join(self.key_columns)}) is longer than {LONGEST_KEY} characters"
                if long_key[row]
                else f"{sizes[row]:,} bytes, more than the {self.stream.record_bytes:,} of a record"
            )
            self._refusals.append(Refusal(first + row, reason))
        with self._lock:
            chunk[0] -= len(wrong)
            self._books.refused += len(wrong)
        fits: NDArray[np.bool_] = ~(long_key | large)
        return fits

    def _lanes_of(self, keys: pa.StringArray) -> NDArray[np.int64]:
        """The lane of each key, by the shard that Kinesis will choose for it."""
        coded = keys.dictionary_encode()
        digests = evaluate("md5(x)", coded.dictionary).to_numpy(zero_copy_only=False).astype("S32")
        shards = np.searchsorted(self.shard_starts, digests, side="right") - 1
        lanes: NDArray[np.int64] = (shards % len(self.lanes))[coded.indices.to_numpy()]
        return lanes
