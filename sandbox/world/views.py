"""What every kind of dataset gives: views of consecutive rows, which become the batches that leave the world."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import BLOCK_ROWS
from sandbox.contract.envelope import ENVELOPE_FIELD, envelope
from sandbox.contract.zones import to_utc
from sandbox.scenario.clock import utc_us
from sandbox.world.finish import plain
from sandbox.world.recipe import INSTANT, Recipe
from sandbox.world.rowsets import Whole


class View(Protocol):
    """Some consecutive rows of a dataset."""

    def __len__(self) -> int: ...
    @property
    def nbytes(self) -> int:
        """Memory that is held so far."""

    @property
    def start(self) -> int:
        """Number of the first row; of a history's, counted from its first entity."""

    @property
    def identities(self) -> Whole:
        """What tells the rows from all others of the dataset; int64, shape (n,)."""

    def make(self, names: Collection[str]) -> None:
        """Make columns, with as few queries as can be."""

    def column(self, name: str) -> pa.Array:
        """A column, hidden ones too; shape (n,)."""


class Maker(Protocol):
    """Makes a dataset's rows; one class for each way in which rows come about."""

    @property
    def units(self) -> int:
        """How many units there are to be made: rows, or a history's entities."""

    @property
    def rows(self) -> int:
        """How many rows come of them."""

    def rows_of(self, start: int, stop: int) -> int:
        """Rows in a range of units; -1 where that is not known without making them."""

    def block(self, number: int) -> View:
        """The rows of units [number * 65,536, …)."""

    def slices(self, start: int, stop: int) -> Iterator[Slice]:
        """The rows of a range of units, piece by piece."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows [first, last) of a view."""

    view: View
    first: int
    last: int

    def pieces(self) -> Iterator[Slice]:
        """The same rows, at most a block at a time."""
        for first in range(self.first, self.last, BLOCK_ROWS):
            yield Slice(self.view, first, min(first + BLOCK_ROWS, self.last))


def batch_of(recipe: Recipe, piece: Slice, columns: Sequence[str], schema: pa.Schema | None) -> pa.RecordBatch:
    """A slice as a record batch: the columns, then the envelope; of that schema, if one is given."""
    view, first, rows = piece.view, piece.first, piece.last - piece.first
    view.make([*columns, *_timing(recipe)])
    arrays = [view.column(name).slice(first, rows) for name in columns]
    if schema is not None:
        arrays = [_as(array, field.type) for array, field in zip(arrays, schema, strict=False)]
    identities = np.ascontiguousarray(view.identities[first : first + rows]).view(np.uint64)
    arrived = _arrived(recipe, view)
    if not isinstance(arrived, int):
        arrived = arrived.slice(first, rows)
    enveloped = envelope(identities, arrived, offset=view.start + first)
    if schema is None:
        fields = [_field(recipe, name, array) for name, array in zip(columns, arrays, strict=True)]
        schema = pa.schema([*fields, ENVELOPE_FIELD])
    return pa.RecordBatch.from_arrays([*arrays, enveloped], schema=schema)


def moments(values: pa.Array, recipe: Recipe) -> Whole:
    """Dates and times as microseconds UTC; local ones in the scenario's zone, null as the clock's start."""
    instants: Whole = _instants(values, recipe).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return instants


def _timing(recipe: Recipe) -> list[str]:
    contract = recipe.plan.contract
    return [name for name in (contract.time or contract.valid_from,) if name is not None]


def _arrived(recipe: Recipe, view: View) -> pa.Array | int:
    timing = _timing(recipe)
    return _instants(view.column(timing[0]), recipe) if timing else recipe.clock.start_us


def _instants(values: pa.Array, recipe: Recipe) -> pa.Array:
    if values.type != INSTANT:
        is_local = not pa.types.is_timestamp(values.type) or values.type.tz is None
        values = plain(values).cast(pa.timestamp("us", None if is_local else "UTC"), safe=False)
        if is_local:
            start = utc_us(recipe.clock.calendar.start, "UTC")
            local = pc.fill_null(values.cast(pa.int64()), start).to_numpy(zero_copy_only=False)
            values = pa.array(to_utc(local, recipe.clock.zone)).cast(INSTANT)
    return pc.fill_null(values, pa.scalar(recipe.clock.start_us, INSTANT)) if values.null_count else values


def _as(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    """One type for all batches of a call: a text that happened to come without its dictionary gets one, or loses it."""
    if array.type == wanted:
        return array
    if not pa.types.is_dictionary(wanted):
        return plain(array).cast(wanted)
    encoded = plain(array).dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.cast(wanted.index_type), encoded.dictionary)


def _field(recipe: Recipe, name: str, array: pa.Array) -> pa.Field:
    contract = recipe.plan.contract
    field = contract.column(name).field if name in contract.names else pa.field(name, array.type)
    return field.with_type(array.type)
