"""Which rows are made, and how their words are addressed: by number in a table, by identity anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, hash_columns, words
from sandbox.scenario.parts import Drawing
from sandbox.world.draws.base import Distribution

Whole = NDArray[np.int64]


class RowSet(Protocol):
    """Some rows of a dataset. `start` and `stop` number them; `total` is -1 where a process decides."""

    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def identities(self) -> Whole:
        """What tells each row from all others of its dataset, whatever slice is asked for; int64, shape (n,)."""

    def __len__(self) -> int: ...
    def words(self, address: Address) -> Words:
        """One word a row."""

    def draw(self, address: Address, distribution: Drawing) -> NDArray[Any]:
        """One value a row."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """The rows [start, stop) of a plain table: their numbers are their identities, and drawing them is cheapest."""

    start: int
    stop: int
    total: int

    @property
    def identities(self) -> Whole:
        """The numbers."""
        return np.arange(self.start, self.stop, dtype=np.int64)

    def __len__(self) -> int:
        return self.stop - self.start

    def words(self, address: Address) -> Words:
        """One word a row, by block and number."""
        return words(address, self.start, self.stop)

    def draw(self, address: Address, distribution: Drawing) -> NDArray[Any]:
        """One value a row; the distribution may take fewer bits than a word."""
        return distribution.draw(address, self.start, self.stop)


@dataclass(frozen=True, slots=True)
class Extended:
    """Numbered rows, and after them rows that pins added: these are drawn by numbers of their own."""

    numbered: Numbered
    added: tuple[int, ...]
    """Numbers of the added rows."""
    start: int
    total: int

    @property
    def stop(self) -> int:
        """One past the last row's place."""
        return self.start + len(self)

    @property
    def identities(self) -> Whole:
        """The numbers."""
        return np.concatenate([self.numbered.identities, np.array(self.added, np.int64)])

    def __len__(self) -> int:
        return len(self.numbered) + len(self.added)

    def words(self, address: Address) -> Words:
        """One word a row, by block and number."""
        return np.concatenate([part.words(address) for part in self._parts])

    def draw(self, address: Address, distribution: Drawing) -> NDArray[Any]:
        """One value a row, of numbered ones as without the others: some distributions take fewer bits there."""
        if getattr(type(distribution), "draw", None) is Distribution.draw:
            return distribution.from_words(self.words(address))  # its parameters may differ from row to row
        return np.concatenate([part.draw(address, distribution) for part in self._parts])

    @property
    def _parts(self) -> list[Numbered]:
        return [self.numbered, *(Numbered(number, number + 1, self.total) for number in self.added)]


@dataclass(frozen=True, slots=True)
class Identified:
    """Rows that a parent, a version or a list brought about: each has a hash of what brought it for an identity."""

    identities: Whole
    start: int = 0
    total: int = -1

    @property
    def stop(self) -> int:
        """One past the last row's number."""
        return self.start + len(self.identities)

    def __len__(self) -> int:
        return len(self.identities)

    def words(self, address: Address) -> Words:
        """One word a row, by its identity."""
        return hash_columns(address, self.identities)

    def draw(self, address: Address, distribution: Drawing) -> NDArray[Any]:
        """One value a row."""
        return distribution.from_words(self.words(address))


def identities_of(address: Address, *columns: Whole) -> Whole:
    """Identities of rows that these integers tell apart, such as a parent's identity and a child's number."""
    return hash_columns(address, *columns).view(np.int64)
