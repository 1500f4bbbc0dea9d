"""How the messages of a source are read: as JSON, or as Avro by the schemas of a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias

import pyarrow as pa

from sandbox.clients.registry import SchemaRegistry
from sandbox.scenario.parts import Unread
from sandbox.sources.avro_messages import AvroReader
from sandbox.sources.json_digits import NO_KEYS, Keys
from sandbox.sources.json_messages import JsonReader
from sandbox.sources.messages import Messages

MessageReader: TypeAlias = Callable[[Messages], Iterator[pa.RecordBatch | Unread]]
"""Gives the rows of messages, with their envelopes, and those that are none, with their bytes."""


class Written(Protocol):
    """What a source's configuration says of its messages."""

    @property
    def format(self) -> str: ...
    @property
    def registry(self) -> str | None: ...
    @property
    def message(self) -> str | None: ...


def message_reader(
    config: Written, patience_s: float, known: Sequence[str] = (), exact: Keys = NO_KEYS
) -> MessageReader:
    """A reader of the messages of one topic or stream, for one thread.

    Args:
        patience_s: how long a registry that does not answer is asked again.
        known: columns that there are in any case, where messages are JSON.
        exact: keys whose numbers are kept as they are written, where messages are JSON.
    """
    if config.format == "avro" and config.registry is not None:
        return AvroReader(SchemaRegistry(config.registry, patience_s))
    return JsonReader(known, config.message, exact)
