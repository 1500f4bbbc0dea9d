"""Contracts as Pydantic models: the text imports, and its models take and refuse what the contract does."""

from __future__ import annotations

import sys
import types

import pyarrow as pa
import pytest
from hypothesis import given
from pydantic import BaseModel, ValidationError

from sandbox.contract import Column, Contract, ForeignKey, RowCheck
from sandbox.contract.conform import Conform
from sandbox.contract.exports import export_pydantic
from tests.contract.contracts import contracts, many

ORDERS = Contract(
    "orders",
    (
        Column("order_id", "int32", unique=True, ge=1, about='The "number".'),
        Column("status", "enum", values=("new", "paid")),
        Column("class", "string", pattern="[A-Z]{2}[0-9]+", max_length=5),
        Column("amount", "decimal(6, 2)", ge=0, nullable=True),
        Column("at", "timestamp", ge="2026-01-01T00:00:00Z"),
        Column("day", "date", nullable=True, pii=True),
        Column("ref", "uuid", nullable=True),
        Column("tags", "list<string>", max_length=2, nullable=True),
        Column("place", "struct<city: string, zip: int16?>", nullable=True),
        Column("int", "int8", default=7),
    ),
    primary_key=("order_id",),
    foreign_keys=(ForeignKey(("order_id",), "other", ("id",)),),
)
GOOD = {"order_id": 1, "status": "new", "class": "AB1", "at": "2026-01-02T00:00:00Z"}


def imported(text):
    module = types.ModuleType("exported")
    sys.modules["exported"] = module
    exec(compile(text, "exported.py", "exec"), module.__dict__)
    return module


@pytest.fixture
def orders():
    return imported(export_pydantic([ORDERS]).text).Orders


CASES = [
    {},
    {"order_id": 0},
    {"order_id": 2**31},
    {"order_id": "x"},
    {"status": "gone"},
    {"class": "AB1\n"},
    {"class": "xAB1"},
    {"class": "AB1234"},
    {"amount": "12.345"},
    {"amount": "-0.01"},
    {"amount": "9999.99"},
    {"amount": "10000.00"},
    {"at": "2025-12-31T23:59:59Z"},
    {"at": None},
    {"day": "2026-02-30"},
    {"day": "2026-02-28"},
    {"ref": "6f1d2c3a-0b1c-4d5e-8f90-a1b2c3d4e5f6"},
    {"ref": "6f1d2c3a0b1c4d5e8f90a1b2c3d4e5f6"},
    {"tags": ["a", "b"]},
    {"tags": ["a", "b", "c"]},
    {"place": {"city": "Bern", "zip": 3000}},
    {"place": {"city": "Bern"}},
    {"place": {"zip": 1}},
    {"int": 200},
]


@pytest.mark.parametrize("change", CASES, ids=str)
def test_a_model_takes_and_refuses_what_the_contract_does(orders, change):
    row = {**GOOD, **change}
    raw = pa.RecordBatch.from_pylist([{name: row.get(name) for name in ORDERS.names if name in row or name != "int"}])
    raw = raw.set_column(raw.schema.names.index("at"), "at", pa.array([row["at"]], pa.string()))
    taken = RowCheck(ORDERS)(Conform(ORDERS)(raw)).accepted.num_rows == 1
    try:
        orders.model_validate(row)
        validated = True
    except ValidationError:
        validated = False
    assert validated == taken


def test_names_defaults_and_descriptions_are_there(orders):
    row = orders.model_validate(GOOD)
    assert row.model_dump()["class"] == "AB1"
    assert row.model_dump()["int"] == 7
    assert orders.model_fields["order_id"].description == 'The "number".'
    assert orders.model_json_schema()["properties"]["day"]["pii"] is True
    with pytest.raises(ValidationError):
        orders.model_validate({**GOOD, "more": 1})


def test_what_one_row_cannot_know_is_told_as_lost():
    told = " ".join(str(problem) for problem in export_pydantic([ORDERS]).lost)
    for word in ("primary_key", "foreign key", "unique"):
        assert word in told


@many
@given(contracts())
def test_the_text_of_any_contract_imports(contract):
    exported = export_pydantic([contract])
    module = imported(exported.text)
    models = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, BaseModel)]
    rows = [each for each in models if len(each.model_fields) == len(contract.columns)]
    assert rows, exported.text
    names = [field.alias or name for name, field in rows[-1].model_fields.items()]
    assert names == list(contract.names)
    assert rows[-1].model_json_schema()
