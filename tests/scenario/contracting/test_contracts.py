"""`contract: FILE`: the schema file says what data are, the scenario how values arise, and both stand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import sandbox
from sandbox.contract.imports import read_schema
from sandbox.errors import InputError
from sandbox.scenario.loader import Options, load
from sandbox.scenario.proposing.words import bearable, snake

SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "schemas"
FILES = sorted(file for file in SCHEMAS.glob("*/*") if file.is_file())
PROMISES = ("type", "nullable", "unique", "pattern", "min_length", "max_length", "ge", "gt", "le", "lt", "default")
SHOP = """
CREATE TABLE customers (customer_id integer PRIMARY KEY, plan text NOT NULL CHECK (plan IN ('basic', 'plus')));
CREATE TABLE orders (
  order_id bigint PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers (customer_id),
  amount numeric(10, 2) NOT NULL CHECK (amount > 0),
  note text,
  ordered_at timestamptz NOT NULL
);
"""
SCENARIO = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 30}
datasets:
  customers: {rows: 40, static: true, contract: shop.sql}
  orders:
    rows: 200
    time: ordered_at
    contract: shop.sql#orders
    columns:
      amount: {lognormal: {median: 20, sigma: 0.5}, decimals: 2}
      score: {uniform: [0, 1], decimals: 2}
targets:
  real: {orders: {csv: "orders.csv", parse: {ordered_at: {format: "%Y-%m-%d %H:%M:%S"}}}}
"""


def shop(folder: Path, text: str = SCENARIO) -> Path:
    (folder / "shop.sql").write_text(SHOP, encoding="utf-8")
    (folder / "shop.yaml").write_text(text, encoding="utf-8")
    return folder / "shop.yaml"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_scenario_of_any_schema_makes_rows_that_keep_it(tmp_path: Path, file: Path) -> None:
    shutil.copyfile(file, tmp_path / file.name)
    try:
        described = read_schema(tmp_path / file.name).datasets
    except InputError as error:
        described = ()
        fault = str(error)
    names = {bearable(snake(each.contract.dataset)): each.contract for each in described} or {"a": None}
    datasets = {
        name: {"contract": f"{file.name}#{contract.dataset}" if contract else file.name, "rows": 30, "static": True}
        for name, contract in names.items()
    }
    written = {"sandbox": 1, "name": "any", "clock": {"start": "2026-01-01"}, "datasets": datasets}
    text = json.dumps(written).replace('"2026-01-01"', "2026-01-01")
    (tmp_path / "any.yaml").write_text(text, encoding="utf-8")
    if not described:
        with pytest.raises(InputError) as caught:
            sandbox.load(tmp_path / "any.yaml")
        assert str(caught.value) == fault
        return
    strange = [field for each in described for field in each.fields if bearable(field.name) != field.name]
    if strange:
        with pytest.raises(InputError, match=f"'{strange[0].name}' of the contract .* cannot be a name"):
            sandbox.load(tmp_path / "any.yaml")
        return
    scenario = sandbox.load(tmp_path / "any.yaml")
    scenario.check()
    landed = scenario.generate(tmp_path / "out").manifest
    assert not {name: entry.rejected for name, entry in landed.datasets.items() if entry.rejected}
    for name, contract in names.items():
        made = scenario.plan.datasets[name].contract
        assert made.names[: len(contract.columns)] == contract.names
        assert made.primary_key == contract.primary_key
        for column in contract.columns:
            for key in PROMISES:
                promised, told = getattr(column, key), getattr(made.column(column.name), key)
                is_extra = promised is None and key in ("ge", "le", "pattern")  # what a generator knows beyond
                is_time_of_day = column.type == "time" and key in ("ge", "le")  # the language has no such bound
                is_own_key = key == "unique" and column.name in contract.primary_key
                assert is_extra or is_time_of_day or is_own_key or str(promised) == str(told), (column.name, key)


def test_the_scenario_adds_columns_and_says_how_values_arise(tmp_path: Path) -> None:
    scenario = sandbox.load(shop(tmp_path))
    contract = scenario.plan.datasets["orders"].contract
    assert contract.names == ("order_id", "customer_id", "amount", "note", "ordered_at", "score")
    assert [contract.column(name).type for name in ("order_id", "amount")] == ["int64", "decimal(10, 2)"]
    assert contract.column("note").nullable
    assert contract.primary_key == ("order_id",)
    (link,) = contract.foreign_keys
    assert (link.columns, link.dataset, link.references) == (("customer_id",), "customers", ("customer_id",))
    orders = scenario.table("orders")
    assert set(orders["customer_id"].to_pylist()) <= set(range(1, 41))
    assert set(scenario.table("customers")["plan"].to_pylist()) == {"basic", "plus"}


def test_what_no_schema_says_is_assumed_until_the_scenario_says_it(tmp_path: Path) -> None:
    asked = sandbox.load(shop(tmp_path)).assumptions()
    assert "datasets.orders.columns.note.nulls" in {assumption.path for assumption in asked}
    text = SCENARIO.replace("      score", "      note: {fake: word, nulls: 0.2}\n      score")
    asked = sandbox.load(shop(tmp_path, text)).assumptions()
    assert "datasets.orders.columns.note.nulls" not in {assumption.path for assumption in asked}


def test_real_rows_are_held_to_the_contract(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_id,amount,note,ordered_at,score\n"
        "1,1,9.50,,2026-01-02 10:00:00,0.5\n"
        "2,1,-1.00,late,2026-01-03 10:00:00,0.5\n"
        "3,99,5.00,,2026-01-03 10:00:00,0.5\n"
        "3,2,5.00,,2026-01-03 11:00:00,0.5\n"
    )
    landed = sandbox.load(shop(tmp_path), target="real").generate(tmp_path / "out").manifest.datasets["orders"]
    assert (landed.accepted, landed.rejected) == (1, 3)


def test_another_contract_is_another_scenario_and_its_layout_is_none(tmp_path: Path) -> None:
    path = shop(tmp_path)
    digest = load(path, Options()).plan.digest
    (tmp_path / "shop.sql").write_text(SHOP.replace("  note", "  -- anything\n  note"), encoding="utf-8")
    assert load(path, Options()).plan.digest == digest
    (tmp_path / "shop.sql").write_text(SHOP.replace("(10, 2)", "(12, 2)"), encoding="utf-8")
    assert load(path, Options()).plan.digest != digest


def test_a_folder_that_is_named_may_hold_the_contract(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "scenarios").mkdir()
    path = shop(tmp_path / "scenarios", SCENARIO.replace("shop.sql", "../schemas/shop.sql"))
    (tmp_path / "scenarios" / "shop.sql").rename(tmp_path / "schemas" / "shop.sql")
    with pytest.raises(InputError, match="lies outside of the scenario's folder"):
        sandbox.load(path)
    assert sandbox.load(path, allow=[tmp_path / "schemas"]).plan.datasets["orders"].contract.primary_key


def test_the_file_may_say_less_than_the_time_that_comes_with_the_rows(tmp_path: Path) -> None:
    text = SCENARIO.partition("targets:")[0].replace("    rows: 200\n", "    of: customers\n    rate: 0.2\n")
    contract = sandbox.load(shop(tmp_path, text)).plan.datasets["orders"].contract
    assert set(contract.names) == {"order_id", "customer_id", "amount", "note", "ordered_at", "score"}


def test_a_table_that_leads_to_none_here_says_so(tmp_path: Path) -> None:
    text = SCENARIO.replace("  customers: {rows: 40, static: true, contract: shop.sql}\n", "")
    with pytest.raises(InputError, match=r"customer_id: by the contract \(.*shop.sql:5:3\) it leads to 'customers'"):
        sandbox.load(shop(tmp_path, text))


def test_a_folder_is_no_schema_file(tmp_path: Path) -> None:
    path = shop(tmp_path, SCENARIO.replace("shop.sql#orders", "schemas"))
    (tmp_path / "schemas").mkdir()
    with pytest.raises(InputError, match=r"datasets\.orders\.contract: 'schemas' is not a file; name a schema file\."):
        load(path)
