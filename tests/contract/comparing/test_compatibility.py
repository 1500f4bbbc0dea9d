"""What breaks whom: each rule, both ways, and Avro's own library as the judge of types."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import fastavro
import pytest
from hypothesis import given

from sandbox.contract import Column, Contract, Expectation, ForeignKey
from sandbox.contract.comparing import breaks
from sandbox.contract.exports import avro_schema
from tests.contract.contracts import contracts, many


def table(*columns: Column, **rest: Any) -> Contract:
    return Contract("t", columns, **rest)


def told(old: Contract, new: Contract, mode: str = "full") -> list[tuple[str, str]]:
    return [(each.rule, each.hurt) for each in breaks(old, new, mode)]


A = Column("a", "int64")
NARROWER = [
    (replace(A, nullable=True), A, "nullability"),
    (A, replace(A, ge=0), "range"),
    (replace(A, ge=0), replace(A, gt=0), "range"),
    (replace(A, le=9), replace(A, lt=9), "range"),
    (A, replace(A, unique=True), "uniqueness"),
    (replace(A, values=(1, 2)), replace(A, values=(1,)), "values"),
    (Column("a"), Column("a", pattern="x"), "pattern"),
    (Column("a"), Column("a", max_length=3), "length"),
    (Column("a"), Column("a", min_length=1), "length"),
    (Column("a", "enum", values=("x", "y")), Column("a", "enum", values=("x",)), "values"),
    (A, Column("a", "int32"), "type"),
    (Column("a", "list<int64?>"), Column("a", "list<int64>"), "type"),
    (Column("a", "decimal(9, 2)"), Column("a", "decimal(8, 2)"), "type"),
    (Column("a", "union<int64, string>"), A, "type"),
]


@pytest.mark.parametrize(("wide", "narrow", "rule"), NARROWER)
def test_what_is_narrower_hurts_producers_and_what_is_wider_consumers(wide: Column, narrow: Column, rule: str) -> None:
    assert told(table(wide), table(narrow)) == [(rule, "producer")]
    assert told(table(narrow), table(wide)) == [(rule, "consumer")]
    assert told(table(narrow), table(wide), "backward") == []
    assert told(table(wide), table(narrow), "forward") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("timestamp(ms)", "timestamp(us)"),
        ("timestamp(us, none)", "timestamp"),
        ("string", "int64"),
        ("date", "timestamp"),
        ("bool", "int32"),
    ],
)
def test_what_means_something_else_hurts_both(one: str, other: str) -> None:
    assert told(table(Column("a", one)), table(Column("a", other))) == [("type", "producer"), ("type", "consumer")]


def test_the_same_instants_in_another_zone_break_nothing() -> None:
    assert told(table(Column("a", "timestamp")), table(Column("a", "timestamp(us, Asia/Tokyo)"))) == []


def test_columns_that_come_and_go() -> None:
    assert told(table(A), table(A, Column("b"))) == [("missing", "producer")]
    assert told(table(A, Column("b")), table(A)) == [("missing", "consumer")]
    assert told(table(A), table(A, Column("b", nullable=True), Column("c", default="x"))) == []


def test_promises_of_the_whole_dataset() -> None:
    promises = {
        "primary_key": ("a",),
        "unique": (("a",),),
        "foreign_keys": (ForeignKey(("a",), "u", ("x",)),),
        "expectations": (Expectation("p", "a > 1", ("a",)),),
    }
    expected = ["key", "uniqueness", "foreign key", "condition"]
    assert [rule for rule, hurt in told(table(A), table(A, **promises)) if hurt == "producer"] == expected
    assert [rule for rule, hurt in told(table(A, **promises), table(A)) if hurt == "consumer"] == expected


def test_a_replay_meets_all_versions() -> None:
    later = Column("b", "int64", nullable=True, since=2)
    old = table(A, later, version=2, versions=("2026-02-01T00:00:00+00:00",))
    new = table(A, replace(later, nullable=False, since=1))
    assert told(old, new, "backward") == [("nullability", "producer")]
    found = breaks(old, new, "backward_transitive")
    assert [(each.rule, each.version) for each in found] == [("nullability", 2), ("missing", 1)]


@many
@given(contracts())
def test_a_contract_never_breaks_itself(contract: Contract) -> None:
    assert breaks(contract, contract, "full_transitive") == ()


VALUES: dict[str, Any] = {
    "int32": 1, "int64": 1, "float32": 1.0, "float64": 1.0, "bool": True, "string": "x", "bytes": b"x",
    "list<int32>": [1], "list<int64>": [1], "list<string>": ["x"], "map<string, int32>": {"k": 1},
    "map<string, float64>": {"k": 1.0}, "struct<p: int32>": {"p": 1},
    "struct<p: int64, q: string?>": {"p": 1, "q": "x"},
    "struct<p: int32, q: string>": {"p": 1, "q": "x"}, "union<int64, string>": 1, "union<bool, float64>": 1.0,
}  # fmt: skip


@pytest.mark.parametrize("written", VALUES)
@pytest.mark.parametrize("read", VALUES)
def test_avro_resolves_what_we_say_and_nothing_else(written: str, read: str) -> None:
    old, new = table(Column("a", written)), table(Column("a", read))
    if not told(old, new, "backward"):
        assert avro_reads(old, new, VALUES[written])
    elif not written.startswith("union"):  # of these, one value reads though another would not
        assert not avro_reads(old, new, VALUES[written])


def avro_reads(old: Contract, new: Contract, value: Any) -> bool:
    stream = io.BytesIO()
    writer, reader = (json.loads(json.dumps(avro_schema(contract))) for contract in (old, new))
    fastavro.schemaless_writer(stream, writer, {"a": value})
    stream.seek(0)
    try:
        fastavro.schemaless_reader(stream, writer, reader)
    except Exception:
        return False
    return True
