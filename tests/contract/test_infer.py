"""A drafted contract says what the schema and the sample show, and proposes the rest."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sandbox.contract import Column, infer_contract, parse_type
from sandbox.contract.envelope import landed_schema
from sandbox.contract.infer import propose

ROWS = 200
SAMPLE = pa.table(
    {
        "id": np.arange(ROWS),
        "plan": pa.array(["basic", "plus"] * (ROWS // 2)).dictionary_encode(),
        "note": [None, *(f"note {row}" for row in range(1, ROWS))],
        "change": np.linspace(-1, 1, ROWS),
        "tags": [["a"]] * ROWS,
    }
)


def test_a_schema_and_a_sample_become_a_contract() -> None:
    contract = infer_contract("t", landed_schema(SAMPLE.schema), SAMPLE, primary_key=("id",))
    assert [(column.name, column.type, column.nullable) for column in contract.columns] == [
        ("id", "int64", False),
        ("plan", "string", False),
        ("note", "string", True),
        ("change", "float64", False),
        ("tags", "list<string?>", False),
    ]
    assert contract.primary_key == ("id",)


def test_without_a_sample_the_schema_decides_what_may_be_null() -> None:
    schema = pa.schema([pa.field("a", pa.int64(), nullable=False), pa.field("b", pa.int64())])
    assert [column.nullable for column in infer_contract("t", schema).columns] == [False, True]
    assert infer_contract("t", [Column("a", "uuid")]).column("a").parsed == parse_type("uuid")


def test_proposals_are_for_a_person_to_accept() -> None:
    found = {(made.column, made.key): made.value for made in propose(infer_contract("t", SAMPLE.schema), SAMPLE)}
    assert found == {
        ("id", "unique"): True,
        ("id", "ge"): 0,
        ("plan", "values"): ("basic", "plus"),
        ("note", "unique"): True,
    }
    assert propose(infer_contract("t", SAMPLE.schema), SAMPLE.slice(0, 5)) == []
