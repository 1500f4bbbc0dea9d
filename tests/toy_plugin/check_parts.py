"""The tests of the toy plugin, as its author writes them: one line for the checks of each kind of part, a saboteur for
the check that it brings, and that check against the parts that come with the house."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sandbox_toy.even import Even
from sandbox_toy.linear import Linear
from sandbox_toy.spool import Spool, spooled
from sandbox_toy.streams import StreamFile, StreamPart

from sandbox.checks import (
    CheckError,
    ColumnSample,
    OutletSample,
    SinkSample,
    SourceSample,
    all_checks,
    check_column,
    pytest_cases,
)
from sandbox.checks.column_subject import ColumnSubject
from sandbox.contract import Column, Contract

SPOOL = OutletSample(
    lambda folder: Spool(folder=str(folder / "spool")), lambda folder, contract: spooled(folder / "spool")
)


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
        *pytest_cases("sandbox.outlets", {"spool": SPOOL}),
        *pytest_cases("sandbox.blueprints", {"linear": Linear()}),
    ],
)
def test_every_check(check):
    check()


class NumbersOnTwoLines(Even):
    """A saboteur: even numbers as texts that end with a line."""

    def yields(self, scope):
        return pa.string()

    def generate(self, rows):
        return pc.binary_join_element_wise(super().generate(rows).cast(pa.string()), "", "\n")

    def facts(self, scope):
        return {}

    def proves(self, scope):
        return super().proves(scope) - {"range"}


def test_the_saboteur_fails_the_plugins_check_and_nothing_else():
    failed = []
    for check in all_checks("sandbox.columns"):
        try:
            check(ColumnSubject("two_lines", ColumnSample(NumbersOnTwoLines(most=1_000_001))))
        except CheckError as error:
            failed.append(error.check)
    assert failed == ["texts_are_of_one_line"]
    with pytest.raises(CheckError, match=r"two_lines: texts_are_of_one_line: saw .*expected a text of one line"):
        check_column(NumbersOnTwoLines(most=1_000_001), name="two_lines")


BUILT_IN = [case for case in pytest_cases("sandbox.columns") if str(case.id).endswith("-texts_are_of_one_line")]


@pytest.mark.parametrize("check", BUILT_IN)
def test_built_in_generators_keep_the_plugins_check(check):
    check()
