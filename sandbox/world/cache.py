"""What was made and may be asked for again: the least recently used goes first, by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Protocol, TypeVar


class Sized(Protocol):
    """Something that knows how much memory it holds; it may grow while it is kept."""

    @property
    def nbytes(self) -> int: ...


Kept = TypeVar("Kept", bound=Sized)


@dataclass
class Cache:
    """Keeps at most about `most_bytes`; what is larger alone is handed on and not kept beside others."""

    most_bytes: int
    _kept: OrderedDict[Hashable, Sized] = field(default_factory=OrderedDict)
    _lock: Any = field(default_factory=RLock)

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept under the key, or else what `make` makes; two threads may make it twice, alike."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found  # type: ignore[return-value]
        made = make()
        with self._lock:
            self._kept[key] = made
            self._shrink()
        return made

    @property
    def nbytes(self) -> int:
        """What all that is kept holds now."""
        return sum(kept.nbytes for kept in self._kept.values())

    def _shrink(self) -> None:
        held = self.nbytes
        while held > self.most_bytes and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            held -= dropped.nbytes
