"""JSON Schema becomes a contract, in both drafts; what a contract cannot ask is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.contract.imports import Described, Imported, read_schema
from sandbox.errors import InputError


def imported(folder: Path, schema: dict[str, Any]) -> Imported:
    path = folder / "thing.json"
    path.write_text(json.dumps(schema, indent=1), encoding="utf-8")
    return read_schema(path)


def read(folder: Path, properties: dict[str, Any], **rest: Any) -> Described:
    (described,) = imported(folder, {"type": "object", "properties": properties, **rest}).datasets
    return described


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "timestamp"),
        ({"type": "string", "format": "uuid"}, "uuid"),
        ({"type": "string", "contentEncoding": "base64"}, "bytes"),
        ({"type": "integer"}, "int64"),
        ({"type": "number"}, "float64"),
        ({"enum": ["a", "b"]}, "enum"),
        ({"const": 3}, "int64"),
        ({"type": "array", "items": {"type": "string"}}, "list<string>"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map<string, int64>"),
        ({"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}, "struct<x: float64>"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "union<string, int64>"),
        ({"type": ["string", "integer"]}, "union<string, int64>"),
        ({"$ref": "#/$defs/money"}, "decimal"),
        (
            {"allOf": [{"$ref": "#/$defs/base"}, {"properties": {"y": {"type": "string"}}}]},
            "struct<x: int64?, y: string?>",
        ),
    ],
)
def test_types(tmp_path: Path, written: dict[str, Any], type_: str) -> None:
    defs = {"money": {"type": "number"}, "base": {"type": "object", "properties": {"x": {"type": "integer"}}}}
    column = read(tmp_path, {"a": written}, required=["a"], **{"$defs": defs}).contract.column("a")
    assert column.type == type_.replace("decimal", "float64")
    assert not column.nullable


@pytest.mark.parametrize(
    "written",
    [
        {"type": ["string", "null"]},
        {"type": "string", "nullable": True},
        {"enum": ["a", None]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
    ],
)
def test_what_may_be_null(tmp_path: Path, written: dict[str, Any]) -> None:
    assert read(tmp_path, {"a": written}, required=["a"]).contract.column("a").nullable


def test_what_is_not_required_may_be_null(tmp_path: Path) -> None:
    contract = read(tmp_path, {"a": {"type": "string"}, "b": {"type": "string"}}, required=["b"]).contract
    assert [column.nullable for column in contract.columns] == [True, False]


def test_rules_become_those_of_columns(tmp_path: Path) -> None:
    properties = {
        "n": {"type": "integer", "minimum": 1, "exclusiveMaximum": 10, "default": 2},
        "s": {"type": "string", "pattern": "^[A-Z]+$", "minLength": 2, "maxLength": 5},
        "t": {"type": "string", "pattern": "a|b"},
        "l": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        "e": {"oneOf": [{"const": "x"}, {"const": "y"}]},
    }
    contract = read(tmp_path, properties).contract
    assert (contract.column("n").ge, contract.column("n").lt, contract.column("n").default) == (1, 10, 2)
    assert (contract.column("s").pattern, contract.column("s").min_length, contract.column("s").max_length) == (
        "[A-Z]+",
        2,
        5,
    )
    assert contract.column("t").pattern == "(?s:.*)(?:a|b)(?s:.*)"
    assert contract.column("l").max_length == 3
    assert (contract.column("e").type, contract.column("e").values) == ("enum", ("x", "y"))


def test_several_kinds_of_objects_are_one_stream(tmp_path: Path) -> None:
    kinds = {
        kind: {"title": kind, "type": "object", "properties": {kind: {"type": "string"}}, "required": [kind]}
        for kind in ("a", "b")
    }
    (described,) = imported(
        tmp_path, {"title": "events", "$defs": kinds, "oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]}
    ).datasets
    assert described.contract.names == ("event_type", "a", "b")
    assert described.contract.column("a").nullable


def test_what_a_contract_cannot_ask_is_told(tmp_path: Path) -> None:
    properties = {
        "a": {"type": "number", "multipleOf": 0.01},
        "b": {"type": "string", "pattern": "(?=x)y"},
        "c": {"type": "object"},
    }
    lost = "\n".join(map(str, imported(tmp_path, {"properties": properties, "if": {}}).lost))
    for said in ("'multipleOf' says nothing", "no look-around", "kept as text that holds JSON", "'if' says nothing"):
        assert said in lost


@pytest.mark.parametrize(
    ("properties", "stands", "said"),
    [
        ({"a": {"enum": []}}, "[]", "at least one value"),
        ({"a": {"type": "integer", "default": "x"}}, "{", "'x' is not a value of type int64"),
        ({"a": {"type": "integr"}}, '"integr"', "unknown type 'integr'"),
        ({"a": {"$ref": "#/$defs/nothing"}}, '"#/$defs/nothing"', "leads to nothing"),
        ({"a": {"$ref": "other.json#/x"}}, '"other', "leads out of the file"),
        ({"a": {"$ref": "#/properties/a"}}, '"#/properties/a"', "refers to itself"),
        (
            {"a": {"type": "object", "properties": {"b": {"$ref": "#/properties/a"}}}},
            '"#/properties/a"',
            "refers to itself",
        ),
        ({"a": {"type": "integer", "minimum": 5, "maximum": 1}}, "{", "contradict"),
        ({"a": {"type": "integer", "minimum": "5"}}, '"5"', "must be a number"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, properties: dict[str, Any], stands: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, properties)
    lines = (tmp_path / "thing.json").read_text().splitlines()
    problem = caught.value.problems[0]
    assert said in problem.message
    assert problem.place is not None
    assert stands in lines[problem.place.line - 1][problem.place.column - 1 :]


def test_what_is_required_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'b' is required, and is none of the properties"):
        read(tmp_path, {"a": {"type": "string"}}, required=["b"])
