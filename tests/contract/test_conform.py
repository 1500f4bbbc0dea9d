"""A source's batch mapped on to the contract: names, order, defaults, enums; and options that make no sense."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from sandbox.contract import Column, Conform, Contract, Parse, RowCheck
from sandbox.contract.envelope import ENVELOPE, envelope, with_envelope
from sandbox.contract.parse import parse_of, parse_problems
from sandbox.contract.rejected import REASONS
from sandbox.errors import InputError

SHOP = Contract(
    "shop",
    (
        Column("customer_id", "int64"),
        Column("plan", "enum", values=("basic", "plus"), default="basic"),
        Column("at", "timestamp"),
    ),
)
ONLINE_RETAIL = Path(__file__).parents[3] / "shared" / "real" / "online_retail"


def test_columns_are_renamed_ordered_and_the_rest_is_listed() -> None:
    raw = pa.record_batch({"When": ["2011-07-01 08:26"], "junk": [1], "Cust": ["17850.0"], "plan": ["plus"]})
    conform = Conform(SHOP, {"at": Parse(zone="Europe/London")}, {"Cust": "customer_id", "When": "at"})
    conformed = conform(raw)
    assert conform.ignored(raw.schema) == ("junk",)
    assert conformed.batch.schema == SHOP.schema
    assert conformed.batch.column("customer_id").to_pylist() == [17850]
    assert conformed.batch.column("at").cast(pa.int64()).to_pylist() == [1309505160 * 10**6]
    assert conformed.unreadable == {}


def test_a_missing_column_is_named_beside_what_is_there() -> None:
    with pytest.raises(InputError) as caught:
        Conform(SHOP, rename={"gone": "at"})(pa.record_batch({"custmer_id": [1], "plan": ["x"]}))
    assert [str(problem) for problem in caught.value.problems] == [
        "shop.rename: renames 'gone', which is not there. Known: custmer_id, plan.",
        "shop.customer_id: the source has no such column. Did you mean 'custmer_id'? Known: custmer_id, plan.",
        "shop.at: the source has no such column. Known: custmer_id, plan.",
    ]


def test_a_column_there_twice_is_refused() -> None:
    raw = pa.RecordBatch.from_arrays([pa.array([1])] * 3, names=["customer_id", "customer_id", "at"])
    with pytest.raises(InputError, match="has this column twice"):
        Conform(SHOP)(raw)


def test_a_missing_column_with_a_default_is_filled() -> None:
    raw = pa.record_batch({"customer_id": [1, 2], "at": pa.array([0, 1], pa.timestamp("us", "UTC"))})
    conformed = Conform(SHOP)(with_envelope(raw, envelope(np.arange(2, dtype=np.uint64), 0)))
    assert conformed.batch.column("plan").to_pylist() == ["basic", "basic"]
    assert conformed.batch.column("plan").type == SHOP.column("plan").arrow
    assert conformed.batch.schema.names == [*SHOP.names, ENVELOPE]


def test_words_that_an_enum_does_not_list_are_rejected_as_written() -> None:
    raw = pa.record_batch({"customer_id": ["1", "2", "x"], "plan": ["max", "plus", "plus"], "at": ["2011-01-01"] * 3})
    checked = RowCheck(SHOP)(Conform(SHOP)(raw))
    assert checked.accepted.schema == SHOP.schema
    assert checked.accepted.column("plan").to_pylist() == ["plus"]
    assert checked.rejected.column("plan").to_pylist() == ["max", "plus"]
    assert checked.rejected.column("customer_id").to_pylist() == ["1", "x"]
    assert checked.rejected.column(REASONS).to_pylist() == [["plan.values"], ["customer_id.type"]]


def test_a_batch_without_rows_has_the_contract_s_shape() -> None:
    raw = pa.record_batch({name: pa.array([], pa.string()) for name in SHOP.names})
    checked = RowCheck(SHOP)(Conform(SHOP)(raw))
    assert checked.accepted.schema == SHOP.schema
    assert len(checked.accepted) == len(checked.rejected) == 0


@pytest.mark.parametrize(
    ("column", "options", "problem"),
    [
        ("at", {"formats": "%Q"}, "at.formats: '%Q' is no strptime format"),
        ("at", {"formats": "dd/mm"}, "at.formats: 'dd/mm' names no part of a time"),
        ("at", {"zone": "Europe/Londn"}, "at.zone: unknown time zone 'Europe/Londn'. Did you mean 'Europe/London'?"),
        ("at", {"unit": "sec"}, "at.unit: unknown unit 'sec'."),
        ("customer_id", {"unit": "cent"}, "customer_id.unit: unknown unit 'cent'. Did you mean 'cents'?"),
        ("plan", {"unit": "s"}, "plan.unit: enum has no unit"),
        ("customer_id", {"formats": ["%Y"]}, "customer_id.formats: int64 has no formats"),
        ("customer_id", {"zone": "UTC"}, "customer_id.zone: int64 has no zone"),
        ("customer_id", {"decimal": ",,"}, "customer_id.decimal: got ',,'"),
        ("customer_id", {"thousands": "0"}, "customer_id.thousands: got '0'"),
        ("customer_id", {"thousands": "."}, "customer_id.thousands: is the same as decimal"),
        ("plan", {"true": ["Yes"], "false": ["yes"]}, "plan.true: 'yes' means true and false"),
        ("pln", {}, "pln: no column 'pln'. Did you mean 'plan'?"),
    ],
)
def test_options_that_make_no_sense(column: str, options: dict[str, Any], problem: str) -> None:
    problems = parse_problems(SHOP, {column: parse_of(options)})
    assert len(problems) == 1
    assert str(problems[0]).startswith(problem)


def test_options_are_plain_values() -> None:
    assert parse_of({"formats": "%Y", "nulls": ["-", ""], "zone": "UTC"}) == Parse(("%Y",), "UTC", nulls=("-", ""))
    assert parse_of({"nulls": None}) == Parse()
    with pytest.raises(InputError, match=re.escape("unknown key 'format'. Did you mean 'formats'?")):
        parse_of({"format": "%Y"})


@pytest.mark.skipif(not ONLINE_RETAIL.exists(), reason="the real shop's log is not beside the project")
def test_a_real_shop_s_day_is_read_without_loss() -> None:
    invoices = Contract(
        "invoices",
        (
            Column("InvoiceNo", pattern="C?[0-9]{6}"),
            Column("Quantity", "int32"),
            Column("InvoiceDate", "timestamp"),
            Column("UnitPrice", "decimal(10, 3)", ge=0),
            Column("CustomerID", "int64"),
        ),
    )
    names = invoices.names
    options = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    day = pa.csv.read_csv(ONLINE_RETAIL / "2010-12-01.csv", convert_options=options).combine_chunks().to_batches()[0]
    checked = RowCheck(invoices)(Conform(invoices, {"InvoiceDate": Parse(zone="Europe/London")})(day))
    assert len(checked.accepted) + len(checked.rejected) == len(day)
    assert checked.counts == {"CustomerID.not_null": day.column("CustomerID").null_count}
    assert checked.accepted.column("CustomerID")[0].as_py() == 17850
