"""Rows of one side, of as many entities as there is room for.

Whether an entity is in the sample follows from its name alone, so all of its rows are in or out together, on both sides
and at every reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address, hash_columns
from sandbox.contract.envelope import ENVELOPE_TYPE, split_envelope
from sandbox.contract.model import Contract
from sandbox.gap.belonging import Whose
from sandbox.models.split import hash_entities

MOST_ROWS = 1_000_000
_WORDS = 2.0**64
_ALONE = Address(("gap", "row"))


@dataclass(frozen=True, eq=False)
class Side:
    """Rows of one side, and how many of all these are."""

    table: pa.Table
    entities: npt.NDArray[np.int32]
    """Which entity each row is of, numbered from 0; shape (rows,)."""
    known: npt.NDArray[np.bool_]
    """Whether it is told of a row whose it is; shape (rows,)."""
    rows: int
    """Rows that the side has in all."""
    arrived_us: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """When each row arrived, microseconds since 1970, 0 where nothing tells it; empty without envelopes."""
    event_id: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    """Which event each row is, twice the same if it was delivered twice; empty as above."""

    @property
    def is_whole(self) -> bool:
        """Whether all rows are looked at."""
        return bool(self.table.num_rows == self.rows)

    @property
    def sampled(self) -> float:
        """The share of its rows that are looked at."""
        return self.table.num_rows / self.rows if self.rows else 1.0


def side_of(batches: Iterator[pa.RecordBatch], contract: Contract, whose: Whose, most_rows: int) -> Side:
    """Rows of a source, whole entities, as many as there is room for.

    Args:
        batches: in the contract's columns and types, with or without the envelope.
        contract: of the dataset.
        whose: the columns whose equal values make rows belong together.
        most_rows: beyond it entities are left out; where one entity alone has more rows, rows are.
    """
    kept: list[_Part] = []
    rows = held = 0
    limit = _WORDS
    for batch in batches:
        data, told = split_envelope(batch)
        numbers = np.arange(rows, rows + batch.num_rows)
        part = _Part(data, told, _hashes(data, whose, numbers), numbers).thinned(limit)
        rows += batch.num_rows
        kept.append(part)
        held += len(part.entity)
        while held > most_rows:
            limit /= 2
            thinned = [part.thinned(limit) for part in kept]
            if not any(len(part.entity) for part in thinned):  # one entity with more rows than there is room for
                kept = [replace(part, entity=hash_columns(_ALONE, part.row)) for part in kept]
                thinned = [part.thinned(limit) for part in kept]
            kept = thinned
            held = sum(len(part.entity) for part in kept)
    return _joined(kept, contract, whose.entity, rows)


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows of one batch, each with a word for whose it is and its number."""

    data: pa.RecordBatch
    told: pa.StructArray | None
    entity: npt.NDArray[np.uint64]
    row: npt.NDArray[np.int64]

    def thinned(self, limit: float) -> _Part:
        """The rows of entities whose word is below a limit."""
        if limit >= _WORDS:
            return self
        inside = self.entity < np.uint64(limit)
        mask = pa.array(inside)
        told = None if self.told is None else self.told.filter(mask)
        return _Part(self.data.filter(mask), told, self.entity[inside], self.row[inside])


def _joined(kept: Sequence[_Part], contract: Contract, entity: str | None, rows: int) -> Side:
    table = pa.Table.from_batches([part.data for part in kept], contract.schema)
    words = np.concatenate([part.entity for part in kept]) if kept else np.zeros(0, np.uint64)
    numbers = np.asarray(pa.array(words).dictionary_encode().indices, np.int32)
    known = np.ones(len(words), np.bool_)
    if entity is not None:
        known = np.asarray(pc.is_valid(table[entity]).combine_chunks())
    told = [part.told for part in kept if part.told is not None]
    arrived = _envelopes(told, "arrived_at").cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return Side(table, numbers, known, rows, np.asarray(arrived), np.asarray(_envelopes(told, "event_id")))


def _envelopes(told: Sequence[pa.StructArray], field: str) -> pa.Array:
    """A field of all envelopes, one after the other."""
    return pa.concat_arrays([each.field(field) for each in told] or [pa.array([], ENVELOPE_TYPE.field(field).type)])


def _hashes(batch: pa.RecordBatch, whose: Whose, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """A word for the entity of each row; one of nobody known goes by its occasion, and without that is alone."""
    words = hash_columns(_ALONE, numbers)
    for name, column in (("occasion", whose.occasion), ("entity", whose.entity)):
        if column is not None and batch.column(column).null_count < batch.num_rows:
            values = batch.column(column)
            plain = values.dictionary_decode() if kinds.is_dictionary(values.type) else values
            coded = plain.dictionary_encode()
            known = np.flatnonzero(np.asarray(plain.is_valid()))
            of = np.asarray(coded.indices.fill_null(0), np.int64)[known]
            words[known] = hash_entities(Address(("gap", name)), coded.dictionary)[of]
    return words
