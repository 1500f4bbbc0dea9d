"""Numbers for the values of a column, by which events are dealt to partitions: equal values, equal numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address, Words, words

_WEIGHTS = words(Address(("delivery", "keys")), 0, 1 << 12) | np.uint64(1)
_NULL = np.uint64(0)


def hashes_of(column: pa.Array) -> Words:
    """One number for each value, whatever the layout of the column; uint64, shape (n,), 0 for null.

    A text is the sum of its bytes, each times a weight of its place.
    """
    if pa.types.is_dictionary(column.type):
        entries: Words = np.append(hashes_of(column.dictionary), _NULL)
        places = pc.fill_null(column.indices.cast(pa.int64()), len(entries) - 1)
        return np.asarray(entries[places.to_numpy()], np.uint64)
    if pa.types.is_integer(column.type):
        wide = column.cast(pa.uint64() if pa.types.is_uint64(column.type) else pa.int64())
        return np.asarray(pc.fill_null(wide, 0)).view(np.uint64).astype(np.uint64, copy=False)
    return _of_texts(column if pa.types.is_binary(column.type) else column.cast(pa.string()).cast(pa.binary()))


def _of_texts(texts: pa.Array) -> Words:
    lengths = np.asarray(pc.fill_null(pc.binary_length(texts), 0), np.int64)
    found = lengths.astype(np.uint64)
    some = np.flatnonzero(lengths)
    if not len(some):
        return found
    kept = texts.take(pa.array(some))
    octets = np.frombuffer(kept.buffers()[2], np.uint8)[: int(lengths.sum())].astype(np.uint64) + np.uint64(1)
    begins = np.cumsum(lengths[some]) - lengths[some]
    places = np.arange(len(octets)) - np.repeat(begins, lengths[some])
    octets *= _WEIGHTS[places % len(_WEIGHTS)]
    found[some] += np.add.reduceat(octets, begins)
    return found
