"""Contracts as JSON Schemas: the standard's validators take them, and reading them gives what was kept."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from sandbox.contract import Column, Contract
from sandbox.contract.canonical import canonical
from sandbox.contract.exports import export_json_schema, json_schema
from sandbox.contract.imports.json_schema import read_json_schema
from sandbox.contract.imports.json_text import read_json
from sandbox.contract.imports.notes import Notes
from tests.contract.contracts import contracts, many


def read_again(text: str) -> Contract:
    (contract,) = read_json_schema(read_json(text, "s.json"), Notes("s.json"), "s").contracts
    return canonical(contract)


@many
@given(contracts())
def test_what_is_read_again_is_what_was_kept(contract: Contract) -> None:
    exported = export_json_schema(contract)
    Draft202012Validator.check_schema(json.loads(exported.text))
    assert (read_again(exported.text),) == exported.kept
    assert (exported.kept == (canonical(contract),)) == (not exported.lost)
    again = export_json_schema(exported.kept[0])
    assert (again.kept, again.lost, again.text) == (exported.kept, (), exported.text)


ORDERS = Contract(
    "orders",
    (
        Column("id", "int64", ge=1),
        Column("plan", "enum", values=("basic", "plus"), nullable=True),
        Column("code", pattern="[A-Z]{3}|none"),
        Column("amount", "decimal(12, 2)", gt=0, nullable=True),
        Column("at", "timestamp(ms)"),
        Column("tags", "list<string?>", max_length=2),
    ),
)
ROW = {"id": 1, "plan": None, "code": "ABC", "amount": "1.50", "at": "2026-01-01T00:00:00Z", "tags": ["x", None]}


def test_a_validator_takes_rows_of_the_contract() -> None:
    Draft202012Validator(json_schema(ORDERS)).validate(ROW)


@pytest.mark.parametrize(
    "change", [{"id": 0}, {"plan": "max"}, {"code": "ABCD"}, {"at": None}, {"tags": ["a"] * 3}, {"amount": 1.5}]
)
def test_a_validator_refuses_what_breaks_the_contract(change: dict[str, object]) -> None:
    assert not Draft202012Validator(json_schema(ORDERS)).is_valid(ROW | change)


def test_rows_as_json_lines_have_them_are_valid() -> None:
    from sandbox.sinks.jsonl import json_lines

    row = {"id": 1, "plan": "plus", "code": "none", "amount": None, "at": 0, "tags": []}
    batch = pa.RecordBatch.from_pylist([row], schema=ORDERS.schema)
    for lines in json_lines(batch):
        Draft202012Validator(json_schema(ORDERS)).validate(json.loads(bytes(lines)))
