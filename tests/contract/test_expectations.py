"""Conditions over several columns of a row: who breaks one is set aside by its name; null keeps it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sandbox.contract import Column, Contract, Expectation, RowCheck, contract_problems

RETURNS = Expectation("returns_are_cancellations", "quantity > 0 OR invoice LIKE 'C%'", ("quantity", "invoice"))
CONTRACT = Contract(
    "lines",
    (Column("invoice"), Column("quantity", "int64", nullable=True)),
    expectations=(RETURNS,),
    static=True,
)


def test_rows_that_break_a_condition_are_set_aside_under_its_name() -> None:
    batch = pa.RecordBatch.from_pydict(
        {"invoice": ["1", "C2", "3", "4"], "quantity": [1, -1, -1, None]}, schema=CONTRACT.schema
    )
    checked = RowCheck(CONTRACT)(batch)
    assert checked.accepted.column("invoice").to_pylist() == ["1", "C2", "4"]
    assert checked.counts == {"returns_are_cancellations": 1}
    assert checked.rejected.column("_reasons").to_pylist() == [["returns_are_cancellations"]]


def test_a_contract_with_conditions_comes_back_from_plain_values() -> None:
    assert Contract.from_dict(CONTRACT.to_dict()) == CONTRACT


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Expectation("x", "amount > 0", ("amount",)), "unknown column 'amount'."),
        (Expectation("x", "true", ()), "looks at no column"),
        (Expectation("invoice.type", "quantity > 0", ("quantity",)), "a rule has this name already"),
    ],
)
def test_conditions_that_make_no_sense_are_told(condition: Expectation, said: str) -> None:
    problems = contract_problems(Contract("lines", CONTRACT.columns, expectations=(condition,), static=True))
    assert [problem for problem in problems if said in problem.message]
