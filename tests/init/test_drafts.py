"""A drafted scenario loads, makes rows that its own contract accepts, and says the same as the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv

import sandbox
from sandbox.contract.imports import Imported, read_schemas
from sandbox.init import draft_scenario, starter
from sandbox.scenario.proposing.layout import Layout, laid_out

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "schemas"
AVRO = sorted(SCHEMAS.glob("*/*.av*"))
ODCS = [
    SCHEMAS / "odcs" / f"{name}.odcs.yaml"
    for name in ("bitol__all__full-example", "bitol__data-types__all-data-types", "datacontract-cli__orders")
]
SAID = ("type", "nullable", "pattern", "min_length", "max_length", "ge", "gt", "le", "lt", "default")


def drafted(folder: Path, imports: tuple[Imported, ...], scale: float = 0.1) -> sandbox.Scenario:
    written = draft_scenario(imports)
    for name, text in {"scenario.yaml": written.scenario, **written.files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return sandbox.load(folder / "scenario.yaml", scale=scale)


def from_text(folder: Path, name: str, content: Any) -> tuple[Imported, ...]:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_schemas([path])


def rejected(folder: Path, scenario: sandbox.Scenario) -> dict[str, int]:
    landed = scenario.generate(folder / "out")
    return {name: entry.rejected for name, entry in landed.manifest.datasets.items() if entry.rejected}


@pytest.mark.skipif(not AVRO, reason="../shared/schemas is not there")
@pytest.mark.parametrize("file", [*AVRO, *ODCS], ids=lambda file: file.name)
def test_each_schema_becomes_a_scenario_that_runs_and_says_the_same(tmp_path: Path, file: Path) -> None:
    imports = read_schemas([file])
    scenario = drafted(tmp_path, imports)
    assert scenario.check() is not None  # the ends of what is assumed stand too
    assert not rejected(tmp_path, scenario)
    layout = laid_out([described for imported in imports for described in imported.datasets])
    for name, described in layout.datasets.items():
        made = scenario.plan.datasets[name].contract
        for column in described.contract.columns:
            told = made.column(layout.columns[name][column.name])
            for key in SAID:
                promised = getattr(column, key)
                is_extra = promised is None and key in ("ge", "le", "pattern")  # what a generator knows beyond
                is_time_of_day = column.type == "time" and key in ("ge", "le")  # the language has no such bound
                assert is_extra or is_time_of_day or str(promised) == str(getattr(told, key)), (name, column.name, key)


TOPIC = [
    {
        "type": "record",
        "name": "ShopViewed",
        "fields": [
            {"name": "user_id", "type": "string"},
            {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "payload", "type": ["null", "string", "long"]},
        ],
    },
    {
        "type": "record",
        "name": "ShopBought",
        "fields": [
            {"name": "user_id", "type": "string"},
            {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "labels", "type": {"type": "map", "values": "int"}},
            {"name": "at", "type": {"type": "int", "logicalType": "time-millis"}},
            {"name": "raw", "type": {"type": "fixed", "name": "F8", "size": 8}},
            {
                "name": "lines",
                "type": {
                    "type": "array",
                    "items": {"type": "record", "name": "L", "fields": [{"name": "n", "type": ["null", "int"]}]},
                },
            },
        ],
    },
]


def test_a_topic_of_several_events_is_one_stream(tmp_path: Path) -> None:
    scenario = drafted(tmp_path, from_text(tmp_path, "topic.avsc", TOPIC))
    assert not rejected(tmp_path, scenario)
    rows = scenario.table("shop_events").to_pylist()
    bought = [row for row in rows if row["event_type"] == "ShopBought"]
    assert 0 < len(bought) < len(rows)
    assert all(row["price"] is not None and row["payload"] is None for row in bought)
    assert all(row["price"] is None for row in rows if row["event_type"] == "ShopViewed")
    assert "user_id of shop_events" in (tmp_path / "scenario.yaml").read_text()


HARD = """
CREATE TABLE measures (
  id smallint PRIMARY KEY, a numeric(3, 2) NOT NULL, b numeric(38, 10) NOT NULL, c real NOT NULL, d tinyint NOT NULL,
  e timestamp NOT NULL, f char(1) NOT NULL UNIQUE, g bytea NOT NULL, h interval, k numeric(5, 0) NOT NULL,
  i varchar(2) NOT NULL CHECK (i ~ '^[A-Z]+$'), l int UNIQUE NOT NULL CHECK (l BETWEEN 5 AND 50),
  m bool NOT NULL DEFAULT true, n time NOT NULL, o int[] NOT NULL, p text NOT NULL CHECK (length(p) BETWEEN 4 AND 6)
);
CREATE TABLE lines (
  order_id int NOT NULL, line_no int NOT NULL, price numeric(6, 2) NOT NULL CHECK (price > 0), low int, high int,
  PRIMARY KEY (order_id, line_no), CHECK (low < high)
);
CREATE TABLE employees (id int PRIMARY KEY, manager_id int REFERENCES employees(id), name text);
CREATE TABLE badges (employee_id int PRIMARY KEY REFERENCES employees, colour text NOT NULL);
"""


def test_narrow_types_checks_and_keys_of_every_kind(tmp_path: Path) -> None:
    scenario = drafted(tmp_path, from_text(tmp_path, "hard.sql", HARD), scale=1)
    assert not rejected(tmp_path, scenario)
    assert scenario.table("measures").num_rows == 36  # as many as one letter or digit tells apart
    badges, employees = scenario.table("badges"), scenario.table("employees")
    assert set(badges["employee_id"].to_pylist()) <= set(employees["id"].to_pylist())


CUSTOMER = {
    "title": "Customer",
    "required": ["customerId", "createdAt"],
    "properties": {
        "customerId": {"type": "string", "pattern": "^C-[0-9]{6}$"},
        "createdAt": {"type": "string", "format": "date-time"},
        "weird-name": {"type": "string", "maxLength": 3},
        "age": {"type": ["integer", "null"], "minimum": 18},
        "score": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "address": {"type": "object", "properties": {"zip-code": {"type": "string"}}},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    },
}


def test_names_that_a_scenario_cannot_bear_get_others(tmp_path: Path) -> None:
    scenario = drafted(tmp_path, from_text(tmp_path, "customer.json", CUSTOMER))
    assert not rejected(tmp_path, scenario)
    contract = scenario.plan.datasets["customer"].contract
    assert contract.column("address").type == "struct<zip_code: string?>"
    assert "# 'weird-name' in the schema" in (tmp_path / "scenario.yaml").read_text()
    assert contract.primary_key == ("customerId",)


def test_names_with_line_breaks_stay_in_their_comment(tmp_path: Path) -> None:
    odd = {
        "title": "odd",
        "properties": {"a\nseed: 7": {"type": "string", "x\u2028y": 1}, "b\u0007": {"type": "integer"}},
    }
    scenario = drafted(tmp_path, from_text(tmp_path, "odd.json", odd))
    assert scenario.plan.datasets["odd"].contract.names == ("a_seed_7", "b")
    assert "\nseed: 42\n" in (tmp_path / "scenario.yaml").read_text(encoding="utf-8")


def test_rows_of_a_schema_stay_together_as_they_are(tmp_path: Path) -> None:
    rows = [{"code": 200, "said": 'a "b", c'}, {"code": 404, "said": ""}, {"code": 500, "said": None}]
    fields = [{"name": "code", "type": "int"}, {"name": "said", "type": ["null", "string"]}]
    schema = {"type": "record", "name": "codes", "fields": fields, "arg.properties": {"options": rows}}
    scenario = drafted(tmp_path, from_text(tmp_path, "codes.avsc", schema))
    assert scenario.table("codes").to_pylist() == rows


def test_keys_are_proposed_where_names_say_so(tmp_path: Path) -> None:
    def event(name: str, *fields: tuple[str, str]) -> dict[str, Any]:
        return {"type": "record", "name": name, "fields": [{"name": each, "type": kind} for each, kind in fields]}

    (tmp_path / "a.avsc").write_text(json.dumps(event("Users", ("user_id", "long"), ("email", "string"))))
    (tmp_path / "b.avsc").write_text(json.dumps(event("PageView", ("user_id", "long"), ("view_time", "long"))))
    scenario = drafted(tmp_path, read_schemas([tmp_path / "a.avsc", tmp_path / "b.avsc"]), scale=1)
    views = scenario.plan.datasets["page_view"]
    assert [key.dataset for key in views.contract.foreign_keys] == ["users"]
    assert views.contract.time == "happened_at"
    row = scenario.table("page_view").slice(0, 1).to_pylist()[0]
    assert abs(row["view_time"] - row["happened_at"].timestamp() * 1000) <= 1
    assert "user_id" in (tmp_path / "features" / "page_view.sql").read_text()


def test_a_sample_lends_its_shape(tmp_path: Path) -> None:
    plans = pa.array(["basic", "basic", "plus"] * 200)
    table = pa.table({"order_id": range(600), "plan": plans, "amount": [float(number % 50) for number in range(600)]})
    csv.write_csv(table, tmp_path / "orders.csv")
    scenario = drafted(tmp_path, read_schemas([tmp_path / "orders.csv"]), scale=1)
    made = scenario.table("orders")
    assert scenario.plan.datasets["orders"].contract.primary_key == ("order_id",)
    assert abs(pa.compute.mean(made["amount"]).as_py() - 24.5) < 0.6
    assert abs(made["plan"].to_pylist().count("basic") / made.num_rows - 2 / 3) < 0.02


def test_the_starter_runs_and_its_model_learns(tmp_path: Path) -> None:
    written = starter("shop", "scenario.yaml")
    for name, text in {"scenario.yaml": written.scenario, **written.files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    scenario = sandbox.load(tmp_path / "scenario.yaml", scale=0.2)
    assert scenario.check() == []
    assert not rejected(tmp_path, scenario)


def test_what_no_schema_says_is_a_question(tmp_path: Path) -> None:
    users = {
        "type": "record",
        "name": "users",
        "fields": [{"name": "user_id", "type": "int"}, {"name": "is_active", "type": "boolean"}],
    }
    orders = {
        "type": "record",
        "name": "orders",
        "fields": [
            {"name": "order_id", "type": "long"},
            {"name": "user_id", "type": "int"},
            {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "note", "type": ["null", "string"]},
        ],
    }
    imports = from_text(tmp_path, "users.avsc", users) + from_text(tmp_path, "orders.avsc", orders)
    asked = {each.path: each for each in drafted(tmp_path, imports, scale=1).assumptions()}
    assert {each.by for each in asked.values()} == {"init"}
    assert {path: (each.value, each.low, each.high) for path, each in asked.items() if each.low or each.high} == {
        "datasets.users.rows": ("1,000", "100", "10,000"),
        "datasets.users.columns.is_active.bernoulli": ("0.5", "0.1", "0.9"),
        "datasets.orders.rows": ("10,000", "1,000", "100,000"),
        "datasets.orders.columns.user_id.ref.zipf": ("0.6", "0.0", "1.2"),
        "datasets.orders.columns.ordered_at.times": ("evening", "flat", "office"),
        "datasets.orders.columns.note.nulls": ("0.1", "0.0", "0.5"),
    }
    assert asked["datasets.users.key"].ask == "Do no two rows of users share user_id?"
    assert asked["datasets.orders.time"].ask == "Is ordered_at the moment that a row of orders is about?"
    assert asked["datasets.orders.columns.user_id.ref.dataset"].ask.endswith("the key of a row of users?")
    assert "models.comes_back.label" in asked


def test_rows_are_guessed_within_what_keys_allow(tmp_path: Path) -> None:
    code = {"name": "code_id", "type": {"type": "int", "arg.properties": {"range": {"min": 1, "max": 2_000}}}}
    schema = {"type": "record", "name": "codes", "fields": [code]}
    scenario = drafted(tmp_path, from_text(tmp_path, "codes.avsc", schema), scale=1)
    assert scenario.check() == []


def test_a_server_is_asked_for_what_the_data_are_called_there(tmp_path: Path) -> None:
    imports = from_text(
        tmp_path,
        "orders.odcs.yaml",
        """
version: 1.0.0
apiVersion: v3.0.2
kind: DataContract
id: orders
status: active
schema:
  - name: orders
    physicalName: shop.orders.v1
    properties: [{name: order_id, logicalType: integer, required: true}]
servers:
  - {server: broker, type: kafka, host: "broker:9092", format: json}
""",
    )
    assert "topic: shop.orders.v1" in draft_scenario(imports).scenario


def test_other_words_for_the_only_people_and_goods_lead_to_them(tmp_path: Path) -> None:
    """`user_id` is a customer's where there are no users, `product_id` a shoe's; of two that may be meant, neither."""
    clicks = "create table clicks (user_id text not null, product_id text not null, at timestamp not null);"
    customers = "create table customers (id text not null, email text);"
    shoes = "create table shoes (id text not null, sale_price numeric, brand text);"
    links = layout_of(tmp_path, clicks + customers + shoes).links["clicks"]
    assert {column: link.dataset for column, link in links.items()} == {"user_id": "customers", "product_id": "shoes"}
    assert not any(link.declared for link in links.values())
    members = "create table members (id text not null, email text);"
    assert set(layout_of(tmp_path, clicks + customers + members + shoes).links["clicks"]) == {"product_id"}


def layout_of(folder: Path, sql: str) -> Layout:
    return laid_out([described for imported in from_text(folder, "tables.sql", sql) for described in imported.datasets])
