"""What leaves the world: batches in the contract's types with the envelope, and what the feed does to their values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sandbox.addresses import hash_columns
from sandbox.contract.envelope import ENVELOPE_FIELD, envelope
from sandbox.contract.versions import Numbers, versions_at
from sandbox.world.columns.base import floats
from sandbox.world.draws import uniforms_of_words
from sandbox.world.finish import plain, with_nulls
from sandbox.world.recipe import CHANGE, Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.views import Slice, View, instants


def batch_of(recipe: Recipe, piece: Slice, columns: Sequence[str], schema: pa.Schema | None) -> pa.RecordBatch:
    """A slice as a record batch: the columns, then the envelope; of that schema, if one is given."""
    view, first, rows = piece.view, piece.first, piece.last - piece.first
    view.make([*columns, *_timing(recipe)])
    arrived = _arrived(recipe, view)
    if not isinstance(arrived, int):
        arrived = arrived.slice(first, rows)
    identities = np.ascontiguousarray(view.identities[first : first + rows])
    contract = recipe.plan.contract
    versions = versions_at(contract, arrived) if isinstance(arrived, pa.Array) and contract.versions else None
    arrays = [_sent(recipe, piece, name, identities, versions) for name in columns]
    if schema is not None:
        arrays = [_as(array, field.type) for array, field in zip(arrays, schema, strict=False)]
    enveloped = envelope(
        identities.view(np.uint64),
        arrived,
        offset=view.start + first,
        contract_version=contract.version if versions is None else versions,
    )
    if schema is None:
        fields = [_field(recipe, name, array) for name, array in zip(columns, arrays, strict=True)]
        schema = pa.schema([*fields, ENVELOPE_FIELD])
    return pa.RecordBatch.from_arrays([*arrays, enveloped], schema=schema)


def _sent(recipe: Recipe, piece: Slice, name: str, identities: Whole, versions: Numbers | None) -> pa.Array:
    """A column as it is sent: not before the contract knows it, and some values lost through a fault.

    The world itself is as it was: what was made from a value that is lost keeps it.
    """
    view, first, rows = piece.view, piece.first, piece.last - piece.first
    values = view.column(name).slice(first, rows)
    for change, share in recipe.faults.get(name, ()):
        strengths = floats(view.column(f"{CHANGE}{change}").slice(first, rows))
        if strengths.any():
            address = recipe.column_address(name).of("fault", change)
            values = with_nulls(values, uniforms_of_words(hash_columns(address, identities)) < share * strengths)
    if versions is not None and name in recipe.plan.contract.names:
        early = versions < recipe.plan.contract.column(name).since
        values = with_nulls(values, early) if early.any() else values
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
