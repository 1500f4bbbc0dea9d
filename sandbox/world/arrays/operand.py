"""Columns as NumPy arrays: values, where they are null, and of texts the entries that codes stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.errors import InputError
from sandbox.world.cache import Cache, identity_of

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """One value a row, or one for all rows.

    `values` has shape (rows,) or (): bool, int64, float32 or float64; int32 codes into `entries` where they are texts;
    int64 microseconds UTC where they are times, int64 days where they are dates. A decimal is int64 of its last
    digit, `scale` digits of which stand behind the point. What stands in `values` at a null means nothing.
    """

    values: NDArray[Any]
    nulls: Mask | None = None
    """True where null; None where nothing is."""
    entries: pa.Array | None = None
    scale: int = 0
    doubts: Mask | None = None
    """Where arrays cannot tell what SQL gives (an overflow, say); none is left in what an expression evaluates to."""

    def floats(self, rows: int) -> NDArray[np.float64]:
        """Numbers as float64, shape (rows,); NaN where null."""
        values = self.values.astype(np.float64)
        if self.scale:
            values = values / 10.0**self.scale
        if self.nulls is not None:
            values = np.where(self.nulls, np.nan, values)
        return np.broadcast_to(values, (rows,))

    def part(self, start: int, stop: int) -> Operand:
        """Rows [start, stop)."""
        return self.mapped(lambda array: array[start:stop] if array.ndim else array)

    def take(self, places: NDArray[Any]) -> Operand:
        """The rows at these places."""
        return self.mapped(lambda array: array.take(places) if array.ndim else array)

    def mapped(self, change: Any) -> Operand:
        """The same with each array changed."""
        nulls = None if self.nulls is None else change(np.asarray(self.nulls))
        doubts = None if self.doubts is None else change(np.asarray(self.doubts))
        return replace(self, values=change(np.asarray(self.values)), nulls=nulls, doubts=doubts)


def operand_of(array: pa.Array | pa.ChunkedArray) -> Operand:
    """An Arrow array as an operand; no copy where its values lie as they are needed.

    Raises:
        InputError: a decimal or a whole number does not fit 64 bits, or these are no numbers, texts, dates or times.
    """
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    made = array.type
    nulls = np.asarray(array.is_null()) if array.null_count else None
    if pa.types.is_dictionary(made) or _is_text(made):
        return _texts(array, nulls)
    if pa.types.is_null(made):
        return Operand(np.zeros(len(array), np.int64), np.ones(len(array), np.bool_))
    if pa.types.is_decimal(made):
        return Operand(_last_digits(array, nulls), nulls, scale=made.scale)
    for test, wanted in (
        (pa.types.is_timestamp, pa.int64()),
        (pa.types.is_date, pa.int32()),
        (pa.types.is_time, pa.int64()),
    ):
        if test(made):
            array = array.cast(_plain_time(made), safe=False).view(wanted)
    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type) or pa.types.is_boolean(array.type)):
        raise InputError(f"values of type {made} have no array form; use numbers, texts, dates or times.")
    try:
        array = array.cast(pa.int64()) if pa.types.is_integer(array.type) else array
    except pa.ArrowInvalid:
        raise InputError("a whole number is above 9.2e18; make it a double.") from None
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    filled = array.fill_null(False if pa.types.is_boolean(array.type) else 0) if nulls is not None else array
    return Operand(filled.to_numpy(zero_copy_only=False), nulls)


def arrow_of(operand: Operand, made: pa.DataType, rows: int) -> pa.Array:
    """An operand as an Arrow array of a type that it came from or that its expression has, shape (rows,)."""
    values = np.broadcast_to(operand.values, (rows,))
    nulls = None if operand.nulls is None else np.broadcast_to(operand.nulls, (rows,))
    if operand.entries is not None:
        codes = pa.array(values.astype(np.int32, copy=False), mask=nulls)
        return pa.DictionaryArray.from_arrays(codes, operand.entries)
    if pa.types.is_decimal(made):
        halves = np.empty((rows, 2), np.int64)
        halves[:, 0], halves[:, 1] = values, values >> 63
        validity = None if nulls is None else pa.array(~nulls).buffers()[1]
        return pa.Array.from_buffers(pa.decimal128(38, operand.scale), rows, [validity, pa.py_buffer(halves)]).cast(
            made
        )
    if pa.types.is_temporal(made):
        plain = _plain_time(made)
        whole = pa.array(values, pa.int32() if pa.types.is_date(made) else pa.int64(), mask=nulls)
        return whole.view(plain).cast(made, safe=False)
    return pa.array(values, mask=nulls).cast(made)


def joined(pieces: Sequence[Operand]) -> Operand:
    """Operands one after the other, of shape (rows of that piece,) each."""
    if len(pieces) == 1:
        return pieces[0]
    entries = pieces[0].entries
    if any(piece.entries is not entries for piece in pieces):
        pieces, entries = merged(pieces)
    nulls, doubts = (_joined_masks(pieces, name) for name in ("nulls", "doubts"))
    values = np.concatenate([piece.values for piece in pieces])
    return Operand(values, nulls, entries, pieces[0].scale, doubts)


def merged(pieces: Sequence[Operand]) -> tuple[list[Operand], pa.Array]:
    """Texts whose codes all stand for entries of one array; what has no entries is null."""
    entries = [piece.entries for piece in pieces if piece.entries is not None]
    key = tuple(map(identity_of, entries))
    # The same array each time, so that what was found out about its entries is found again.
    whole = _merged.get(key, lambda: _Merged(entries, pa.concat_arrays(entries))).whole
    moved, before = [], 0
    for piece in pieces:
        codes = np.zeros_like(piece.values) if piece.entries is None else piece.values + before
        moved.append(replace(piece, values=codes.astype(np.int32), entries=whole))
        before += len(piece.entries) if piece.entries is not None else 0
    return moved, whole


class _Merged:
    """Arrays of entries as one; holds them, since where they lie is the key to it."""

    def __init__(self, entries: list[pa.Array], whole: pa.Array) -> None:
        self.entries = entries
        self.whole = whole
        self.nbytes = int(whole.nbytes + sum(part.nbytes for part in entries))


_merged = Cache(4 << 20)


def _joined_masks(pieces: Sequence[Operand], name: str) -> Mask | None:
    masks = [getattr(piece, name) for piece in pieces]
    if all(mask is None for mask in masks):
        return None
    pairs = zip(masks, pieces, strict=True)
    return np.concatenate([np.zeros(piece.values.shape, np.bool_) if mask is None else mask for mask, piece in pairs])


def _texts(array: pa.Array, nulls: Mask | None) -> Operand:
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    if not _is_text(array.type.value_type):
        return operand_of(array.dictionary_decode())
    codes = array.indices.fill_null(0) if nulls is not None else array.indices
    entries = array.dictionary
    if entries.null_count:
        null_entries = np.asarray(entries.is_null()).take(codes.to_numpy(zero_copy_only=False))
        nulls = null_entries if nulls is None else nulls | null_entries
    return Operand(codes.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), nulls, entries)


def _is_text(made: pa.DataType) -> bool:
    return bool(pa.types.is_string(made) or pa.types.is_large_string(made) or pa.types.is_string_view(made))


def _plain_time(made: pa.DataType) -> pa.DataType:
    """The type of the same kind whose values are what an operand holds."""
    if pa.types.is_timestamp(made):
        return pa.timestamp("us", made.tz)
    return pa.date32() if pa.types.is_date(made) else pa.time64("us")


def _last_digits(array: pa.Array, nulls: Mask | None) -> NDArray[np.int64]:
    """Decimals as int64 of their last digit."""
    wide = array.cast(pa.decimal128(array.type.precision, array.type.scale))
    halves = np.frombuffer(wide.buffers()[1], np.int64)[2 * wide.offset : 2 * (wide.offset + len(wide))].reshape(-1, 2)
    low, high = halves[:, 0], halves[:, 1]
    if nulls is not None:
        low, high = np.where(nulls, 0, low), np.where(nulls, 0, high)
    if (high != low >> 63).any():
        raise InputError("a decimal has more than 18 digits; make it a double.")
    return np.ascontiguousarray(low)
