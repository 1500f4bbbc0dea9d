"""Files of a source that hold the very same rows: what somebody loaded twice."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import pyarrow as pa

from sandbox.scenario.parts import RawSource, Share, Unread

_FEWEST_ROWS = 2
_MOST_FILES = 2_000
"""Files of one size whose beginnings are looked at; who has more of them writes rows of a fixed width."""


def repeated_files(raw: RawSource) -> list[tuple[str, str]]:
    """Each file that holds the rows of one before it, and that one, by their names.

    Only files of the same size are opened, and of these only those that begin alike are read to the end.

    Raises:
        OutsideError: a file cannot be read.
    """
    sizes: defaultdict[int, list[Share]] = defaultdict(list)
    for share in raw.shares():
        if share.size > 0:
            sizes[share.size].append(share)
    found: list[tuple[str, str]] = []
    for alike in sizes.values():
        if len(alike) > 1:
            found += _repeated(raw, alike[:_MOST_FILES])
    return sorted(found)


def _repeated(raw: RawSource, shares: Sequence[Share]) -> Iterator[tuple[str, str]]:
    beginnings: defaultdict[bytes, list[Share]] = defaultdict(list)
    for share in shares:
        first = next(iter(raw.batches(share)), None)
        if isinstance(first, pa.RecordBatch) and first.num_rows >= _FEWEST_ROWS:
            before = beginnings[_digest(first)]
            same = next((other for other in before if _are_equal(raw, other, share)), None)
            if same is None:
                before.append(share)
            else:
                yield share.name, same.name


def _are_equal(raw: RawSource, one: Share, other: Share) -> bool:
    pairs = zip_longest(raw.batches(one), raw.batches(other))
    return all(_is_equal(left, right) for left, right in pairs)


def _is_equal(left: pa.RecordBatch | Unread | None, right: pa.RecordBatch | Unread | None) -> bool:
    if isinstance(left, pa.RecordBatch) and isinstance(right, pa.RecordBatch):
        return bool(left.equals(right))
    return left == right


def _digest(batch: pa.RecordBatch) -> bytes:
    """Of the first rows as they were read."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch.slice(0, 1_000))
    return hashlib.blake2b(sink.getvalue(), digest_size=16).digest()
