"""A contract says where it makes no sense, all at once, and survives being written down."""

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any

import pytest

from sandbox.contract import Column, Contract, ForeignKey, contract_problems, link_problems
from sandbox.errors import InputError

ORDERS = Contract(
    "orders",
    (
        Column("order_id", "int64", about="Counted from 1.", ge=1),
        Column("customer_id", "int64", nullable=True),
        Column("email", pattern=".+@.+", max_length=80, pii=True),
        Column("plan", "enum", values=("basic", "plus"), default="basic"),
        Column("fee", "decimal(8, 2)", ge=decimal.Decimal("0.50"), lt=500),
        Column("at", "timestamp", ge="2020-01-01", lt=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)),
        Column("on", "date", gt=datetime.date(2020, 1, 1)),
        Column("key", "bytes", min_length=1, default=b"\x01"),
    ),
    primary_key=("order_id",),
    foreign_keys=(ForeignKey(("customer_id",), "customers", ("customer_id",)),),
    unique=(("email", "at"),),
    time="at",
    version=2,
    owner="shop",
)


def test_a_good_contract_has_no_problems() -> None:
    assert contract_problems(ORDERS) == []


def test_a_contract_survives_json() -> None:
    written = ORDERS.to_dict()
    back = Contract.from_dict(json.loads(json.dumps(written)))
    assert back.to_dict() == written
    assert contract_problems(back) == []
    assert back.schema.equals(ORDERS.schema, check_metadata=True)
    assert list(written) == ["dataset", "columns", "primary_key", "foreign_keys", "unique", "time", "version", "owner"]
    assert written["columns"][1] == {"name": "customer_id", "type": "int64", "nullable": True}


def test_a_record_with_strange_or_missing_keys_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        Contract.from_dict({"columns": [], "primry_key": ["a"]})
    assert [str(problem) for problem in caught.value.problems] == [
        "unknown key 'primry_key'. Did you mean 'primary_key'? Known: about, columns, contact, dataset, "
        "expectations, foreign_keys, owner, primary_key, static, time, unique, valid_from, valid_to, version, "
        "versions.",
        "'dataset' is missing.",
    ]


def test_a_column_is_found_by_name_or_the_nearest_is_offered() -> None:
    assert ORDERS.column("fee").type == "decimal(8, 2)"
    assert ORDERS.pii == {"email"}
    with pytest.raises(InputError, match=r"orders has no column 'emial'\. Did you mean 'email'"):
        ORDERS.column("emial")


def test_a_history_repeats_its_key_over_time() -> None:
    columns = (Column("id", "int64", unique=False), Column("from", "date"))
    assert Contract("t", columns, primary_key=("id",), valid_from="from").keys == (("id", "from"),)
    assert Contract("t", columns, primary_key=("id",)).keys == (("id",),)


@pytest.mark.parametrize(
    ("column", "path", "message"),
    [
        ({"type": "in64"}, "type", "Did you mean 'int64'"),
        ({"type": "enum"}, "values", "must list its values"),
        ({"values": ()}, "values", "list at least one"),
        ({"values": ("a", "a")}, "values", "there twice"),
        ({"values": ("a", None)}, "values", "say nullable: true"),
        ({"values": (1,)}, "values", "1 is not a value of type string"),
        ({"type": "list<int64>", "values": (1,)}, "values", "cannot list its values"),
        ({"pattern": "(a"}, "pattern", "missing"),
        ({"pattern": "(?<=a)b"}, "pattern", "no look-around"),
        ({"type": "int64", "pattern": "a"}, "pattern", "has no pattern"),
        ({"min_length": 5, "max_length": 4}, "min_length", "nothing fits"),
        ({"max_length": -1}, "max_length", "must be >= 0"),
        ({"type": "int64", "max_length": 4}, "max_length", "has no length"),
        ({"ge": "a"}, "ge", "has no range"),
        ({"type": "int64", "ge": 5, "le": 4}, "ge", "contradict"),
        ({"type": "int64", "gt": 5, "lt": 5}, "gt", "contradict"),
        ({"type": "int64", "ge": 5, "lt": 5}, "ge", "contradict"),
        ({"type": "int64", "ge": "x"}, "ge", "'x' is not a value of type int64"),
        ({"type": "int64", "ge": 1.5}, "ge", "1.5 is not a value"),
        ({"type": "int64", "ge": True}, "ge", "True is not a value"),
        ({"type": "uint8", "le": 300}, "le", "300 is not a value"),
        ({"type": "float64", "le": float("nan")}, "le", "nan is not a value"),
        ({"type": "timestamp", "ge": "yesterday"}, "ge", "'yesterday' is not a value"),
        ({"type": "timestamp(us, none)", "ge": "2020-01-01T00:00Z"}, "ge", "is not a value"),
        ({"type": "date", "ge": datetime.datetime(2020, 1, 1)}, "ge", "is not a value"),
        ({"type": "int64", "default": "one"}, "default", "'one' is not a value of type int64"),
        ({"type": "bool", "default": "yes"}, "default", "'yes' is not a value of type bool"),
        ({"type": "int64", "default": 0, "ge": 1}, "default", "breaks the column's own rule: a is at least 1"),
        ({"type": "uuid", "default": "x"}, "default", "is a UUID in its hyphenated form"),
        ({"type": "enum", "values": ("a",), "default": "b"}, "default", "is one of a"),
        ({"type": "map<string, int64>", "unique": True}, "unique", "cannot be unique"),
    ],
)
def test_a_column_that_makes_no_sense(column: dict[str, Any], path: str, message: str) -> None:
    problems = contract_problems(Contract("t", (Column("a", **column),)))
    assert [problem.path for problem in problems] == [f"columns.a.{path}"]
    assert message in problems[0].message


@pytest.mark.parametrize(
    ("contract", "path", "message"),
    [
        ({"columns": ()}, "columns", "at least one column"),
        ({"columns": (Column("a"), Column("a"))}, "columns.a", "there twice"),
        ({"columns": (Column("_sandbox"),)}, "columns._sandbox", "reserved"),
        ({"columns": (Column("_reasons"),)}, "columns._reasons", "reserved"),
        ({"primary_key": ("idd",)}, "primary_key", "no column 'idd'. Did you mean 'id'"),
        ({"primary_key": ("id", "id")}, "primary_key", "names a column twice"),
        ({"primary_key": ("nullable",)}, "columns.nullable.nullable", "cannot be nullable"),
        ({"primary_key": ("tags",)}, "primary_key", "is nested"),
        ({"unique": ((),)}, "unique", "name at least one"),
        ({"foreign_keys": (ForeignKey(("x",), "t", ("id",)),)}, "foreign_keys", "no column 'x'"),
        ({"time": "when"}, "time", "no column 'when'"),
        ({"time": "id"}, "time", "must be a timestamp or a date"),
        ({"time": "maybe"}, "columns.maybe.nullable", "tells the row's time"),
        ({"valid_to": "maybe"}, "valid_to", "stands without valid_from"),
        ({"time": "at", "static": True}, "static", "in one way"),
        ({"version": 0}, "version", "must be >= 1"),
    ],
)
def test_a_contract_that_makes_no_sense(contract: dict[str, Any], path: str, message: str) -> None:
    columns = (
        Column("id", "int64"),
        Column("nullable", nullable=True),
        Column("tags", "list<string>"),
        Column("at", "timestamp"),
        Column("maybe", "timestamp", nullable=True),
    )
    problems = contract_problems(Contract("t", **{"columns": columns, **contract}))
    assert [problem.path for problem in problems] == [path]
    assert message in problems[0].message


def test_all_problems_come_at_once() -> None:
    contract = Contract("t", (Column("a", "in64"), Column("b", pattern="(")), primary_key=("c",), version=0)
    assert [problem.path for problem in contract_problems(contract)] == [
        "columns.a.type",
        "columns.b.pattern",
        "primary_key",
        "version",
    ]


def customers(**changes: Any) -> Contract:
    column = Column("customer_id", **{"type": "int32", **changes})
    return Contract("customers", (column, Column("name")), primary_key=("customer_id",))


def test_foreign_keys_lead_somewhere() -> None:
    assert link_problems({"orders": ORDERS, "customers": customers()}) == []
    assert "no dataset 'customers'" in link_problems({"orders": ORDERS})[0].message
    told = link_problems({"orders": ORDERS, "customers": customers(type="string")})
    assert [problem.message for problem in told] == ["'customer_id' is int64 but customers.customer_id is string."]
    two = Contract("two", (Column("name"),), foreign_keys=(ForeignKey(("name",), "customers", ("name",)),))
    assert "not declared unique" in link_problems({"two": two, "customers": customers()})[0].message
    uneven = Contract("two", (Column("name"),), foreign_keys=(ForeignKey(("name",), "customers", ("x", "y")),))
    assert "1 columns cannot point at 2" in link_problems({"two": uneven, "customers": customers()})[0].message
