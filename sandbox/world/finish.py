"""From what a generator yields to a finished column: decimals, the contract's type, nulls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.errors import InputError
from sandbox.scenario.plan import ColumnPlan

Mask = NDArray[np.bool_]


def finished(values: pa.Array, column: ColumnPlan, listed: tuple[Any, ...] | None = None) -> pa.Array:
    """Round and cast what a generator yields.

    Args:
        values: as made, shape (n,).
        column: says decimals and type. A text column may stay dictionary-encoded, as pools and choices are.
        listed: what an enum may be, in the contract's order.
    Raises:
        InputError: a value does not go into the type.
    """
    if column.decimals is not None and (pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)):
        values = _rounded(values, column.decimals)
    made, wanted = values.type, column.type
    if made == wanted or (pa.types.is_dictionary(made) and made.value_type == wanted):
        return values
    if pa.types.is_dictionary(wanted):
        return _encoded(values, wanted, listed)
    if pa.types.is_dictionary(made):
        return finished(values.dictionary_decode(), column, listed)
    if pa.types.is_integer(wanted) and pa.types.is_floating(made):
        values = pc.round(values, round_mode="half_to_even")
    try:
        if pa.types.is_integer(made) and pa.types.is_decimal(wanted):  # Arrow wants room for every int64 first
            values = values.cast(pa.decimal128(38, wanted.scale))
        is_time = pa.types.is_temporal(made) and pa.types.is_temporal(wanted)
        return values.cast(wanted, safe=not is_time)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(f"a value does not go into the type {wanted}; widen `type`, or bound the values.") from None


def with_nulls(values: pa.Array, missing: Mask) -> pa.Array:
    """The values with null where `missing` is true, beside the nulls that are there."""
    if pa.types.is_dictionary(values.type):
        return pa.DictionaryArray.from_arrays(with_nulls(values.indices, missing), values.dictionary)
    return pc.if_else(pa.array(missing), pa.scalar(None, values.type), values)


def plain(values: pa.Array) -> pa.Array:
    """The values without a dictionary."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def one_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Chunks as one array; dictionaries that differ are brought together."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.chunk(0) if values.num_chunks == 1 else joined(values.chunks, values.type)


def joined(pieces: list[pa.Array], made: pa.DataType) -> pa.Array:
    """Arrays one after the other; `made` is the type where there are none."""
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        return pa.array([], made)
    dictionaries = sum(pa.types.is_dictionary(piece.type) for piece in pieces)
    if 0 < dictionaries < len(pieces) or len({piece.type for piece in pieces}) > 1:
        pieces = [plain(piece) for piece in pieces]
    return pa.concat_arrays(pieces)


def _rounded(values: pa.Array, decimals: int) -> pa.Array:
    if pa.types.is_decimal(values.type):
        return pc.round(values, decimals)
    numbers = np.round(values.to_numpy(zero_copy_only=False), decimals)
    return pa.array(numbers, values.type, mask=_nulls(values))


def _nulls(values: pa.Array) -> Mask | None:
    return np.asarray(values.is_null()) if values.null_count else None


def _encoded(values: pa.Array, wanted: pa.DictionaryType, listed: tuple[Any, ...] | None) -> pa.Array:
    """Text as an enum; what is not listed comes after what is, for the check to find."""
    texts = plain(values).cast(wanted.value_type)
    words = pa.array(listed or (), wanted.value_type)
    codes = pc.index_in(texts, words)
    if codes.null_count > texts.null_count:
        strangers = pc.unique(texts.filter(pc.and_(codes.is_null(), texts.is_valid())))
        words = pa.concat_arrays([words, strangers])
        codes = pc.index_in(texts, words)
    if len(words) <= 2 ** (wanted.index_type.bit_width - 1):
        codes = codes.cast(wanted.index_type)
    return pa.DictionaryArray.from_arrays(codes, words)
