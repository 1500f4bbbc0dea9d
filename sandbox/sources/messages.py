"""Messages: bytes that came one by one, what their broker knows of each, and those that nobody can read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from sandbox.scenario.parts import Unread


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages in the order in which they lay in a partition or shard."""

    payloads: Sequence[bytes]
    envelopes: pa.StructArray
    """What the broker knows of each: an id that follows from its place, its arrival, partition and offset."""
    place: Callable[[int], str]
    """Where the message with a number lies, in words by which it can be found again."""


def unread(messages: Messages, places: Sequence[int], rule: str) -> Unread:
    """Messages that nobody can read: their bytes in base64, and where they lie."""
    told = [
        json.dumps({"at": messages.place(at), "bytes": base64.b64encode(messages.payloads[at]).decode()})
        for at in places
    ]
    return Unread(tuple(told), rule)
