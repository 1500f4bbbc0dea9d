"""What leaves the world: batches in the contract's types with the envelope, and what the feed does to their values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sandbox.addresses import hash_columns
from sandbox.contract.envelope import ENVELOPE_FIELD, envelope
from sandbox.world.columns.base import floats
from sandbox.world.draws import uniforms_of_words
from sandbox.world.finish import plain, with_nulls
from sandbox.world.recipe import CHANGE, Recipe
from sandbox.world.views import Slice, View, instants


def batch_of(recipe: Recipe, piece: Slice, columns: Sequence[str], schema: pa.Schema | None) -> pa.RecordBatch:
    """A slice as a record batch: the columns, then the envelope; of that schema, if one is given."""
    view, first, rows = piece.view, piece.first, piece.last - piece.first
    view.make([*columns, *_timing(recipe)])
    arrays = [_sent(recipe, view, name, first, piece.last) for name in columns]
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


def _sent(recipe: Recipe, view: View, name: str, first: int, last: int) -> pa.Array:
    """Rows [first, last) of a column, some perhaps null through a fault; the world itself is as it was."""
    values = view.column(name).slice(first, last - first)
    for change, share in recipe.faults.get(name, ()):
        strengths = floats(view.column(f"{CHANGE}{change}").slice(first, last - first))
        if not strengths.any():
            continue
        address = recipe.column_address(name).of("fault", change)
        levels = uniforms_of_words(hash_columns(address, np.ascontiguousarray(view.identities[first:last])))
        values = with_nulls(values, levels < share * strengths)
    return values


def _timing(recipe: Recipe) -> list[str]:
    contract = recipe.plan.contract
    return [name for name in (contract.time or contract.valid_from,) if name is not None]


def _arrived(recipe: Recipe, view: View) -> pa.Array | int:
    timing = _timing(recipe)
    return instants(view.column(timing[0]), recipe) if timing else recipe.clock.start_us


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
