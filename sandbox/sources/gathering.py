"""Small things taken together: a day's file of a shop is too little to be a share, or a batch, of its own.

What is taken together follows from the files alone, so that it is the same whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.scenario.parts import Share, Unread

SHARE_ROWS = 2 * BLOCK_ROWS
BATCH_ROWS = BLOCK_ROWS // 2

Numbered: TypeAlias = tuple[pa.RecordBatch | Unread, pa.Array]
"""Rows as a raw source gave them, and the ids of their events."""


def gathered(shares: Sequence[Share]) -> list[Share]:
    """Shares of about `SHARE_ROWS` rows each; `start` and `stop` count raw shares. Of unknown size is large enough."""
    runs: list[list[int]] = []
    rows = SHARE_ROWS
    for at, share in enumerate(shares):
        if not runs or share.rows < 0 or rows + share.rows > SHARE_ROWS:
            runs.append([])
            rows = 0
        runs[-1].append(at)
        rows += share.rows if share.rows >= 0 else SHARE_ROWS
    return [_gathered(index, run[0], [shares[at] for at in run]) for index, run in enumerate(runs)]


def joined(found: Iterable[Numbered]) -> Iterator[Numbered]:
    """Batches next to each other, with the same columns, as one of at least `BATCH_ROWS` rows."""
    pending: list[tuple[pa.RecordBatch, pa.Array]] = []
    rows = 0
    for batch, ids in found:
        if isinstance(batch, Unread):
            yield batch, ids
            continue
        if pending and (rows >= BATCH_ROWS or batch.schema != pending[0][0].schema):
            yield _together(pending)
            pending, rows = [], 0
        pending.append((batch, ids))
        rows += batch.num_rows
    if pending:
        yield _together(pending)


def _gathered(index: int, start: int, run: Sequence[Share]) -> Share:
    name = run[0].name if len(run) == 1 else f"{run[0].name} … {run[-1].name}"
    rows = sum(share.rows for share in run)
    return Share(index, name, start, start + len(run), rows, "\n".join(share.fingerprint for share in run))


def _together(pending: Sequence[tuple[pa.RecordBatch, pa.Array]]) -> Numbered:
    if len(pending) == 1:
        return pending[0]
    return pa.concat_batches([batch for batch, _ in pending]), pa.concat_arrays([ids for _, ids in pending])
