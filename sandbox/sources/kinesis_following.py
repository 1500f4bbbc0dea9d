"""A Kinesis stream that is followed: each shard in its order, and the shards that came of another after that one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from sandbox.clients.kinesis import Shard, client, look_at, missing, passes, shards_of, told
from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD
from sandbox.errors import OutsideError
from sandbox.scenario.parts import Unread
from sandbox.sources.json_digits import Keys
from sandbox.sources.kinesis import KinesisRecords
from sandbox.sources.kinesis_reading import PATIENCE_S, ShardReader, position_at, position_of
from sandbox.sources.message_reading import MessageReader, message_reader
from sandbox.sources.message_streams import BEGINNING, END

LOOK_EVERY_S = 5.0
"""How often it is looked whether there are other shards; AWS also says so where one ends."""
FINISHED = "finished"


def followed(config: KinesisRecords, position: Mapping[str, str] | None) -> KinesisFollowing:
    """Look at the shards; from the end means: from the moment of this look on. Raises InputError, OutsideError."""
    kinesis = client(config.region, config.stream)
    stream = look_at(kinesis, config.stream)
    if stream is None:
        raise missing(kinesis, config.stream)
    if position is not None:
        positions = dict(position)
    else:
        start = position_at(stream.looked_at) if config.start == END else position_of(config.start)
        positions = {shard.name: config.after.get(shard.name, start) for shard in stream.shards}
    following = KinesisFollowing(kinesis, config, positions)
    following.look(stream.shards)
    return following


@dataclass(slots=True)
class KinesisFollowing:
    """Which shards are read, and where each stands."""

    kinesis: Any
    config: KinesisRecords
    positions: dict[str, str]
    """By shard, as `ShardReader.position`; `finished` where a closed shard was read to its end."""
    _shards: tuple[Shard, ...] = ()
    _readers: dict[str, ShardReader] = field(default_factory=dict)
    _looked: float = 0.0
    _schema: pa.Schema = field(default_factory=lambda: pa.schema([ENVELOPE_FIELD]))
    _rows: MessageReader = field(init=False)

    def __post_init__(self) -> None:
        self._rows = message_reader(self.config, PATIENCE_S)

    def schema(self) -> pa.Schema:
        """The columns that came so far (all text, where they are JSON), and the envelope."""
        return self._schema

    def poll(self, wait_s: float) -> Sequence[pa.RecordBatch | Unread]:
        """Records of every shard that may be asked by then, one call each; waits for the first that has any."""
        end = time.monotonic() + wait_s
        while True:
            found = [rows for reader in self._due() for rows in self._read(reader)]
            if found or time.monotonic() >= end:
                return found
            if time.monotonic() > self._looked + LOOK_EVERY_S:
                self._look_again()
            waits = [reader.wait_s() for reader in self._readers.values()]
            time.sleep(max(0.0, min(end - time.monotonic(), min(waits, default=LOOK_EVERY_S))))

    def position(self) -> Mapping[str, str]:
        """Of each shard, where it stands; those that are gone from the stream are left out."""
        known = {shard.name for shard in self._shards}
        return {name: position for name, position in self.positions.items() if name in known}

    def lag(self) -> int | None:
        """0 at the tip of every shard; else None, since Kinesis tells how long its records waited, not how many."""
        behind = [reader.behind_ms for reader in self._readers.values()]
        return 0 if behind and not any(behind) else None

    def behind_s(self) -> float | None:
        """How long ago the last record came that was read, where a shard has newer ones; 0 at the tip of all."""
        behind = [reader.behind_ms for reader in self._readers.values()]
        return max(behind) / 1000 if behind and min(behind) >= 0 else None

    def keep_digits(self, keys: Keys) -> None:
        """Keep numbers under these keys as they are written."""
        self._rows = message_reader(self.config, PATIENCE_S, exact=keys)

    def close(self) -> None:
        """Let the connections go."""
        self.kinesis.close()

    def look(self, shards: tuple[Shard, ...]) -> None:
        """Read every shard whose parents are finished, or gone; who came later is read from its beginning."""
        self._shards, self._looked = shards, time.monotonic()
        unfinished = {shard.name for shard in shards if self.positions.get(shard.name) != FINISHED}
        for shard in shards:
            position = self.positions.setdefault(shard.name, BEGINNING)
            if position != FINISHED and shard.name not in self._readers and not unfinished.intersection(shard.parents):
                self._readers[shard.name] = ShardReader(self.kinesis, self.config.stream, shard.name, position)

    def _look_again(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self.look(shards_of(self.kinesis, self.config.stream))
        except (ClientError, BotoCoreError) as error:
            if not passes(error):
                raise OutsideError(f"kinesis://{self.config.stream}: {told(error)}.") from error
            self._looked = time.monotonic()

    def _due(self) -> list[ShardReader]:
        return [reader for reader in self._readers.values() if not reader.wait_s()]

    def _read(self, reader: ShardReader) -> list[pa.RecordBatch | Unread]:
        records = reader.read()
        self.positions[reader.shard] = reader.position
        if reader.ended or (not records and not reader.behind_ms and self._is_closed(reader.shard)):
            self.positions[reader.shard] = FINISHED
            del self._readers[reader.shard]
            self._look_again()
        found = list(self._rows(reader.messages(records))) if records else []
        for rows in found:
            if isinstance(rows, pa.RecordBatch):
                self._learn(rows.schema)
        return found

    def _learn(self, schema: pa.Schema) -> None:
        new = [each for each in schema if each.name != ENVELOPE and each.name not in self._schema.names]
        if new:
            self._schema = pa.schema([*list(self._schema)[:-1], *new, ENVELOPE_FIELD])

    def _is_closed(self, name: str) -> bool:
        """Whether nothing is put into a shard any more, by the last look at them."""
        return any(shard.name == name and not shard.is_open for shard in self._shards)
