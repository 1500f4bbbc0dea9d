"""Contracts as SQL: databases take the tables, and their checks refuse what breaks the contract."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.contract import Column, Contract, Expectation, ForeignKey
from sandbox.contract.canonical import canonical
from sandbox.contract.exports import DIALECTS, export_ddl
from sandbox.errors import InputError
from tests.contract.contracts import contracts, many


@many
@given(contracts())
def test_duckdb_takes_the_tables(contract: Contract) -> None:
    exported = export_ddl([contract], "duckdb")
    with duckdb.connect() as database:
        database.execute(exported.text)
    assert (exported.kept == (canonical(contract),)) == (not exported.lost)


@many
@given(contracts())
def test_sqlite_takes_the_tables(contract: Contract) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(export_ddl([replace(contract, expectations=())], "sqlite").text)


@settings(many, max_examples=60)
@given(contracts(), st.sampled_from(DIALECTS))
def test_what_is_written_once_more_is_the_same(contract: Contract, dialect: str) -> None:
    exported = export_ddl([contract], dialect)
    sqlglot.parse(exported.text, read=dialect)
    again = export_ddl(exported.kept, dialect)
    assert (again.kept, again.lost) == (exported.kept, ())


CUSTOMERS = Contract("customers", (Column("id", "int64"), Column("email", unique=True)), ("id",), about="Who buys.")
ORDERS = Contract(
    "orders",
    (
        Column("id", "int64", about="The order's number."),
        Column("customer", "int64"),
        Column("status", "enum", values=("new", "paid")),
        Column("code", pattern="[A-Z]{3}", nullable=True),
        Column("amount", "decimal(12, 2)", ge=0, default="1.50"),
        Column("share", "float64", gt=0, le=1, nullable=True),
        Column("note", min_length=1, max_length=5, nullable=True),
        Column("placed", "date", ge="2020-01-01", nullable=True),
        Column("sent", "date", nullable=True),
    ),
    primary_key=("id",),
    foreign_keys=(ForeignKey(("customer",), "customers", ("id",)),),
    unique=(("customer", "placed"),),
    expectations=(Expectation("in order", "sent >= placed", ("sent", "placed")),),
)


@pytest.mark.parametrize("dialect", ["postgres", "duckdb"])
def test_all_that_sql_can_say_comes_back(dialect: str) -> None:
    exported = export_ddl([ORDERS, CUSTOMERS], dialect)
    assert exported.lost == ()
    assert exported.kept == (canonical(ORDERS), canonical(CUSTOMERS))
    assert exported.text.index('"customers"') < exported.text.index('"orders"')


ROW = {"id": 1, "customer": 7, "status": "new", "code": "ABC", "share": 0.5, "note": "x", "placed": "2026-01-01"}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, None), ({"status": "old"}, "CHECK"), ({"code": "abc"}, "CHECK"), ({"share": 0}, "CHECK"),
        ({"note": ""}, "CHECK"), ({"note": "123456"}, "CHECK"), ({"placed": "2019-12-31"}, "CHECK"),
        ({"sent": "2025-01-01"}, "CHECK"), ({"customer": 8}, "foreign key"), ({"id": None}, "NOT NULL"),
    ],
)  # fmt: skip
def test_the_database_refuses_what_breaks_the_contract(change: dict[str, object], refused: str | None) -> None:
    row = ROW | change
    with duckdb.connect() as database:
        database.execute(export_ddl([ORDERS, CUSTOMERS], "duckdb").text)
        database.execute("INSERT INTO customers VALUES (7, 'a@b')")
        statement = f"INSERT INTO orders ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
        if refused is None:
            database.execute(statement, list(row.values()))
            assert database.execute("SELECT amount FROM orders").fetchall() == [(Decimal("1.50"),)]
            return
        with pytest.raises(duckdb.Error, match=f"(?i){refused}"):
            database.execute(statement, list(row.values()))


def test_a_key_to_a_table_that_is_not_there_is_told() -> None:
    lost = [str(problem) for problem in export_ddl([ORDERS]).lost]
    assert lost == ["orders: SQL (postgres) has no word for foreign key customer → customers.id."]


def test_an_unknown_dialect() -> None:
    with pytest.raises(InputError, match=r"unknown dialect 'postgre'\. Did you mean 'postgres'"):
        export_ddl([ORDERS], "postgre")
