"""A column of a source read as a type: any Arrow array in, the type's array and what could not be read out.

Every reading is decided by the row alone, never by its neighbours in the batch: kernels that fail as a whole
are only a fast path, taken where they and the careful path agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reading:
    """`values` is null where `unreadable` is True; None where every row could be read. Both of shape (n,)."""

    values: pa.Array
    unreadable: Mask | None = None


def reading(values: pa.Array, unreadable: Mask) -> Reading:
    """A reading whose unreadable rows are made null."""
    if not unreadable.any():
        return Reading(values)
    return Reading(pc.if_else(pa.array(~unreadable), values, pa.scalar(None, values.type)), unreadable)


def unread(array: pa.Array, arrow: pa.DataType) -> Reading:
    """A reading in which nothing that is there could be read."""
    return Reading(pa.nulls(len(array), arrow), present(array))


def present(array: pa.Array) -> Mask:
    """Where a value is there; shape (n,)."""
    return true_where(array.is_valid())


def true_where(mask: pa.Array) -> Mask:
    """An Arrow mask as NumPy's, null as False; shape (n,)."""
    filled: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return filled


def lost(given: pa.Array, values: pa.Array) -> Mask:
    """Where a value was given and none came out; shape (n,)."""
    return present(given) & ~present(values)
