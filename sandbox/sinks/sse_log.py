"""The last rows that were sent, as the bytes of server-sent events, and who has heard how many of them."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.sinks.pieces import octets_of

_AT_ONCE = 1 << 16
"""Bytes that are written to a listener in one go, after which it counts as having come so far."""
_TURN_S = 0.2


@dataclass(frozen=True, slots=True)
class Chunk:
    """Events one after the other; `edges` are where each begins, and where the last ends."""

    first: int
    octets: memoryview
    edges: NDArray[np.int64]

    @classmethod
    def of(cls, first: int, frames: pa.Array) -> Chunk:
        """Events from their texts or bytes."""
        lengths = [len(frame) for frame in frames.to_pylist()] if not pa.types.is_string(frames.type) else None
        if lengths is None:
            offsets = np.frombuffer(frames.buffers()[1], np.int32)[frames.offset : frames.offset + len(frames) + 1]
            return cls(first, memoryview(bytes(octets_of(frames))), (offsets - offsets[0]).astype(np.int64))
        edges = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(first, memoryview(b"".join(frames.to_pylist())), edges)

    @property
    def after(self) -> int:
        """The number of the event behind the last."""
        return self.first + len(self.edges) - 1


@dataclass(slots=True, eq=False)
class Listener:
    """Somebody who listens."""

    position: int
    """The event that it is given next."""
    heard_s: float = field(default_factory=time.monotonic)
    """When it took something last."""
    dropped: bool = False


@dataclass(slots=True)
class Log:
    """What is kept, and for whom."""

    keep: int
    chunks: deque[Chunk] = field(default_factory=deque)
    listeners: list[Listener] = field(default_factory=list)
    next: int = 0
    """The number of the event that comes next."""
    ended: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def oldest(self) -> int:
        """The first event that is kept."""
        return self.chunks[0].first if self.chunks else self.next

    @property
    def heard(self) -> int:
        """The event that not all who listen have; the next one, where nobody listens."""
        return min((listener.position for listener in self.listeners), default=self.next)

    def add(self, chunk: Chunk) -> None:
        """Events behind those that are there; the oldest are forgotten."""
        with self.changed:
            self.chunks.append(chunk)
            self.next = chunk.after
            while len(self.chunks) > 1 and self.chunks[0].after <= self.next - self.keep:
                self.chunks.popleft()
            self.changed.notify_all()

    def join(self, position: int) -> Listener:
        """Somebody who listens from an event on."""
        listener = Listener(position)
        with self.changed:
            self.listeners.append(listener)
            self.changed.notify_all()
        return listener

    def leave(self, listener: Listener) -> None:
        """It listens no more."""
        with self.changed:
            self.listeners.remove(listener)
            self.changed.notify_all()

    def took(self, listener: Listener, position: int) -> None:
        """It was given all events before this one."""
        with self.changed:
            listener.position, listener.heard_s = position, time.monotonic()
            self.changed.notify_all()

    def wait_for_news(self, listener: Listener) -> tuple[memoryview, int] | None:
        """The events that come next for a listener, some kilobytes of them, and which one is then next.

        None after a short while without any, for whoever asks to see whether it is still there.
        """
        with self.changed:
            if listener.position >= self.next and not self.ended:
                self.changed.wait(_TURN_S)
                listener.heard_s = time.monotonic()  # who has everything is not behind
            for chunk in self.chunks:
                if chunk.first <= listener.position < chunk.after:
                    start = listener.position - chunk.first
                    far = int(np.searchsorted(chunk.edges, chunk.edges[start] + _AT_ONCE, "right")) - 1
                    stop = max(start + 1, min(far, len(chunk.edges) - 1))
                    return chunk.octets[chunk.edges[start] : chunk.edges[stop]], chunk.first + stop
            return None
