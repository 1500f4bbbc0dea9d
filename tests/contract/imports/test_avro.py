"""Avro schemas become contracts; what they hint at and what no contract can hold is kept beside them."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.contract.imports import Described, read_schema
from sandbox.errors import InputError


def read(folder: Path, schema: Any, name: str = "s.avsc") -> Described:
    path = folder / name
    path.write_text(schema if isinstance(schema, str) else json.dumps(schema, indent=1), encoding="utf-8")
    (described,) = read_schema(path).datasets
    return described


def record(*fields: Any, name: str = "Event", **rest: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **rest}


def field(type_: Any, name: str = "a", **rest: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, **rest}


@pytest.mark.parametrize(
    ("written", "type_", "nullable"),
    [
        ("int", "int32", False),
        (["null", "long"], "int64", True),
        (["string", "null"], "string", True),
        (["int"], "int32", False),
        ({"type": "int", "logicalType": "date"}, "date", False),
        ({"type": "long", "logicalType": "timestamp-millis"}, "timestamp(ms)", False),
        ({"type": "long", "logicalType": "timestamp-micros"}, "timestamp", False),
        ({"type": "long", "logicalType": "local-timestamp-micros"}, "timestamp(us, none)", False),
        ({"type": "int", "logicalType": "time-millis"}, "time", False),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}, "decimal(9, 2)", False),
        ({"type": "fixed", "name": "F", "size": 8, "logicalType": "decimal", "precision": 4}, "decimal(4, 0)", False),
        ({"type": "string", "logicalType": "uuid"}, "uuid", False),
        ({"type": "array", "items": ["null", "string"]}, "list<string?>", False),
        ({"type": "map", "values": "double"}, "map<string, float64>", False),
        (["null", "string", "long"], "union<string, int64>", True),
        (record(field("int"), field(["null", "string"], "b"), name="R"), "struct<a: int32, b: string?>", False),
        ({"type": {"type": "string"}}, "string", False),
    ],
)
def test_types(tmp_path: Path, written: Any, type_: str, nullable: bool) -> None:
    column = read(tmp_path, record(field(written))).contract.column("a")
    assert (column.type, column.nullable) == (type_, nullable)


def test_a_fixed_has_its_size_and_an_enum_its_symbols(tmp_path: Path) -> None:
    fields = [
        field({"type": "fixed", "name": "F", "size": 4}),
        field({"type": "enum", "name": "E", "symbols": ["X", "Y"]}, "b"),
    ]
    contract = read(tmp_path, record(*fields)).contract
    assert (contract.column("a").type, contract.column("a").min_length, contract.column("a").max_length) == (
        "bytes",
        4,
        4,
    )
    assert (contract.column("b").type, contract.column("b").values) == ("enum", ("X", "Y"))


def test_named_types_are_found_by_name_and_by_namespace(tmp_path: Path) -> None:
    money = record(field("long", "cents"), name="Money", namespace="shop.types")
    described = read(
        tmp_path,
        record(
            field(money), field("shop.types.Money", "b"), field(["null", "shop.types.Money"], "c"), namespace="shop"
        ),
    )
    assert [column.type for column in described.contract.columns] == ["struct<cents: int64>"] * 3


@pytest.mark.parametrize(
    ("written", "default", "kept"),
    [
        ("int", 7, 7),
        (["null", "int"], None, None),
        ({"type": "int", "logicalType": "date"}, 19_000, datetime.date(2022, 1, 8)),
        ({"type": "int", "logicalType": "time-millis"}, 1_500, datetime.time(0, 0, 1, 500_000)),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, "\u0001\u0000", Decimal("2.56")),
        ("bytes", "\u00ff", b"\xff"),
    ],
)
def test_defaults(tmp_path: Path, written: Any, default: Any, kept: Any) -> None:
    assert read(tmp_path, record(field(written, default=default))).contract.column("a").default == kept


def test_hints_of_the_generator_are_kept(tmp_path: Path) -> None:
    def hinted(type_: str, **properties: Any) -> dict[str, Any]:
        return {"type": type_, "arg.properties": properties}

    described = read(
        tmp_path,
        record(
            field(hinted("int", range={"min": 1, "max": 9})),
            field(hinted("string", regex="User_[1-9]"), "b"),
            field(hinted("long", iteration={"start": 5, "step": 2}), "c"),
            field(hinted("string", options=["x", "y"]), "d"),
            field({"type": "array", "items": "string", "arg.properties": {"length": {"min": 1, "max": 4}}}, "e"),
        ),
    )
    hints = {each.name: each.hint for each in described.fields}
    assert (hints["a"].low, hints["a"].high, hints["b"].regex) == (1, 9, "User_[1-9]")
    assert (hints["c"].start, hints["c"].step, hints["d"].options, hints["e"].length) == (5, 2, ("x", "y"), (1, 3))


def test_options_of_the_whole_record_are_rows(tmp_path: Path) -> None:
    rows = [{"a": 1}, {"a": 2}]
    assert read(tmp_path, {**record(field("int")), "arg.properties": {"options": rows}}).rows == tuple(rows)


def test_a_union_of_events_is_one_stream_with_a_type_column(tmp_path: Path) -> None:
    viewed = record(field("string", "user"), field("int", "page"), name="ShopViewed")
    bought = record(field("string", "user"), field("double", "price"), field("string", "page"), name="ShopBought")
    described = read(tmp_path, [viewed, bought])
    contract = described.contract
    assert contract.dataset == "Shop_events"
    assert [(column.name, column.type, column.nullable) for column in contract.columns] == [
        ("event_type", "enum", False),
        ("user", "string", False),
        ("page", "int32", True),
        ("price", "float64", True),
        ("ShopBought_page", "string", True),
    ]
    assert contract.column("event_type").values == ("ShopViewed", "ShopBought")
    assert described.kinds["ShopBought"] == ("user", "price", "ShopBought_page")


def test_nothing_is_dropped_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "s.avsc"
    odd = field({"type": "string", "logicalType": "ipaddress"}, aliases=["b"], order="descending", connect="x")
    nested = record(field({"type": "enum", "name": "E", "symbols": ["X"]}, "kind"), name="Inner")
    path.write_text(json.dumps(record(odd, field(nested, "c"))))
    lost = "\n".join(map(str, read_schema(path).lost))
    for said in ("'ipaddress' is unknown", "aliases are not kept", "'connect' says nothing", "c.kind: rules inside"):
        assert said in lost


def test_places_are_those_of_the_fields(tmp_path: Path) -> None:
    text = '{"type": "record", "name": "E", "fields": [\n\t{"name": "a", "type": "int"},\n'
    text += '\t{"name": "b", "type": "int"}\n]}'
    place = read(tmp_path, text).place_of("b")
    assert (place.line, place.column) == (3, 2)


RECURSIVE = record(field(["null", "Event"], "next"))


@pytest.mark.parametrize(
    ("schema", "stands", "said"),
    [
        ('{"type": "record",\n "name": "E", "fields": [', '$', "breaks off"),
        (RECURSIVE, '"Event"', "refers to itself (Event → Event)"),
        (record(field("int", default="x")), '"x"', "default 'x' is not a value of type int32"),
        (record(field("int", default=None)), 'null', "is null, and the field may not be null"),
        (record(field({"type": "array", "items": "int"}, default={})), '{}', "no value of type list"),
        (record(field({"type": "enum", "name": "E", "symbols": []})), '[]', "at least one symbol"),
        (record(field({"type": "enum", "name": "E", "symbols": ["A"], "default": "B"})), '"B"', "'B' is no symbol"),
        (record(field("strin")), '"strin"', "unknown type 'strin'. Did you mean 'string'?"),
        (record(field("int"), field("int")), '{', "is there twice"),
        (record(field({"type": "bytes", "logicalType": "decimal", "precision": 60})), '60', "must be 1 to 38"),
        (record(*(field("int", f"c{number}") for number in range(5_000))), '{', "has 5,000 columns, at most 2,000"),
        (record(), '{', "has no fields"),
        ({"type": "array", "items": "int"}, '{', "made of records"),
        ('{"type": "record", "name": "E", "name": "F", "fields": []}', '"name": "F"', "'name' is there twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, schema: Any, stands: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, schema)
    lines = (tmp_path / "s.avsc").read_text().splitlines()
    problem = caught.value.problems[0]
    assert said in problem.message
    assert problem.place is not None
    assert stands in lines[problem.place.line - 1][problem.place.column - 1 :] + "$"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, record(field("strin"), field("int", "b", default="x"), field("int", "c", default=None)))
    assert len(caught.value.problems) == 3


def test_types_that_double_at_each_step_are_bounded(tmp_path: Path) -> None:
    schema: Any = record(field("int"), name="R0")
    for level in range(1, 11):
        twice = [field(schema if side == 0 else f"R{level - 1}", f"f{side}") for side in range(8)]
        schema = record(*twice, name=f"R{level}")
    with pytest.raises(InputError, match=r"more than 20,000 fields"):
        read(tmp_path, schema)
