"""A real source mapped on to a contract: its shares, and the rows of each as the contract wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.addresses import Address, words
from sandbox.contract.checks import Checked
from sandbox.contract.conform import Conformed
from sandbox.contract.model import Contract
from sandbox.scenario.parts import RawSource, Share, Unread
from sandbox.sources.gathering import Numbered, gathered, joined
from sandbox.sources.reading import Reading, keep_digits, reading_of

if TYPE_CHECKING:
    from sandbox.scenario.language import Binding


@dataclass(frozen=True)
class MappedSource:
    """A raw source, read as its contract wants it."""

    raw: RawSource
    reading: Reading
    proven: frozenset[str] = field(default=frozenset(), init=False)

    @property
    def contract(self) -> Contract:
        """What the rows keep."""
        return self.reading.contract

    @property
    def arrival(self) -> str:
        """How `arrived_at` of a row is known, in words."""
        return self.reading.arrival

    def shares(self) -> Sequence[Share]:
        """Those of the raw source, small ones next to each other taken together."""
        return gathered(self.raw.shares())

    def batches(self, share: Share) -> Iterator[Conformed | Checked]:
        """The rows of a share; an event's id follows from the dataset, its file's name and its number in the file."""
        return self.reading(joined(self._numbered(share)))

    def ignored(self) -> tuple[str, ...]:
        """Columns that are there and that neither the contract nor the binding uses."""
        unasked = self.reading.conform.ignored(self.raw.schema())
        return tuple(name for name in unasked if name not in self.reading.columns_used)

    def delivery(self) -> Mapping[str, Any]:
        """Nothing: what happened to real rows before, nobody told."""
        return {}

    def close(self) -> None:
        """Close the raw source."""
        self.raw.close()

    def _numbered(self, share: Share) -> Iterator[Numbered]:
        """What the raw shares of a share hold, and the ids of its rows: of each what is torn is counted by itself."""
        for raw_share in self.raw.shares()[share.start : share.stop]:
            address = Address(("event", self.contract.dataset, raw_share.name))
            rows = torn = 0
            for found in self.raw.batches(raw_share):
                if isinstance(found, Unread):
                    first, torn = torn, torn + len(found.texts)
                    yield found, pa.array(words(address.of("unread"), first, torn))
                else:
                    first, rows = rows, rows + found.num_rows
                    yield found, pa.array(words(address.of("row"), first, rows))


def mapped(raw: RawSource, binding: Binding, contract: Contract, path: str) -> MappedSource:
    """Map a raw source by its binding, which stands at `path` of the scenario.

    Raises:
        InputError: a column is missing, or an option makes no sense with the source's columns; all at once.
    """
    keep_digits(raw, binding, contract)
    return MappedSource(raw, reading_of(raw.schema(), binding, contract, path))
