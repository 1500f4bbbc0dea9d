"""Schemas that real teams use: each imports, or says exactly what in it cannot be imported. And files of every kind."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from sandbox.contract import contract_problems
from sandbox.contract.imports import read_schema
from sandbox.errors import InputError

SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "schemas"
FILES = sorted(file for file in SCHEMAS.glob("*/*") if file.is_file())
WITHOUT_COLUMNS = {
    "bitol__roles__service-and-operational-roles": r":7:9: schema: the schema section .* is empty",
    "bitol__sla__database-table-sla": r":8:9: schema: the schema section .* is empty",
    "bitol__stakeholders__basic-four-dpo": r":8:9: schema: the schema section .* is empty",
    "bitol__server__azure-server": r":1:1: this data contract has no schema section",
    "bitol__server__kafka-server": r":7:5: schema.0: the schema object 'Orders' has no properties",
    "bitol__schema__kafka-schemaregistry": r":8:3: schema.0: the schema object 'Orders' has no properties",
    "odcs-json-schema-v3": r":\d+:\d+: \$defs\S+: refers to itself",
}


@pytest.mark.skipif(not FILES, reason="../shared/schemas is not there")
def test_the_schemas_are_there() -> None:
    assert len(FILES) > 40


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_imports_or_says_why_not(file: Path) -> None:
    expected = WITHOUT_COLUMNS.get(file.name.partition(".")[0])
    if expected is not None:
        with pytest.raises(InputError, match=expected):
            read_schema(file)
        return
    imported = read_schema(file)
    assert imported.datasets
    for described in imported.datasets:
        assert not contract_problems(described.contract)
        assert [field.name for field in described.fields] == list(described.contract.names)
        assert all(field.place.file == str(file) for field in described.fields)
    assert all(problem.place is not None for problem in imported.lost)


ROWS = 400
SAMPLE = pa.table(
    {
        "id": np.arange(ROWS),
        "plan": ["basic", "plus"] * (ROWS // 2),
        "fee": np.linspace(5, 50, ROWS),
        "note": [None, *(f"n{row}" for row in range(1, ROWS))],
    }
)


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv"])
def test_a_sample_tells_types_and_suggests_values(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows.{ending}"
    if ending == "parquet":
        parquet.write_table(SAMPLE, path)
    elif ending == "arrow":
        feather.write_feather(SAMPLE, path, compression="uncompressed")
    else:
        csv.write_csv(SAMPLE, path)
    (described,) = read_schema(path).datasets
    contract = described.contract
    assert [(column.name, column.type, column.nullable) for column in contract.columns] == [
        ("id", "int64", False),
        ("plan", "string", False),
        ("fee", "float64", False),
        ("note", "string", True),
    ]
    assert described.field("plan").hint.options == ("basic", "plus")
    edges = described.field("fee").hint.edges
    assert (edges[0], edges[-1], len(edges)) == (5, 50, 21)


def test_a_column_of_csv_is_placed_in_the_header(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id;name\n1;x\n")
    (described,) = read_schema(tmp_path / "rows.csv").datasets
    assert str(described.place_of("name")).endswith("rows.csv:1:4")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.sql", b'{"type": "record"}', "ends in .sql but holds JSON"),
        ("a.avsc", b"CREATE TABLE t (a int)", "ends in .avsc but holds SQL"),
        ("a.json", b"apiVersion: v3.0.0\nschema: []\n", "ends in .json but holds YAML"),
        ("a.parquet", b"id,name\n1,x\n", "ends in .parquet but holds CSV"),
        ("a.parquet", b"PAR1" + b"\0" * 40, "damaged or cut off"),
        ("a.avro", b"Obj\x01\x04\x16avro.schema", "an Avro data file, not a schema"),
        ("a.yaml", b"", "the file is empty"),
        ("a.yaml", b"a: [1, 2\nb: 3\n", "not YAML"),
        ("a.yaml", b"apiVersion: v2.2.0\nschema: []\n", "read are data contracts of version 3"),
        ("a.yaml", b"a: &a [x, x]\nb: &b [*a, *a]\napiVersion: v3\nschema: [*b, *b]", "must be a mapping|missing"),
        ("a.json", b"[" * 100_000, "nested more than 64 deep"),
        ("a.yaml", b"openapi: " + b"[" * 100_000, "1:73: nested more than 64 deep"),
        ("a.json", b'{"name": "x"}', "is no schema that is read"),
        ("a.json", b'{"type": "object", "properties": \xff}', "is not UTF-8"),
        ("a.txt", b"\x00\x01\x02", "no schema format is recognised"),
        ("a.avsc", '{"type": "record"}'.encode("utf-16"), r"a\.avsc:1:1: is UTF-16; save the file as UTF-8\."),
        ("a.sql", b"CREATE TABLE a (x int CHECK (x > ", r"a\.sql:1:\d+: SQL .* near '>': something is missing\."),
    ],
)
def test_what_is_no_schema_is_told(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_schema(path)
    assert re.search(said, str(caught.value))
    assert all(problem.place is not None for problem in caught.value.problems)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "orders.avsc").write_text("{}")
    with pytest.raises(InputError, match=r"no such file. Did you mean 'orders.avsc'"):
        read_schema(tmp_path / "order.avsc")


MANY = [f"c{number}" for number in range(5_000)]
WIDE = {
    "a.json": '{"type": "object", "properties": {'
    + ", ".join(f'"{name}": {{"type": "integer"}}' for name in MANY)
    + "}}",
    "a.sql": "CREATE TABLE t (" + ", ".join(f"{name} int" for name in MANY) + ");",
    "a.yaml": "apiVersion: v3.0.2\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\nschema:\n- name: t\n"
    "  properties:\n" + "".join(f"  - {{name: {name}, logicalType: integer}}\n" for name in MANY),
    "a.csv": ",".join(MANY) + "\n" + ",".join("1" * len(MANY)) + "\n",
}


@pytest.mark.parametrize("name", [*WIDE, "a.parquet", "a.arrow"])
def test_five_thousand_columns_are_too_many_in_every_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name in WIDE:
        path.write_text(WIDE[name], encoding="utf-8")
    else:
        write = parquet.write_table if name == "a.parquet" else feather.write_feather
        write(pa.table({column: [1] for column in MANY}), path)
    with pytest.raises(InputError, match="has 5,000 columns, at most 2,000 are read") as caught:
        read_schema(path)
    assert all(problem.place is not None for problem in caught.value.problems)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_sample_that_breaks_off_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write = parquet.write_table if name == "a.parquet" else feather.write_feather
    write(pa.table({column: [1] for column in MANY[:500]}), path)
    path.write_bytes(path.read_bytes()[:3_000])
    with pytest.raises(InputError, match="damaged or cut off"):
        read_schema(path)
