"""Rows damaged on their way: their bytes as a faulty producer, or a line that broke off, would leave them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.scenario.outlets import FAULTS

UNKNOWN_SCHEMA = b"\x7f\xff\xff\xff"
"""The id of a schema that no registry has: the largest that there could be."""
_MARK_UTF16 = pa.scalar(b"\xff\xfe", pa.large_binary())
_NOTHING = pa.scalar(b"", pa.large_binary())
_TRUNCATED, _WRONG_ENCODING, _WRONG_SCHEMA_ID, _OVERSIZED = (
    FAULTS.index(fault) for fault in ("truncated", "wrong_encoding", "wrong_schema_id", "oversized")
)


def damaged(payloads: pa.Array, faults: NDArray[np.int8] | None, largest: int) -> pa.Array:
    """The bytes of each row, wrong where they are to be wrong.

    Half of a truncated one is missing. A wrong encoding is UTF-16 in the place of UTF-8. A wrong schema id stands in
    what begins with one, as Confluent's wire format does; JSON has none and stays as it is. An oversized one ends in
    blanks, which JSON does not mind, up to a byte more than is allowed.

    Args:
        payloads: strings or bytes without nulls, shape (n,).
        faults: indices into `FAULTS`, shape (n,); None: nothing is wrong.
        largest: bytes that the sink takes at most in one row.
    Returns:
        bytes, shape (n,).
    """
    if faults is None or not faults.any():
        return payloads.cast(pa.binary())
    octets = payloads.cast(pa.large_binary())
    for fault, damage in (
        (_TRUNCATED, _truncated),
        (_WRONG_ENCODING, _in_utf16),
        (_WRONG_SCHEMA_ID, _of_unknown_schema),
        (_OVERSIZED, lambda whole: _padded(whole, largest + 1)),
    ):
        wrong = pa.array(faults == fault)
        if wrong.true_count:
            octets = pc.replace_with_mask(octets, wrong, damage(octets.filter(wrong)))
    return octets


def _truncated(octets: pa.Array) -> pa.Array:
    data, edges = _laid_out(octets)
    lengths = np.diff(edges)
    kept = lengths // 2
    ends = np.cumsum(kept)
    places = np.arange(ends[-1], dtype=np.int64) + np.repeat(edges[:-1] - (ends - kept), kept)
    return _binary(data[places], np.concatenate([[0], ends]))


def _in_utf16(octets: pa.Array) -> pa.Array:
    data, edges = _laid_out(octets)
    wide = np.zeros(2 * len(data), np.uint8)
    wide[::2] = data
    return pc.binary_join_element_wise(_MARK_UTF16, _binary(wide, 2 * edges), _NOTHING)


def _of_unknown_schema(octets: pa.Array) -> pa.Array:
    framed = pc.and_(pc.starts_with(octets, b"\0"), pc.greater_equal(pc.binary_length(octets), 5))
    return pc.if_else(framed, pc.binary_replace_slice(octets, 1, 5, UNKNOWN_SCHEMA), octets)


def _padded(octets: pa.Array, length: int) -> pa.Array:
    missing = pc.max_element_wise(pc.subtract(length, pc.binary_length(octets).cast(pa.int64())), 0)
    blanks = pc.binary_repeat(pa.scalar(b" ", pa.large_binary()), missing)
    return pc.binary_join_element_wise(octets, blanks, _NOTHING)


def _laid_out(octets: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All bytes in a row, and where each value begins and ends, shape (n + 1,)."""
    _, offsets, data = octets.buffers()
    edges = np.frombuffer(offsets, np.int64)[octets.offset : octets.offset + len(octets) + 1]
    whole: NDArray[Any] = np.frombuffer(data or b"", np.uint8)
    return whole[edges[0] : edges[-1]], edges - edges[0]


def _binary(data: NDArray[np.uint8], edges: NDArray[np.int64]) -> pa.Array:
    buffers = [None, pa.py_buffer(np.ascontiguousarray(edges, np.int64)), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.large_binary(), len(edges) - 1, buffers)
