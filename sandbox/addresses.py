"""Where every random number lives: an address is a chain of names, and its words follow from nothing else.

A table's value is addressed by (engine, seed, dataset, column, purpose, block of 65,536 rows, row in block), an
event's by (engine, seed, stream, purpose, customer, visit, step). Names are hashed by BLAKE2b with their lengths
and kinds, so that no two chains of names run together; positions are hashed by a vectorised counter-based hash.
Workers, chunks and spans therefore never change a value, and a new column changes no other.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

ENGINE: Final = 1
BLOCK_ROWS: Final = 65_536

Words = NDArray[np.uint64]
"""Random words: independent and uniform over 0 .. 2^64 - 1."""

_GAMMA: Final = 0x9E3779B97F4A7C15
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_AT_ONCE: Final = 1 << 14
"""Words that are hashed together: few enough to stay in the cache, which halves the time."""
_STEPS: Final[Words] = np.arange(1, BLOCK_ROWS + 1, dtype=np.uint64) * np.uint64(_GAMMA)


@dataclass(frozen=True, slots=True)
class Key:
    """128 bits that name one stream of words: one half enters the hash at its start, the other in its middle."""

    start: int
    middle: int


@dataclass(frozen=True, slots=True)
class Address:
    """A chain of names, from the engine downwards; `of` makes a longer one.

    >>> Address().of("seed", 42) == Address(("seed", 42))
    True
    """

    names: tuple[str | int, ...] = ()
    engine: int = ENGINE

    def of(self, *names: str | int) -> Address:
        """The address below this one."""
        return Address(self.names + names, self.engine)

    def key(self) -> Key:
        """Hash the chain to 128 bits; every name enters with its kind and its length."""
        # Blocks of a column share all names but the last: hashing these anew was a tenth of drawing a block.
        digest = _hashed((self.engine, *self.names[:-1])).copy()
        for name in self.names[-1:]:
            digest.update(_framed(name))
        return Key(*struct.unpack("<QQ", digest.digest()))


@lru_cache(maxsize=4096)
def _hashed(names: tuple[str | int, ...]) -> hashlib.blake2b:
    digest = hashlib.blake2b(digest_size=16, person=b"sandbox-address")
    for name in names:
        digest.update(_framed(name))
    return digest


def _framed(name: str | int) -> bytes:
    kind, text = (b"i", b"%d" % name) if isinstance(name, int) else (b"s", name.encode())
    return kind + struct.pack("<Q", len(text)) + text


def column_address(seed: int, dataset: str, column: str, purpose: str = "value", *, engine: int = ENGINE) -> Address:
    """The address of one column's randomness; `purpose` tells apart the draws that one value may need."""
    return Address((seed, dataset, column, purpose), engine)


def blocks(start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Cut rows [start, stop) at the block boundaries: `(block, first row, last row + 1)` in order."""
    while start < stop:
        block = start // BLOCK_ROWS
        end = min(stop, (block + 1) * BLOCK_ROWS)
        yield block, start, end
        start = end


def words(address: Address, start: int, stop: int) -> Words:
    """Draw one 64-bit word for each row of [start, stop); about 2 to 4 ns a row.

    Args:
        address: what the words are for; equal addresses give equal words.
        start: first row, >= 0; may lie far above 2^32.
        stop: one past the last row.
    Returns:
        uint64, shape (stop - start,). Any sub-range of rows gives the same words.
    Source: SplitMix64 (Steele, Lea, Flood 2014) as a counter-based hash, keyed at both of its stages.
    """
    return _words_in_blocks(address, start, stop, per_word=1)


def half_words(address: Address, start: int, stop: int) -> NDArray[np.uint32]:
    """Draw 32 bits for each row of [start, stop), at half the price of `words`; uint32, shape (stop - start,)."""
    return _narrow_words(address, start, stop, "<u4", per_word=2)


def short_words(address: Address, start: int, stop: int) -> NDArray[np.uint16]:
    """Draw 16 bits for each row of [start, stop), at a quarter of the price; uint16, shape (stop - start,)."""
    return _narrow_words(address, start, stop, "<u2", per_word=4)


def words_at(address: Address, rows: NDArray[np.int64]) -> Words:
    """Draw the words of single rows: `words_at(a, rows)[i] == words(a, rows[i], rows[i] + 1)[0]`.

    Args:
        address: what the words are for.
        rows: int64, shape (n,), any order; rows of the same block next to each other are cheap.
    Returns:
        uint64, shape (n,).
    """
    found = np.empty(len(rows), np.uint64)
    block_of = rows // BLOCK_ROWS
    edges = np.flatnonzero(np.diff(block_of)) + 1
    for first, last in zip([0, *edges], [*edges, len(rows)], strict=True):
        if first < last:
            key = address.of(int(block_of[first])).key()
            found[first:last] = _finish(_STEPS[rows[first:last] % BLOCK_ROWS] + np.uint64(key.start), key)
    return found


def hash_columns(address: Address, *columns: NDArray[Any]) -> Words:
    """Draw one word for each tuple of integers, such as (customer, visit, step); about 3 to 7 ns a column.

    Args:
        address: the stream and purpose.
        columns: integer arrays of equal shape (n,), at least one; the order of the columns matters.
    Returns:
        uint64, shape (n,): equal tuples give equal words.
    """
    key = address.of("columns", len(columns)).key()
    hashed = np.empty(len(columns[0]), np.uint64)
    for first in range(0, len(hashed), _AT_ONCE):
        state = hashed[first : first + _AT_ONCE]
        state.fill(key.start)
        for column in columns:
            # Two's complement keeps -1 apart from every other int64; the step before each column keeps order.
            state += column[first : first + _AT_ONCE].astype(np.int64, copy=False).view(np.uint64)
            state *= np.uint64(_GAMMA)
            _finish(state, key)
    return hashed


def _narrow_words(address: Address, start: int, stop: int, kind: str, per_word: int) -> NDArray[Any]:
    """Words cut into `per_word` pieces, the lowest bits first whatever the machine's byte order."""
    first, last = start // per_word, -(-stop // per_word)
    wide = _words_in_blocks(address, first, last, per_word).astype("<u8", copy=False)
    pieces = wide.view(kind)[start - first * per_word : stop - first * per_word]
    return pieces.astype(pieces.dtype.newbyteorder("="), copy=False)


def _words_in_blocks(address: Address, start: int, stop: int, per_word: int) -> Words:
    """Words for positions [start, stop), where a block of rows holds BLOCK_ROWS / per_word positions."""
    drawn = np.empty(max(stop - start, 0), np.uint64)
    size = BLOCK_ROWS // per_word
    position = start
    while position < stop:
        block, inside = divmod(position, size)
        end = min(stop, (block + 1) * size)
        key = address.of(block).key()
        out = drawn[position - start : end - start]
        np.add(_STEPS[inside : inside + len(out)], np.uint64(key.start), out=out)
        _finish(out, key)
        position = end
    return drawn


def _finish(state: Words, key: Key) -> Words:
    """Mix in place, so that a block stays in the cache: fresh arrays cost several times the arithmetic."""
    shifted = state >> np.uint64(30)
    state ^= shifted
    state *= _FIRST
    state ^= np.uint64(key.middle)
    np.right_shift(state, np.uint64(27), out=shifted)
    state ^= shifted
    state *= _SECOND
    np.right_shift(state, np.uint64(31), out=shifted)
    state ^= shifted
    return state
