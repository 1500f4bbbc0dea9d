"""Random identifiers as text."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, words

_LENGTH = 36
# The five groups of digits as integers: type, first of the 32 digits, place in the text.
_GROUPS = (("u8", 0, 0), ("u4", 8, 9), ("u4", 12, 14), ("u4", 16, 19), ("u8", 20, 24), ("u4", 28, 32))


def uuids(address: Address, start: int, stop: int) -> pa.StringArray:
    """Version 4 UUIDs of rows [start, stop) as lower-case text, 122 random bits each; about 25 ns a row.

    Source: RFC 9562, 5.4.
    """
    return uuids_of_words(*(words(address.of("half", half), start, stop) for half in range(2)))


def uuids_of_words(first: Words, second: Words) -> pa.StringArray:
    """As `uuids`, from two words a row; uint64, shape (n,) each."""
    count = len(first)
    if not count:
        return pa.nulls(0, pa.string())
    halves = np.empty((count, 2), "<u8")
    halves[:, 0], halves[:, 1] = first, second
    octets = halves.view(np.uint8)
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    digits = _hex_of_two_octets().take(halves.view("<u2")).view(np.uint8).reshape(-1)
    text = np.full(count * _LENGTH, ord("-"), np.uint8)
    for kind, place, target in _GROUPS:
        # One integer per row moves a whole group; moving digit by digit takes three times as long.
        source: NDArray[np.unsignedinteger] = np.ndarray(count, kind, digits, place, (32,))
        np.ndarray(count, kind, text, target, (_LENGTH,))[:] = source
    offsets = np.arange(0, (count + 1) * _LENGTH, _LENGTH, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))


@cache
def _hex_of_two_octets() -> NDArray[np.uint32]:
    """Four hexadecimal digits, as one integer's bytes, for each pair of octets."""
    return np.frombuffer(b"".join(b"%02x%02x" % (pair & 255, pair >> 8) for pair in range(1 << 16)), np.uint32)
