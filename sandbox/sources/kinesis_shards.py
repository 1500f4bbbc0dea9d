"""What lies in a Kinesis stream now: a share a shard, up to the tip that it had when the stream was opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from sandbox.clients.kinesis import Stream, client, look_at, missing
from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.parts import Share, Unread
from sandbox.sources.json_digits import NO_KEYS, Keys
from sandbox.sources.kinesis import KinesisRecords
from sandbox.sources.kinesis_reading import PATIENCE_S, Record, ShardReader, position_of
from sandbox.sources.message_reading import message_reader
from sandbox.sources.message_streams import END
from sandbox.sources.shapes import union_of

_LOOKED_AT = 16
"""Shards that are looked at for the keys of their records."""
_DATE_ROUNDS = dt.timedelta(seconds=1)


def opened(config: KinesisRecords) -> KinesisShards:
    """Look at the shards. Raises InputError, OutsideError."""
    if config.start == END:
        raise InputError(
            f"kinesis://{config.stream}: start: nothing lies behind the end; only who follows begins there."
        )
    kinesis = client(config.region, config.stream)
    stream = look_at(kinesis, config.stream)
    if stream is None:
        raise missing(kinesis, config.stream)
    source = KinesisShards(config, kinesis, stream)
    for share in source.shares()[:_LOOKED_AT]:
        source.look_into(share)
    if not source.columns:
        where = f"kinesis://{config.stream}"
        raise OutsideError(f"{where}: holds no record that is a row in {config.format} from {config.start} on.")
    return source


@dataclass(slots=True)
class KinesisShards:
    """The records of a stream, as raw rows."""

    config: KinesisRecords
    kinesis: Any
    stream: Stream
    columns: pa.Schema = field(default_factory=lambda: pa.schema([]))
    """Of the first records."""
    exact: Keys = NO_KEYS
    """Keys whose numbers are kept as they are written."""
    _ends: dict[int, str] = field(default_factory=dict)
    """Of shards that were read, the sequence number of the last record; empty where there was none."""

    def schema(self) -> pa.Schema:
        """Every key of the first records (all text, where they are JSON) and the envelope; later ones may add some."""
        return self.columns.append(ENVELOPE_FIELD)

    def shares(self) -> Sequence[Share]:
        """One share a shard, those that were closed too while they hold records."""
        return [
            Share(at, shard.name, fingerprint=f"{shard.name} {shard.first_number} {shard.is_open}")
            for at, shard in enumerate(self.stream.shards)
        ]

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Unread]:
        """The records of a shard; at a second reading the same."""
        reader = self._reader(share)
        rows = message_reader(self.config, PATIENCE_S, self.columns.names, self.exact)
        end, last = self._ends.get(share.index), ""
        while end != "":
            records = reader.read()
            kept = self._before_end(records, end)
            if kept:
                last = kept[-1]["SequenceNumber"]
                yield from rows(reader.messages(kept))
            at_tip = not reader.behind_ms if end is None else last == end
            if at_tip or reader.ended or len(kept) < len(records):
                break
        self._ends.setdefault(share.index, last)

    def look_into(self, share: Share) -> None:
        """Learn the columns of a shard's first records."""
        reader = self._reader(share)
        while not (records := reader.read()) and reader.behind_ms and not reader.ended:
            pass
        if records:
            for found in message_reader(self.config, PATIENCE_S)(reader.messages(records)):
                if isinstance(found, pa.RecordBatch):
                    columns = found.schema.remove(found.schema.get_field_index(ENVELOPE))
                    self.columns = union_of([self.columns, columns])

    def keep_digits(self, keys: Keys) -> None:
        """Keep numbers under these keys as they are written."""
        self.exact = keys

    def close(self) -> None:
        """Let the connections go."""
        self.kinesis.close()

    def _reader(self, share: Share) -> ShardReader:
        name = self.stream.shards[share.index].name
        position = self.config.after.get(name, position_of(self.config.start))
        return ShardReader(self.kinesis, self.stream.name, name, position)

    def _before_end(self, records: Sequence[Record], end: str | None) -> Sequence[Record]:
        """Records up to the tip: up to the one that is known to be the last, or those that had come at the opening."""
        if end is not None:
            last = next((at for at, record in enumerate(records) if record["SequenceNumber"] == end), len(records))
            return records[: last + 1]
        # AWS tells its own time in whole seconds, and our clock need not agree with it.
        tip = self.stream.looked_at + _DATE_ROUNDS
        late = (at for at, record in enumerate(records) if record["ApproximateArrivalTimestamp"] > tip)
        return records[: next(late, len(records))]
