"""Amazon Personalize: schemas with its fields, types and limits, and rows that are what they say."""

from __future__ import annotations

import csv
import json

import fastavro
import pytest
from click.testing import CliRunner

from sandbox.cli.app import app
from sandbox.contract import Column, Contract
from sandbox.contract.exports.personalize import personalize_schema

SCENARIO = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 20}
datasets:
  customers:
    rows: 120
    key: customer_id
    history: true
    columns:
      customer_id: {serial: 1}
      full_name: {fake: name, pii: true}
      plan: {choice: {basic: 1, max: 1}}
    transitions:
      upgrade: {when: "plan = 'basic'", hazard: {base: 0.05 per day}, set: {plan: "'max'"}}
  products:
    rows: 20
    key: product_id
    static: true
    columns:
      product_id: {serial: "P{:03d}"}
      price: {lognormal: {median: 10, sigma: 0.5}, decimals: 2, nulls: 0.1}
      title: {fake: catch_phrase}
  visits:
    of: customers
    time: happened_at
    key: event_id
    visits: {per_day: 0.6}
    journey:
      home: {emits: view, then: {product: 0.8, leave: 0.2}, after: 20s}
      product: {emits: look, item: products, then: {home: 0.4, leave: 0.6}, after: 30s}
    columns:
      event_id: {visit: event_id}
      customer_id: {visit: customer}
      event: {visit: event}
      product_id: {visit: item}
"""


@pytest.fixture
def exported(tmp_path):
    def run(text=SCENARIO):
        (tmp_path / "shop.yaml").write_text(text)
        out = tmp_path / "out"
        return CliRunner().invoke(
            app, ["contract", "export", str(tmp_path / "shop.yaml"), "--as", "personalize", "--out", str(out)]
        ), out

    return run


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_schemas_and_rows_are_what_personalize_imports(exported):
    told, out = exported()
    assert told.exit_code == 0, told.output
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"{kind}.{ending}" for kind in ("interactions", "users", "items") for ending in ("csv", "json")
    )
    for kind in ("interactions", "users", "items"):
        schema = json.loads((out / f"{kind}.json").read_text())
        fastavro.parse_schema(schema)
        assert schema["namespace"] == "com.amazonaws.personalize.schema"
        assert schema["version"] == "1.0"
        assert list(rows(out / f"{kind}.csv")[0]) == [field["name"] for field in schema["fields"]]
    fields = {field["name"]: field for field in json.loads((out / "items.json").read_text())["fields"]}
    assert fields == {
        "ITEM_ID": {"name": "ITEM_ID", "type": "string"},
        "PRICE": {"name": "PRICE", "type": ["null", "double"]},
    }
    events = rows(out / "interactions.csv")
    assert {row["EVENT_TYPE"] for row in events} == {"look"}  # a view is of no item
    assert all(1_767_225_600 <= int(row["TIMESTAMP"]) < 1_768_953_600 and row["ITEM_ID"] for row in events)
    assert "full_name: is left out: it holds personal data" in told.output
    assert "title: is left out: a text must be one of few words" in told.output


def test_of_a_history_each_user_is_there_once_as_they_were_last(exported):
    _, out = exported()
    users = rows(out / "users.csv")
    assert list(users[0]) == ["USER_ID", "PLAN"]
    assert len({row["USER_ID"] for row in users}) == len(users) == 120
    assert [row["PLAN"] for row in users].count("max") > 80


def test_too_little_is_told_and_ends_with_1(exported):
    told, _ = exported(SCENARIO.replace("rows: 120", "rows: 20"))
    assert told.exit_code == 1
    assert "interactions; Personalize wants at least 1,000" in told.output
    assert "users with 2 interactions; Personalize wants at least 25" in told.output


def test_a_scenario_without_such_a_stream_and_no_folder_are_told(exported, tmp_path):
    told, _ = exported(SCENARIO[: SCENARIO.index("  visits:")])
    assert told.exit_code != 0
    (tmp_path / "shop.yaml").write_text(SCENARIO)
    asked = ["contract", "export", str(tmp_path / "shop.yaml"), "--as", "personalize"]
    assert CliRunner().invoke(app, asked).exit_code != 0


def test_limits_and_reserved_names():
    columns = [
        Column("user", "int64"),
        *(Column(f"c{number}", "int32") for number in range(30)),
        Column("item id", "enum", values=("a",)),
    ]
    schema = personalize_schema("users", Contract("u", tuple(columns), primary_key=("user",)), {"USER_ID": "user"})
    assert len(schema.fields) == 26
    assert "at most 25" in str(schema.lost[0])
    reserved = personalize_schema("users", Contract("u", (columns[-1],)), {})
    assert dict(reserved.fields) == {"ITEM_ID_": "item id"}


def test_rows_may_be_real_ones(exported, tmp_path):
    (tmp_path / "products.csv").write_text("product_id,price,title\nP901,2.5,one\nP902,,two\n")
    text = SCENARIO + "targets:\n  real:\n    products: {csv: products.csv}\n"
    (tmp_path / "shop.yaml").write_text(text)
    out = tmp_path / "real"
    asked = [
        "contract",
        "export",
        str(tmp_path / "shop.yaml"),
        "--as",
        "personalize",
        "--out",
        str(out),
        "--target",
        "real",
    ]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert rows(out / "items.csv") == [{"ITEM_ID": "P901", "PRICE": "2.5"}, {"ITEM_ID": "P902", "PRICE": ""}]
    assert {row["ITEM_ID"] for row in rows(out / "interactions.csv")} == {"P901", "P902"}
