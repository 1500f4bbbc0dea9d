"""A real source that goes on, mapped on to its contract: rows as they come, in the contract's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.addresses import Address, words
from sandbox.contract.checks import Checked
from sandbox.contract.conform import Conform, Conformed
from sandbox.contract.model import Contract
from sandbox.scenario.parts import Following, Unread
from sandbox.sources.reading import Reading, keep_digits, reading_of

if TYPE_CHECKING:
    from sandbox.scenario.language import Binding


@dataclass
class MappedFollowing:
    """A followed source, read as its contract wants it. Made by `sources.opening.open_following`.

    A message may lack a key that others have: a column that did not come is null, and the contract judges that.
    """

    raw: Following
    binding: Binding
    contract: Contract
    path: str
    seen: int = 0
    """Rows that came so far, which numbers those that bring no id along. Kept in checkpoints beside the position."""
    _readings: dict[pa.Schema, Reading] = field(default_factory=dict)
    _came: dict[str, None] = field(default_factory=dict)
    """The source's columns so far, in the order in which they came first."""

    def __post_init__(self) -> None:
        keep_digits(self.raw, self.binding, self.contract)

    def poll(self, wait_s: float) -> list[Conformed | Checked]:
        """The rows that came since, waiting so long for the first.

        Raises:
            InputError: an option of the binding does not fit what came.
            OutsideError: the source does not answer any more.
        """
        return [rows for found in self.raw.poll(wait_s) for rows in self._mapped(found)]

    def position(self) -> Mapping[str, str]:
        """Where the source stands after what was polled."""
        return self.raw.position()

    def lag(self) -> int | None:
        """Rows that wait at the source; None where it cannot tell."""
        return self.raw.lag()

    def ignored(self) -> tuple[str, ...]:
        """Columns that came so far and that neither the contract nor the binding uses."""
        used = {name for reading in self._readings.values() for name in reading.columns_used}
        return tuple(name for name in self._conform.ignored(self._schema_so_far) if name not in used)

    def lacking(self) -> tuple[str, ...]:
        """Columns that every version of the contract asks for, and that no row has had so far."""
        return self._conform.lacking(self._schema_so_far)

    def close(self) -> None:
        """Close the raw source."""
        self.raw.close()

    def reading(self, schema: pa.Schema) -> Reading:
        """How rows of a raw schema are read. Raises InputError: an option of the binding does not fit it."""
        if schema not in self._readings:
            self._readings[schema] = reading_of(schema, self.binding, self.contract, self.path)
        return self._readings[schema]

    def _mapped(self, found: pa.RecordBatch | Unread) -> Iterator[Conformed | Checked]:
        if isinstance(found, Unread):
            yield from self.reading(self._completed(self._nothing()).schema)([(found, self._ids(len(found.texts)))])
        else:
            self._came |= dict.fromkeys(found.schema.names)
            found = self._completed(found)
            yield from self.reading(found.schema)([(found, self._ids(found.num_rows))])

    @property
    def _conform(self) -> Conform:
        return Conform(self.contract, rename=self.binding.rename)

    @property
    def _schema_so_far(self) -> pa.Schema:
        return pa.schema([(name, pa.null()) for name in self._came])

    def _ids(self, rows: int) -> pa.Array:
        address = Address(("event", self.contract.dataset, "followed"))
        first, self.seen = self.seen, self.seen + rows
        return pa.array(words(address, first, self.seen))

    def _nothing(self) -> pa.RecordBatch:
        schema = self.raw.schema()
        return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)

    def _completed(self, found: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with a null column for each that the contract asks for and that did not come."""
        given = {self.binding.rename.get(name, name) for name in found.schema.names}
        named = {new: old for old, new in self.binding.rename.items()}
        for column in self.contract.columns:
            if column.name not in given and column.default is None:
                nulls = pa.nulls(found.num_rows, pa.string())
                found = found.append_column(named.get(column.name, column.name), nulls)
        return found
