"""What pandas gets of a table."""

import pandas as pd
import pyarrow as pa

from sandbox.landing.frames import frame_of


def test_ids_stay_whole_where_some_are_missing():
    ids = [2**53 + 1, None, -(2**63)]
    table = pa.table({"id": ids, "small": pa.array([1, 2, None], pa.uint8()), "whole": [1, 2, 3], "x": [0.5, None, 1]})
    frame = frame_of(table)
    assert [None if value is pd.NA else value for value in frame["id"]] == ids
    assert [str(kind) for kind in frame.dtypes] == ["Int64", "UInt8", "int64", "float64"]


def test_no_rows():
    assert len(frame_of(pa.table({"id": pa.array([], pa.int64())}))) == 0
