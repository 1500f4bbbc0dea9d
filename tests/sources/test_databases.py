"""SQLite and DuckDB files, read and never written."""

import sqlite3

import duckdb
import pytest

from sandbox.errors import OutsideError
from sandbox.sources.databases import DuckdbTable, SqliteTable
from sandbox.strict import Findings, validated


def rows_of(part, folder):
    raw = part.open(str(folder))
    return raw.schema(), [row for share in raw.shares() for batch in raw.batches(share) for row in batch.to_pylist()]


@pytest.fixture
def shop(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, fee, note, photo, big)")
        connection.execute("INSERT INTO orders VALUES (1, 2, 'x', x'00ff', 9223372036854775807)")
        connection.execute("INSERT INTO orders VALUES (2, 2.5, 7, NULL, NULL)")
    connection.close()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT range AS id, 'n' || range AS name FROM range(3)")
    return tmp_path


def test_sqlite_columns_are_typed_by_all_their_values(shop):
    schema, rows = rows_of(SqliteTable(path="shop.db", table="orders"), shop)
    assert [str(kind) for kind in schema.types] == ["int64", "double", "string", "binary", "int64"]
    assert rows == [
        {"id": 1, "fee": 2.0, "note": "x", "photo": b"\x00\xff", "big": 2**63 - 1},
        {"id": 2, "fee": 2.5, "note": "7", "photo": None, "big": None},
    ]


def test_queries(shop):
    assert rows_of(SqliteTable(path="shop.db", query="SELECT id * 2 AS d FROM orders ORDER BY id DESC;"), shop)[1] == [
        {"d": 4},
        {"d": 2},
    ]
    assert rows_of(DuckdbTable(path="shop.duckdb", query="SELECT name FROM orders WHERE id > 1"), shop)[1] == [
        {"name": "n2"}
    ]
    assert len(rows_of(DuckdbTable(path="shop.duckdb", table="orders"), shop)[1]) == 3


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (SqliteTable(path="none.db", table="orders"), "none.db: no such file"),
        (SqliteTable(path="shop.db", table="order"), "no such table: order"),
        (SqliteTable(path="shop.duckdb", table="orders"), "not a database"),
        (SqliteTable(path="shop.db", query="DELETE FROM orders"), "SQLite says"),
        (SqliteTable(path="shop.db", query="SELECT 1); DELETE FROM orders; --"), "SQLite says"),
        (SqliteTable(path="shop.db", query="SELECT * FROM pragma_database_list"), "SQLite says"),
        (DuckdbTable(path="shop.duckdb", query="SELECT * FROM 'shop.db'"), "DuckDB says"),
        (DuckdbTable(path="shop.duckdb", query="COPY orders TO 'x.csv'"), "DuckDB says"),
        (DuckdbTable(path="shop.duckdb", query="DROP TABLE orders"), "DuckDB says"),
        (DuckdbTable(path="shop.duckdb", query="SELECT 1); DROP TABLE orders; SELECT (1"), "DuckDB says"),
        (DuckdbTable(path="shop.db", table="orders"), "DuckDB says"),
    ],
)
def test_what_cannot_or_may_not_be_read(shop, part, said):
    with pytest.raises(OutsideError, match=said):
        rows_of(part, shop)
    assert len(rows_of(SqliteTable(path="shop.db", table="orders"), shop)[1]) == 2
    assert len(rows_of(DuckdbTable(path="shop.duckdb", table="orders"), shop)[1]) == 3


def test_table_or_query_but_not_both():
    for options in ({}, {"table": "t", "query": "SELECT 1"}):
        with pytest.raises(Findings, match="exactly one of `table` and `query`"):
            validated(SqliteTable, {"path": "x", **options})
