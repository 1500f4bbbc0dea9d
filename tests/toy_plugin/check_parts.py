"""The tests of the toy plugin, as its author writes them: one line for the checks of each kind of part."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from sandbox_toy.linear import Linear
from sandbox_toy.streams import StreamFile, StreamPart

from sandbox.checks import ColumnSample, SinkSample, SourceSample, pytest_cases
from sandbox.contract import Column, Contract


def stream(folder: Path) -> SourceSample:
    rows = pa.table({"order_id": [1, 2, None, 4], "buyer": ["a", None, "c", "d"]})
    with pa.ipc.new_stream(str(folder / "orders.arrows"), rows.schema) as file:
        file.write_table(rows, max_chunksize=3)
    contract = Contract("orders", (Column("order_id", "int64"), Column("buyer", nullable=True)), static=True)
    return SourceSample(StreamFile(path="orders.arrows"), contract, folder, rows=4)


@pytest.mark.parametrize(
    "check",
    [
        *pytest_cases("sandbox.columns", {"even": ColumnSample({"even": 1_000_001})}),
        *pytest_cases("sandbox.sources", {"arrow_stream": stream}),
        *pytest_cases("sandbox.sinks", {"arrow_stream": SinkSample(StreamPart(), lambda path: StreamFile(path=path))}),
        *pytest_cases("sandbox.blueprints", {"linear": Linear()}),
    ],
)
def test_every_check(check):
    check()
