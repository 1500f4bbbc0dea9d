"""Several streams in one order: by moment, ties by the order in which the streams were named, then by row.

Nothing is held but the stretch that each stream has given last: up to the earliest of their ends, all of them are
complete, and what lies before it leaves as one window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox.replay.moments import Moments
from sandbox.replay.stream import Stretch


@dataclass(frozen=True, slots=True)
class Window:
    """Rows of several streams that come next, in order."""

    runs: Sequence[Stretch | None]
    """By stream; None of a stream that has nothing in it."""
    stream: npt.NDArray[np.int32]
    """Whose each row is, in order; shape (n,). The rows of one stream keep theirs."""
    moments: Moments
    """When each is due, never falling; shape (n,)."""


def merged(streams: Sequence[Iterator[Stretch]]) -> Iterator[Window]:
    """The windows of all streams together."""
    heads: list[Stretch | None] = [next(stream, None) for stream in streams]
    while any(head is not None for head in heads):
        alone = [at for at, head in enumerate(heads) if head is not None]
        if len(alone) == 1:  # the others have ended, or there were none: nothing to wait for
            head = heads[alone[0]]
            assert head is not None
            yield _window(heads, [len(head.moments) if at == alone[0] else 0 for at in range(len(heads))])
            heads[alone[0]] = next(streams[alone[0]], None)
            continue
        ends = [(int(head.moments[-1]), at) for at, head in enumerate(heads) if head is not None]
        # Of the stream that ends first all rows may go; of one before it in order those of the same moment too,
        # of one behind it only what comes earlier, since more rows of that moment may follow in the first.
        end, first = min(ends)
        taken = [
            0 if head is None else int(np.searchsorted(head.moments, end, "right" if at <= first else "left"))
            for at, head in enumerate(heads)
        ]
        yield _window(heads, taken)
        for at, rows in enumerate(taken):
            heads[at] = _rest(heads[at], rows, streams[at])


def places_in_order(stream: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Of rows in order, where each stands among all rows laid out stream by stream; shape (n,)."""
    places = np.empty(len(stream), np.int64)
    places[np.argsort(stream, kind="stable")] = np.arange(len(stream))
    return places


def _window(heads: Sequence[Stretch | None], taken: Sequence[int]) -> Window:
    runs = [head.slice(0, rows) if head is not None and rows else None for head, rows in zip(heads, taken, strict=True)]
    moments = np.concatenate([head.moments[:rows] for head, rows in zip(heads, taken, strict=True) if head is not None])
    whose = np.repeat(np.arange(len(heads), dtype=np.int32), taken)
    if sum(rows > 0 for rows in taken) > 1:
        order = np.argsort(moments, kind="stable")
        moments, whose = moments[order], whose[order]
    return Window(runs, whose, moments)


def _rest(head: Stretch | None, rows: int, stream: Iterator[Stretch]) -> Stretch | None:
    if head is None or not rows:
        return head
    if rows == len(head.moments):
        return next(stream, None)
    return head.slice(rows)
