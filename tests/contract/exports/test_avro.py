"""Contracts as Avro schemas: Avro's own library takes them, and reading them gives what was kept."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import fastavro
import pytest
from hypothesis import given

from sandbox.contract import Column, Contract
from sandbox.contract.canonical import canonical
from sandbox.contract.exports import avro_schema, export_avro
from sandbox.contract.imports.avro import read_avro
from sandbox.contract.imports.json_text import read_json
from sandbox.contract.imports.notes import Notes
from tests.contract.contracts import contracts, many


def read_again(text: str) -> Contract:
    (contract,) = read_avro(read_json(text, "s.avsc"), Notes("s.avsc")).contracts
    return canonical(contract)


@many
@given(contracts())
def test_what_is_read_again_is_what_was_kept(contract: Contract) -> None:
    exported = export_avro(contract)
    fastavro.parse_schema(json.loads(exported.text))
    assert (read_again(exported.text),) == exported.kept
    assert (exported.kept == (canonical(contract),)) == (not exported.lost)
    again = export_avro(exported.kept[0])
    assert (again.kept, again.lost, again.text) == (exported.kept, (), exported.text)


def test_a_default_comes_first_in_its_union() -> None:
    contract = Contract("t", (Column("a", "int64", nullable=True, default=5), Column("b", nullable=True)))
    fields = avro_schema(contract)["fields"]
    assert fields[0] == {"name": "a", "type": ["long", "null"], "default": 5}
    assert fields[1] == {"name": "b", "type": ["null", "string"], "default": None}


def test_readers_of_the_first_version_and_of_the_second_read_each_others_rows() -> None:
    first = Contract("t", (Column("a", "int64"),))
    second = replace(first, columns=(*first.columns, Column("b", since=2)), version=2, versions=("2026-01-01T00:00Z",))
    old, new = avro_schema(first), avro_schema(second)
    for writer, reader, row, read in (
        (old, new, {"a": 1}, {"a": 1, "b": None}),
        (new, old, {"a": 1, "b": "x"}, {"a": 1}),
    ):
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, writer, row)
        stream.seek(0)
        assert fastavro.schemaless_reader(stream, writer, reader) == read


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (Column("a", "int64", ge=0), "Avro has no word for ge 0."),
        (Column("a", "int8"), "type int8 comes back as type int32."),
        (Column("a", "union<int64, timestamp>"), "type union<int64, timestamp> comes back as type struct<"),
        (Column("a", "enum", values=("not a name",)), "type enum comes back as type string."),
        (Column("a", "timestamp(us, Europe/London)"), "comes back as type timestamp."),
        (Column("a", pii=True), "Avro has no word for pii."),
    ],
)
def test_what_is_lost_is_told(column: Column, said: str) -> None:
    lost = [str(problem) for problem in export_avro(Contract("t", (column,))).lost]
    assert any(text.startswith("t.a: ") and said in text for text in lost), lost


def test_two_records_never_share_a_name() -> None:
    contract = Contract("t", (Column("a_b", "struct<x: int64>"), Column("a", "struct<b: struct<y: int64>>")))
    fastavro.parse_schema(avro_schema(contract))
    assert read_again(export_avro(contract).text) == canonical(contract)


def test_a_name_that_avro_does_not_allow_is_kept() -> None:
    contract = Contract("my orders", (Column("order id"), Column("order_id"), Column("größe", 'struct<"ä b": int64>')))
    assert [each["name"] for each in avro_schema(contract)["fields"]] == ["order_id_2", "order_id", "gr__e"]
    assert read_again(export_avro(contract).text) == contract
