"""A history as it stood at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.contract.envelope import ENVELOPE_FIELD, envelope
from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.world.finish import plain
from sandbox.world.history import Versions
from sandbox.world.rowsets import Whole
from sandbox.world.world import World


def as_of(world: World, dataset: str, moment_us: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """A history as it stood at a moment: of each entity that was there the version in force, hidden columns too.

    Args:
        moment_us: microseconds UTC; a version that begins then is in force.
        columns: which; all that the world has by default.
    """
    recipe = world.recipe(dataset)
    names = list(recipe.types if columns is None else columns)
    for versions, rows in in_force(world, dataset, moment_us):
        versions.make(names)
        arrays = [versions.column(name).take(pa.array(rows)) for name in names]
        yield pa.RecordBatch.from_arrays(arrays, names=names)


def snapshot(world: World, contract: Contract, moment_us: int, start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """The table of a history's entities [start, stop) as of a moment, in its contract's columns, with the envelope.

    Args:
        contract: of the table, as `forms.contract_of` gives it.
        moment_us: microseconds UTC; all rows are read then.
    """
    schema = contract.schema
    for piece in world.slices(contract.dataset, start, stop):
        versions = piece.view
        assert isinstance(versions, Versions)
        versions.make(contract.names)
        there = (versions.since <= moment_us) & (versions.until > moment_us)
        rows = np.flatnonzero(there[piece.first : piece.last]) + piece.first
        arrays = [versions.column(field.name).take(pa.array(rows)) for field in schema]
        arrays = [a if a.type == f.type else plain(a).cast(f.type) for a, f in zip(arrays, schema, strict=True)]
        ids = versions.identities[rows].view(np.uint64)
        arrays.append(envelope(ids, moment_us, operation="read", offset=piece.view.start + piece.first))
        whole = pa.RecordBatch.from_arrays(arrays, schema=schema.append(ENVELOPE_FIELD))
        yield from (whole.slice(first, BLOCK_ROWS) for first in range(0, len(whole), BLOCK_ROWS))


def in_force(world: World, dataset: str, moment_us: int) -> Iterator[tuple[Versions, Whole]]:
    """Which rows of each block of versions are in force at a moment.

    Raises:
        InputError: the dataset is no history.
    """
    for number in range(-(-world.units(dataset) // BLOCK_ROWS) or 1):
        versions = world.block(dataset, number)
        if not isinstance(versions, Versions):
            raise InputError(f"'{dataset}' is no history; only a history's entities leave or change.")
        yield versions, np.flatnonzero((versions.since <= moment_us) & (versions.until > moment_us))
