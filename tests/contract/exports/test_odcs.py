"""Contracts as Open Data Contracts: the standard's own schema takes them, and nothing of them is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft201909Validator

from sandbox.contract import Column, Contract, Expectation, ForeignKey
from sandbox.contract.canonical import canonical
from sandbox.contract.exports import export_odcs
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.odcs import read_odcs
from sandbox.contract.imports.yaml_text import read_yaml
from tests.contract.contracts import contracts, many

STANDARD = Path(__file__).resolve().parents[4] / "shared" / "schemas" / "odcs" / "odcs-json-schema-v3.1.0.json"


def read_again(text: str) -> list[Contract]:
    imported = read_odcs(read_yaml(text, "s.yaml"), Notes("s.yaml"))
    return [canonical(described.whole) for described in imported.datasets]


def property_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["schema"][0]["properties"][0]
    return found


@many
@given(contracts())
def test_nothing_is_lost(contract: Contract) -> None:
    exported = export_odcs([contract], "shop")
    assert read_again(exported.text) == [canonical(contract)]
    if STANDARD.exists():
        Draft201909Validator(json.loads(STANDARD.read_text())).validate(yaml.safe_load(exported.text))


CUSTOMERS = Contract("customers", (Column("id", "int64"), Column("email", pii=True, unique=True)), ("id",), owner="Ann")
ORDERS = Contract(
    "orders",
    (
        Column("id", "int64"),
        Column("customer", "int64", ge=1),
        Column("status", "enum", values=("new", "paid")),
        Column("placed_at", "timestamp(us, Europe/London)"),
        Column("sent_at", "timestamp(us, Europe/London)", nullable=True, since=2),
    ),
    primary_key=("id",),
    foreign_keys=(ForeignKey(("customer",), "customers", ("id",)),),
    unique=(("customer", "placed_at"),),
    expectations=(Expectation("in order", "sent_at > placed_at", ("sent_at", "placed_at")),),
    time="placed_at",
    version=2,
    versions=("2026-02-01T00:00:00+00:00",),
)


def test_datasets_that_refer_to_each_other_share_a_file() -> None:
    exported = export_odcs([CUSTOMERS, ORDERS], "shop")
    assert read_again(exported.text) == [canonical(CUSTOMERS), canonical(ORDERS)]


def test_the_standards_own_words_come_first() -> None:
    customers, orders = yaml.safe_load(export_odcs([CUSTOMERS, ORDERS], "shop").text)["schema"]
    email = {"name": "email", "logicalType": "string", "required": True, "unique": True, "classification": "pii"}
    assert customers["properties"][1] == email
    by_name = {each["name"]: each for each in orders["properties"]}
    assert by_name["customer"]["relationships"] == [{"type": "foreignKey", "to": "customers.id"}]
    assert by_name["status"]["quality"][0]["arguments"] == {"validValues": ["new", "paid"]}
    assert by_name["placed_at"]["logicalTypeOptions"] == {"timezone": True, "defaultTimezone": "Europe/London"}
    assert [rule["type"] for rule in orders["quality"]] == ["library", "sql"]
    assert "customProperties" not in by_name["status"]
    assert by_name["sent_at"]["customProperties"] == [{"property": "sandbox", "value": {"since": 2}}]


def test_a_map_is_an_object_whose_type_stands_in_the_custom_property() -> None:
    written = property_of(export_odcs([Contract("t", (Column("a", "map<string, int64>"),))], "t").text)
    assert written["logicalType"] == "object"
    assert written["customProperties"][0]["value"] == {"type": "map<string, int64>"}


@pytest.mark.parametrize(("said", "problem"), [("{tpye: x}", "unknown key 'tpye'"), ("{type: x}", "unknown type 'x'")])
def test_what_is_wrong_in_the_custom_property_is_told_with_its_place(said: str, problem: str) -> None:
    text = f"""apiVersion: v3.1.0
schema:
- name: t
  properties:
  - name: a
    logicalType: string
    customProperties: [{{property: sandbox, value: {said}}}]
"""
    with pytest.raises(Exception, match=problem) as caught:
        read_again(text)
    assert "s.yaml:7:" in str(caught.value)
