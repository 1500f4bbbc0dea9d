"""Rows that remember which of their words were asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from sandbox.addresses import Address, Words
from sandbox.scenario.parts import Drawing
from sandbox.world.rowsets import RowSet, Whole


@dataclass(frozen=True, eq=False)
class ListeningRows:
    """Other rows, and what was asked of them; words of nested rows are made of `identities`."""

    rows: RowSet
    heard: list[str] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Number of the first row."""
        return self.rows.start

    @property
    def stop(self) -> int:
        """One past the number of the last."""
        return self.rows.stop

    @property
    def total(self) -> int:
        """Rows of the whole dataset."""
        return self.rows.total

    @property
    def identities(self) -> Whole:
        """What tells the rows apart."""
        self.heard.append("identities")
        return self.rows.identities

    def __len__(self) -> int:
        return len(self.rows)

    def words(self, address: Address) -> Words:
        """One word a row."""
        self.heard.append("words")
        return self.rows.words(address)

    def draw(self, address: Address, distribution: Drawing) -> NDArray[Any]:
        """One value a row."""
        self.heard.append("draw")
        return self.rows.draw(address, distribution)
