"""Streams merged: every row once, by moment, ties by stream and then by row, however the streams are cut."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sandbox.replay.order import merged
from sandbox.replay.stream import Mark, Stretch

streams = st.lists(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=4), min_size=1, max_size=4)


def stretches(pieces: list[list[int]]) -> list[Stretch]:
    """A stream with these moments, sorted and cut as the pieces were long."""
    moments = sorted(moment for piece in pieces for moment in piece)
    found, first = [], 0
    for piece in pieces:
        if piece:
            rows = np.arange(first, first + len(piece))
            batch = pa.RecordBatch.from_arrays([pa.array(rows)], names=["row"])
            found.append(Stretch(batch, np.array(moments[first : first + len(piece)], np.int64), Mark()))
            first += len(piece)
    return found


@given(streams)
def test_every_row_once_and_in_order(pieces):
    parts = [stretches(each) for each in pieces]
    wanted = sorted(
        (int(moment), stream, row)
        for stream, each in enumerate(parts)
        for row, moment in enumerate(np.concatenate([piece.moments for piece in each]) if each else ())
    )
    found = []
    for window in merged([iter(each) for each in parts]):
        cursors = [0] * len(parts)
        for stream, moment in zip(window.stream.tolist(), window.moments.tolist(), strict=True):
            run = window.runs[stream]
            found.append((moment, stream, run.batch.column("row")[cursors[stream]].as_py()))
            cursors[stream] += 1
    assert found == wanted
