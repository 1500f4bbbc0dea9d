"""What was made and may be asked for again: the least recently used goes first, by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import islice
from threading import RLock
from typing import Any, Protocol, TypeVar

import pyarrow as pa

# What is kept grows while it is in use; so many of those that were used last are weighed anew each time.
_IN_USE = 8


class Sized(Protocol):
    """Something that knows how much memory it holds; it may grow while it is kept."""

    @property
    def nbytes(self) -> int: ...


Kept = TypeVar("Kept", bound=Sized)


@dataclass
class Cache:
    """Keeps at most about `most_bytes`: what is in use may have grown beyond it, and the last one stays in any case."""

    most_bytes: int
    _kept: OrderedDict[Hashable, Sized] = field(default_factory=OrderedDict)
    _weights: dict[Hashable, int] = field(default_factory=dict)
    _making: dict[Hashable, Any] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept under the key, or else what `make` makes: of several threads one makes it, the others wait."""
        with self._lock:
            turn = self._making.setdefault(key, RLock())
        with turn:
            with self._lock:
                found = self._kept.get(key)
            made = make() if found is None else found
            self._keep(key, made)
        return made  # type: ignore[return-value]

    def _keep(self, key: Hashable, made: Sized) -> None:
        with self._lock:
            self._making.pop(key, None)
            self._kept[key] = made
            self._kept.move_to_end(key)
            for used in islice(reversed(self._kept), _IN_USE):
                self._weights[used] = self._kept[used].nbytes
            self._shrink()

    @property
    def nbytes(self) -> int:
        """What all that is kept weighed when it was last used."""
        return sum(self._weights.values())

    def _shrink(self) -> None:
        weight = self.nbytes
        while weight > self.most_bytes and len(self._kept) > 1:
            dropped, _ = self._kept.popitem(last=False)
            weight -= self._weights.pop(dropped)


def identity_of(array: pa.Array) -> tuple[int, ...]:
    """What tells an array from every other one that is alive: where its buffers lie, and which part of them it is."""
    addresses = [buffer.address if buffer is not None else 0 for buffer in array.buffers()]
    return (array.offset, len(array), *addresses)
